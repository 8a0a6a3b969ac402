//! `[server]`: listeners, names and proxies.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::{Apply, Key};

/// Where the site listens and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// HTTPS listeners.
    pub listen: Vec<SocketAddr>,
    /// Plain HTTP listeners, answered only to trusted proxies.
    pub plain_listen: Vec<SocketAddr>,
    /// Base addresses by which pods, nodes and laptops reach the site; the first one is printed.
    pub urls: Vec<Url>,
    /// Networks (`10.0.0.0/8`) or addresses of proxies whose forwarding headers count.
    pub trusted_proxies: Vec<String>,
    /// A certificate chain of the customer's, PEM; empty: the site's own authority makes one.
    pub certificate_file: PathBuf,
    /// The key of that certificate, PEM, mode 0600.
    pub certificate_key_file: PathBuf,
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "server.listen",
        apply: Apply::Restart,
        about: "Addresses and ports of the HTTPS listener: API, registry, agents, downloads.",
        default: r#"["[::]:7443"]"#,
    },
    Key {
        name: "server.plain-listen",
        apply: Apply::Restart,
        about: "Addresses of a plain HTTP listener for a proxy that ends TLS; refuses all but `server.trusted-proxies`.",
        default: "[]",
    },
    Key {
        name: "server.urls",
        apply: Apply::Restart,
        about: "Base addresses by which pods, nodes and laptops reach the site; the first is the one printed and put into agents.",
        default: "[]",
    },
    Key {
        name: "server.trusted-proxies",
        apply: Apply::Restart,
        about: "Networks or addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
        default: "[]",
    },
    Key {
        name: "server.certificate-file",
        apply: Apply::Restart,
        about: "PEM chain of a certificate given by the customer; empty means the site's own authority issues one.",
        default: r#""""#,
    },
    Key {
        name: "server.certificate-key-file",
        apply: Apply::Restart,
        about: "PEM key of `server.certificate-file`, mode 0600.",
        default: r#""""#,
    },
];
