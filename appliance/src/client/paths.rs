//! Where things lie in the API: every path the command line asks for, in one place.

use uuid::Uuid;

/// Who is asking.
pub const WHOAMI: &str = "/api/v1/whoami";
/// Logging in.
pub const LOGIN: &str = "/api/v1/login";
/// Ending one's session.
pub const LOGOUT: &str = "/api/v1/logout";
/// One's own new password.
pub const PASSWORD: &str = "/api/v1/password";
/// The people of the site.
pub const USERS: &str = "/api/v1/users";
/// One's own API tokens.
pub const TOKENS: &str = "/api/v1/tokens";
/// Templates.
pub const TEMPLATES: &str = "/api/v1/templates";
/// Bundles.
pub const BUNDLES: &str = "/api/v1/bundles";
/// Workspaces.
pub const WORKSPACES: &str = "/api/v1/workspaces";

/// A part of a path or query that a person wrote.
pub fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// One person.
pub fn user(name: &str) -> String {
    format!("{USERS}/{}", escape(name))
}

/// One template.
pub fn template(name: &str) -> String {
    format!("{TEMPLATES}/{}", escape(name))
}

/// The versions of a template.
pub fn versions(template_name: &str) -> String {
    format!("{}/versions", template(template_name))
}

/// One workspace.
pub fn workspace(id: Uuid) -> String {
    format!("{WORKSPACES}/{id}")
}

/// A line to a workspace's agent, of this kind.
pub fn tunnel(id: Uuid, stream: &str, agent: Option<&str>) -> String {
    let mut path = format!("{}/tunnel?stream={stream}", workspace(id));
    if let Some(agent) = agent {
        path = path + "&agent=" + &escape(agent);
    }
    path
}

/// A line to a port as a workspace sees it.
pub fn tunnel_to_port(id: Uuid, host: &str, port: u16, agent: Option<&str>) -> String {
    format!("{}&host={}&port={port}", tunnel(id, "tcp", agent), escape(host))
}

/// The builds of a workspace.
pub fn builds(id: Uuid) -> String {
    format!("{WORKSPACES}/{id}/builds")
}

/// One build.
pub fn build(id: Uuid) -> String {
    format!("/api/v1/builds/{id}")
}

/// The log of any job.
pub fn job_log(id: Uuid) -> String {
    format!("/api/v1/jobs/{id}/logs")
}

/// The log of a build.
pub fn build_log(id: Uuid) -> String {
    format!("{}/logs", build(id))
}

/// One version of a template.
pub fn version(template_name: &str, number: i32) -> String {
    format!("{}/{number}", versions(template_name))
}

/// The log of a version's import.
pub fn version_log(template_name: &str, number: i32) -> String {
    format!("{}/logs", version(template_name, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_writes_cannot_leave_its_place() {
        assert_eq!(template("a/../b?c d"), "/api/v1/templates/a%2F..%2Fb%3Fc%20d");
    }
}
