//! The system account a server runs as. Reads `/etc/passwd`; asks no name service.

use std::os::unix::fs::chown;
use std::path::Path;
use std::{fs, io};

use tokio::process::Command;

/// A system account by name and numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The login name; Postgres maps it to a database role.
    pub name: String,
    /// The user id.
    pub uid: u32,
    /// The primary group id.
    pub gid: u32,
}

/// An account cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The list of accounts cannot be read.
    #[error("cannot read `{PASSWD}`")]
    Read(#[source] io::Error),
    /// The process runs under a number that has no name; `initdb` needs one.
    #[error("user id {0} has no entry in `{PASSWD}`")]
    Nameless(u32),
}

const PASSWD: &str = "/etc/passwd";

impl Account {
    /// The account this process runs as.
    pub fn current() -> Result<Self, AccountError> {
        let uid = rustix::process::geteuid().as_raw();
        let text = fs::read_to_string(PASSWD).map_err(AccountError::Read)?;
        find(&text, |account| account.uid == uid).ok_or(AccountError::Nameless(uid))
    }

    /// The account of this name, if there is one.
    pub fn named(name: &str) -> Result<Option<Self>, AccountError> {
        let text = fs::read_to_string(PASSWD).map_err(AccountError::Read)?;
        Ok(find(&text, |account| account.name == name))
    }

    /// Whether it is the superuser, as whom Postgres refuses to run.
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// Whether this process must change its user to run something as this account.
    fn is_another(&self) -> bool {
        rustix::process::geteuid().as_raw() != self.uid
    }

    /// Makes the command run as this account; supplementary groups are dropped with root.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.is_another() {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives a file or folder to this account.
    pub(crate) fn own(&self, path: &Path) -> io::Result<()> {
        if self.is_another() { chown(path, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }
}

fn find(passwd: &str, wanted: impl Fn(&Account) -> bool) -> Option<Account> {
    passwd.lines().filter_map(parse).find(wanted)
}

fn parse(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(Account { name, uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_name_and_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n+broken\natoll:x:987:986::/:/bin/false\n";
        let atoll = Account { name: "atoll".into(), uid: 987, gid: 986 };
        assert_eq!(find(passwd, |account| account.name == "atoll"), Some(atoll.clone()));
        assert_eq!(find(passwd, |account| account.uid == 987), Some(atoll));
        assert_eq!(find(passwd, |account| account.name == "other"), None);
    }
}
