//! The names and addresses by which a site is reached, as certificates need them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::TlsError;

/// DNS names and IP addresses; loopback is always among them, since the CLI on the same machine
/// and health checks use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNames {
    dns: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
}

impl HostNames {
    /// The hosts of these base URLs.
    pub fn of_urls<'a>(urls: impl IntoIterator<Item = &'a Url>) -> Result<Self, TlsError> {
        let mut names = Self {
            dns: BTreeSet::from(["localhost".to_owned()]),
            addresses: BTreeSet::from([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]),
        };
        for url in urls {
            match url.host() {
                Some(Host::Domain(name)) => drop(names.dns.insert(name.to_ascii_lowercase())),
                Some(Host::Ipv4(address)) => drop(names.addresses.insert(address.into())),
                Some(Host::Ipv6(address)) => drop(names.addresses.insert(address.into())),
                None => return Err(TlsError::NameHost(url.to_string())),
            }
        }
        Ok(names)
    }

    /// DNS names, sorted.
    pub fn dns(&self) -> impl Iterator<Item = &str> {
        self.dns.iter().map(String::as_str)
    }

    /// IP addresses, sorted.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.addresses.iter().copied()
    }

    /// The same as subject alternative names.
    pub(super) fn texts(&self) -> Vec<String> {
        self.dns.iter().cloned().chain(self.addresses.iter().map(ToString::to_string)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_of_both_families_are_kept_apart() {
        let urls = ["https://Atoll.example:7443", "https://10.1.2.3:7443", "https://[fd00::1]"]
            .map(|text| Url::parse(text).expect("a URL"));
        let names = HostNames::of_urls(&urls).expect("hosts");
        assert_eq!(names.dns().collect::<Vec<_>>(), ["atoll.example", "localhost"]);
        let addresses: Vec<String> = names.addresses().map(|address| address.to_string()).collect();
        assert_eq!(addresses, ["10.1.2.3", "127.0.0.1", "::1", "fd00::1"]);
    }
}
