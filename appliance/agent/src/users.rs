//! Who the agent runs as, read from `/etc/passwd`: a static program has no name service.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of `/etc/passwd` that are read: a thousand users.
const PASSWD_BYTES_MAX: usize = 128 * 1024;

/// Shells tried when the user's own is not there.
const SHELLS: [&str; 4] = ["/bin/bash", "/usr/bin/bash", "/bin/sh", "/busybox/sh"];

/// The user whose workspace this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// The login name, or the number of a user without one.
    pub(crate) name: String,
    /// The home directory; `/` if there is none.
    pub(crate) home: PathBuf,
    /// The login shell; absent in an image without any.
    pub(crate) shell: Option<PathBuf>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    name: &'a str,
    home: &'a str,
    shell: &'a str,
}

impl User {
    /// The user of this process. `home` and `shell` are the variables of that name: a container
    /// that runs as a number the image does not know still has `HOME`.
    pub(crate) fn current(home: Option<&str>, shell: Option<&str>) -> Self {
        let mut passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        passwd.truncate(passwd.floor_char_boundary(PASSWD_BYTES_MAX));
        let number = rustix::process::getuid().as_raw();
        let entry = find(&passwd, number);
        let home = home.filter(|home| home.starts_with('/'));
        let home = home.or(entry.as_ref().map(|entry| entry.home)).unwrap_or("/");
        let wanted = [entry.as_ref().map(|entry| entry.shell), shell];
        let shells = wanted.into_iter().flatten().chain(SHELLS);
        Self {
            name: entry.as_ref().map_or_else(|| number.to_string(), |entry| entry.name.to_owned()),
            home: PathBuf::from(home),
            shell: shells.map(PathBuf::from).find(|shell| usable(shell)),
        }
    }
}

/// Accounts are locked by giving them a shell that refuses; that is not what a workspace means.
fn usable(shell: &Path) -> bool {
    let refuses = shell.ends_with("nologin") || shell.ends_with("false");
    shell.is_absolute()
        && !refuses
        && rustix::fs::access(shell, rustix::fs::Access::EXEC_OK).is_ok()
}

fn find(passwd: &str, number: u32) -> Option<Entry<'_>> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _password, uid, _gid, _comment, home, shell] = fields[..] else { return None };
        (uid.parse() == Ok(number)).then_some(Entry { name, home, shell })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number_and_broken_lines_are_skipped() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n#comment\nhalf:x:7\ndev:x:1000:1000:,,,:/home/dev:/bin/zsh\n";
        assert_eq!(
            find(passwd, 1000),
            Some(Entry { name: "dev", home: "/home/dev", shell: "/bin/zsh" })
        );
        assert_eq!(find(passwd, 7), None);
    }
}
