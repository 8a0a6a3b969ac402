//! Who asks, and how they came in.

use uuid::Uuid;

use crate::db::users::UserRow;
use crate::error::{Outcome, Problem, codes};
use crate::model::Role;

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// An API token.
    Token,
    /// A session: a login, by browser or command line.
    Session,
    /// The local socket: the kernel says which account is at the other end.
    Socket,
    /// The server itself, on behalf of somebody.
    Job,
}

impl Via {
    /// The word of the audit log and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Session => "session",
            Self::Socket => "socket",
            Self::Job => "job",
        }
    }
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The address of the client; empty for the local socket.
    pub address: String,
    /// The request, in logs and answers.
    pub request_id: String,
}

/// Somebody known, who may or may not do what they ask for.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user acted for.
    pub user_id: Uuid,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whose they are.
    pub organization_id: Uuid,
    /// Whether they may do nothing but change their password.
    pub must_change_password: bool,
    /// How they came in.
    pub via: Via,
    /// The token they came with.
    pub token_id: Option<String>,
    /// Where the request came from.
    pub origin: RequestOrigin,
}

impl Caller {
    /// The caller that this user is. Over the socket, and for jobs, the duty to change the
    /// password does not hold: the kernel vouches for the account, and the first password of a
    /// new site must not keep its operator from working at the console.
    pub(crate) fn of(user: &UserRow, via: Via, token_id: Option<String>) -> Outcome<Self> {
        let role = Role::parse(&user.role).ok_or_else(|| {
            Problem::new(&codes::INTERNAL, format!("the user `{}` has an unknown role", user.name))
        })?;
        let must_change_password = match via {
            Via::Token | Via::Session => user.must_change_password,
            Via::Socket | Via::Job => false,
        };
        Ok(Self {
            user_id: user.id,
            name: user.name.clone(),
            role,
            organization_id: user.organization_id,
            must_change_password,
            via,
            token_id,
            origin: RequestOrigin::default(),
        })
    }

    /// The same caller, with the origin of the request.
    pub fn from(mut self, origin: RequestOrigin) -> Self {
        self.origin = origin;
        self
    }
}
