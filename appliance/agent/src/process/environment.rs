//! The environment and directory of everything that runs for the user.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;

use atoll_wire::agent::Manifest;
use tokio::process::Command;

use crate::place::Place;

/// The search path when the image sets none.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The agent's own settings, which are nobody else's business.
const OWN_PREFIX: &str = "ATOLL_AGENT_";

/// The user's shell, to be given this text.
pub(crate) fn shell_command(place: &Place, manifest: &Manifest, text: &str) -> io::Result<Command> {
    let shell = place.user.shell.as_ref();
    let shell =
        shell.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the image has no shell"))?;
    let mut command = command(place, manifest, shell.as_os_str().to_owned());
    command.arg("-c").arg(text);
    Ok(command)
}

/// A program in the workspace's environment and directory, in a process group of its own so that
/// it can be signalled with all it starts.
pub(crate) fn command(place: &Place, manifest: &Manifest, program: OsString) -> Command {
    let mut command = Command::new(program);
    let inherited = std::env::vars_os().collect();
    command.env_clear().envs(environment(place, manifest, inherited));
    command.current_dir(place.directory());
    command
}

fn environment(
    place: &Place,
    manifest: &Manifest,
    mut variables: BTreeMap<OsString, OsString>,
) -> BTreeMap<OsString, OsString> {
    variables.retain(|name, _| !name.to_string_lossy().starts_with(OWN_PREFIX));
    variables.entry("PATH".into()).or_insert(PATH.into());
    let mut set = |name: &str, value: OsString| variables.insert(name.into(), value);
    set("HOME", place.user.home.clone().into());
    set("USER", place.user.name.clone().into());
    set("LOGNAME", place.user.name.clone().into());
    if let Some(shell) = &place.user.shell {
        set("SHELL", shell.clone().into());
    }
    set("ATOLL", "true".into());
    set("ATOLL_WORKSPACE_NAME", manifest.workspace_name.clone().into());
    set("ATOLL_WORKSPACE_OWNER_NAME", manifest.owner_name.clone().into());
    set("ATOLL_WORKSPACE_AGENT_NAME", manifest.agent_name.clone().into());
    for (name, value) in &manifest.environment {
        // A name the kernel cannot hold would make every start fail.
        if !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0') {
            set(name, value.clone().into());
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::User;
    use atoll_wire::agent::HostKey;
    use uuid::Uuid;

    #[test]
    fn the_template_wins_and_the_agents_own_settings_stay_out() {
        let user = User { name: "dev".into(), home: "/home/dev".into(), shell: None };
        let place = Place::new(user, Uuid::nil());
        let manifest = Manifest {
            agent_id: Uuid::nil(),
            agent_name: "main".into(),
            workspace_name: "w".into(),
            owner_name: "o".into(),
            host_key: HostKey(String::new()),
            directory: None,
            environment: [("EDITOR".into(), "vi".into()), ("BAD=".into(), "x".into())].into(),
            startup: None,
            metadata: Vec::new(),
        };
        let inherited = [("EDITOR", "ed"), ("ATOLL_AGENT_TOKEN_FILE", "/t"), ("HOME", "/")];
        let inherited = inherited.map(|(name, value)| (name.into(), value.into())).into();
        let variables = environment(&place, &manifest, inherited);
        let get =
            |name: &str| variables.get(&OsString::from(name)).and_then(|value| value.to_str());
        assert_eq!(get("EDITOR"), Some("vi"));
        assert_eq!(get("HOME"), Some("/home/dev"));
        assert_eq!(get("PATH"), Some(PATH));
        assert_eq!(get("ATOLL_AGENT_TOKEN_FILE"), None);
        assert_eq!(get("BAD="), None);
    }
}
