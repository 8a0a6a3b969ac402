//! `docs/generated/ports.md`: where a site listens, from the defaults of the keys that say so.

use std::fmt::Write as _;

use atoll::config::keys;

use crate::repo::keep_fresh;

/// The keys that name an address to listen on, and who calls there.
const LISTENERS: [(&str, &str, &str); 2] = [
    (
        "server.listen",
        "HTTPS",
        "browsers, `atoll` on laptops, agents in workspaces, containerd on every node",
    ),
    ("server.plain-listen", "HTTP", "a proxy that ends TLS itself"),
];

#[test]
fn the_port_reference_is_fresh_and_names_every_listener() {
    let mut page = String::from(
        "# Ports\n\nWritten by a test from the defaults of the configuration. Nothing else listens: Postgres has a unix \
         socket only, and the command line on the same machine uses `atoll.sock`.\n\n\
         | key | default | protocol | who calls |\n|---|---|---|---|\n",
    );
    for key in keys().filter(|key| key.name.ends_with("listen")) {
        let listener = LISTENERS.iter().find(|(name, ..)| *name == key.name);
        let (_, protocol, callers) =
            listener.unwrap_or_else(|| panic!("`{}` is not described", key.name));
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{}` | `{}` | {protocol} | {callers} |", key.name, key.default);
    }
    keep_fresh("docs/generated/ports.md", &page);
}
