//! The one place that decides who may do what: role × action × resource. Pure.
//!
//! Use cases ask here before they act; nothing else compares roles.

use uuid::Uuid;

use super::Caller;
use crate::error::{Outcome, Problem, codes};
use crate::model::Role;

/// What somebody wants to do with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See one, or the list of them.
    Read,
    /// Make one.
    Create,
    /// Change one.
    Update,
    /// Remove one.
    Delete,
    /// Open a connection into one.
    Connect,
}

/// What is acted upon, with whose it is where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// All users.
    Users,
    /// One user.
    User(Uuid),
    /// A user's password, by themselves.
    Password(Uuid),
    /// A user's tokens.
    Tokens(Uuid),
    /// Templates and their versions.
    Template,
    /// A user's workspaces and their builds.
    Workspace(Uuid),
    /// Who did what.
    Audit,
    /// Settings, license, bundles, publishers, robots: what is the site's and nobody's.
    Site,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "see",
            Self::Create => "create",
            Self::Update => "change",
            Self::Delete => "delete",
            Self::Connect => "connect to",
        }
    }
}

impl Resource {
    fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::User(_) => "this user",
            Self::Password(_) => "this password",
            Self::Tokens(_) => "these tokens",
            Self::Template => "templates",
            Self::Workspace(_) => "this user's workspaces",
            Self::Audit => "the audit log",
            Self::Site => "the site's own settings",
        }
    }
}

/// Whether the caller may do it.
pub fn allowed(caller: &Caller, action: Action, resource: Resource) -> bool {
    if caller.must_change_password {
        return may_before_password_change(caller.user_id, action, resource);
    }
    match caller.role {
        Role::Owner => match resource {
            // Not even an owner changes another's password by knowing the old one.
            Resource::Password(owner) => owner == caller.user_id,
            Resource::Users
            | Resource::User(_)
            | Resource::Tokens(_)
            | Resource::Template
            | Resource::Workspace(_)
            | Resource::Audit
            | Resource::Site => true,
        },
        Role::Member => member_may(caller.user_id, action, resource),
    }
}

/// Asks [`allowed`] and says what is refused.
pub fn authorize(caller: &Caller, action: Action, resource: Resource) -> Outcome<()> {
    if allowed(caller, action, resource) {
        return Ok(());
    }
    if caller.must_change_password {
        let message = format!("`{}` must change the password first", caller.name);
        return Err(Problem::new(&codes::access::PASSWORD_CHANGE_REQUIRED, message));
    }
    let (action, resource) = (action.as_str(), resource.as_str());
    let message = format!("`{}` may not {action} {resource}", caller.name);
    Err(Problem::new(&codes::access::FORBIDDEN, message))
}

fn member_may(own: Uuid, action: Action, resource: Resource) -> bool {
    match resource {
        Resource::User(user) => user == own && action == Action::Read,
        Resource::Password(owner) | Resource::Tokens(owner) | Resource::Workspace(owner) => {
            owner == own
        }
        Resource::Template => action == Action::Read,
        Resource::Users | Resource::Audit | Resource::Site => false,
    }
}

/// See oneself, change the password, log out.
fn may_before_password_change(own: Uuid, action: Action, resource: Resource) -> bool {
    match resource {
        Resource::User(user) => user == own && action == Action::Read,
        Resource::Password(owner) => owner == own,
        Resource::Tokens(owner) => owner == own && action == Action::Delete,
        Resource::Users
        | Resource::Template
        | Resource::Workspace(_)
        | Resource::Audit
        | Resource::Site => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RequestOrigin, Via};
    use super::*;

    const OWN: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const ACTIONS: [Action; 5] =
        [Action::Read, Action::Create, Action::Update, Action::Delete, Action::Connect];

    fn caller(role: Role, must_change_password: bool) -> Caller {
        Caller {
            user_id: OWN,
            name: "ada".into(),
            role,
            organization_id: Uuid::nil(),
            must_change_password,
            via: Via::Token,
            token_id: None,
            origin: RequestOrigin::default(),
        }
    }

    #[test]
    fn a_member_acts_on_their_own_and_reads_templates() {
        let member = caller(Role::Member, false);
        for action in ACTIONS {
            assert!(allowed(&member, action, Resource::Workspace(OWN)));
            assert!(!allowed(&member, action, Resource::Workspace(OTHER)));
            assert!(!allowed(&member, action, Resource::Tokens(OTHER)));
            assert!(!allowed(&member, action, Resource::Users));
            assert!(!allowed(&member, action, Resource::User(OTHER)));
            assert!(!allowed(&member, action, Resource::Site));
            assert!(!allowed(&member, action, Resource::Audit));
            assert_eq!(allowed(&member, action, Resource::Template), action == Action::Read);
            assert_eq!(allowed(&member, action, Resource::User(OWN)), action == Action::Read);
        }
    }

    #[test]
    fn an_owner_does_everything_but_use_anothers_old_password() {
        let owner = caller(Role::Owner, false);
        for action in ACTIONS {
            assert!(allowed(&owner, action, Resource::Site));
            assert!(allowed(&owner, action, Resource::Workspace(OTHER)));
            assert!(!allowed(&owner, action, Resource::Password(OTHER)));
        }
    }

    #[test]
    fn until_the_password_is_changed_nothing_else_is_allowed() {
        let owner = caller(Role::Owner, true);
        assert!(allowed(&owner, Action::Update, Resource::Password(OWN)));
        assert!(allowed(&owner, Action::Read, Resource::User(OWN)));
        assert!(allowed(&owner, Action::Delete, Resource::Tokens(OWN)));
        for action in ACTIONS {
            assert!(!allowed(&owner, action, Resource::Workspace(OWN)));
            assert!(!allowed(&owner, action, Resource::Site));
            assert!(!allowed(&owner, action, Resource::Users));
        }
        let refusal = authorize(&owner, Action::Create, Resource::Workspace(OWN));
        assert_eq!(refusal.expect_err("refused").code().id, "password-change-required");
    }
}
