//! The mirror under `/v2/`: who is let in, where clients get their tokens, and why an image that
//! is asked for is not there.
//!
//! The token clients are given is the one they came with: it is looked at again with every
//! request, so that a revoked one is refused within seconds.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use atoll_mirror::http::{Absence, Access, Action, Authorizer, Explanation, Mirror, Refusal};
use atoll_mirror::{Namespace, Reference, RepositoryName, Store};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::app::registry::{Admission, Rights, admit};
use crate::app::{App, mirror};
use crate::secret::Secret;

/// How long an admission is believed before the database is asked again: as long as a revoked
/// token may still work.
const BELIEVED_FOR: Duration = Duration::seconds(3);
/// Admissions remembered at once: more than a site has nodes.
const BELIEVED_MAX: usize = 4096;
/// What clients are told of a token's life; they come back for another one.
const TOKEN_SECONDS: u32 = 300;
/// A token request holds a name, a password and some words.
const TOKEN_REQUEST_BYTES_MAX: usize = 16 << 10;
/// What `WWW-Authenticate` calls this registry.
const SERVICE: &str = "atoll";

/// The registry's routes. `own_hosts` are the names and ports under which clients know the site.
pub fn router(app: App, store: Store, own_hosts: Vec<Namespace>) -> Router {
    let door = Door { app: app.clone(), believed: Arc::default() };
    let mirror = Mirror { store, own_hosts, absence: Arc::new(Reasons { app }) };
    let tokens =
        Router::new().route("/v2/token", get(by_basic).post(by_form)).with_state(door.clone());
    atoll_mirror::http::router(mirror, door).merge(tokens)
}

/// Whom a token admitted lately, by the token's hash.
type Believed = HashMap<[u8; 32], (OffsetDateTime, Admission)>;

#[derive(Clone)]
struct Door {
    app: App,
    believed: Arc<Mutex<Believed>>,
}

impl Door {
    /// Who presents this token; absent: nobody that is known.
    async fn admit(&self, token: &Secret) -> Result<Option<Admission>, Refusal> {
        let key: [u8; 32] = Sha256::digest(token.reveal().as_bytes()).into();
        let now = self.app.clock().now();
        let believed = self.believed().get(&key).cloned();
        if let Some((since, admission)) = believed
            && since <= now
            && now < since + BELIEVED_FOR
        {
            return Ok(Some(admission));
        }
        let admission = admit(&self.app, token.reveal())
            .await
            .map_err(|problem| Refusal::Unavailable(format!("{problem}: {}", problem.cause())))?;
        let mut believed = self.believed();
        if believed.len() >= BELIEVED_MAX {
            believed.clear();
        }
        match &admission {
            Some(admission) => drop(believed.insert(key, (now, admission.clone()))),
            None => drop(believed.remove(&key)),
        }
        Ok(admission)
    }

    fn believed(&self) -> std::sync::MutexGuard<'_, Believed> {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Authorizer for Door {
    async fn authorize(&self, access: Access<'_>) -> Result<(), Refusal> {
        let admission = match credentials(access.headers) {
            Some(token) => self.admit(&token).await?,
            None => None,
        };
        let Some(Admission { who, rights }) = admission else {
            return Err(Refusal::Unauthenticated(challenge(&access)));
        };
        if access.repository.is_none() || allows(rights, access.action) {
            return Ok(());
        }
        let action = access.action.word();
        Err(Refusal::Denied(format!("`{who}` may not {action}")))
    }
}

fn allows(rights: Rights, action: Action) -> bool {
    match (rights, action) {
        (Rights::All, Action::Pull | Action::Push | Action::Delete)
        | (Rights::PullAndPush, Action::Pull | Action::Push)
        | (Rights::Pull, Action::Pull) => true,
        (Rights::PullAndPush, Action::Delete) | (Rights::Pull, Action::Push | Action::Delete) => {
            false
        }
    }
}

/// The token, sent as such or as the password of any user.
fn credentials(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, sent) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Secret::new(sent.trim()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = zeroize::Zeroizing::new(STANDARD.decode(sent.trim()).ok()?);
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(Secret::new(password))
}

/// Where a client gets a token: at the address it has used for this request.
fn challenge(access: &Access<'_>) -> String {
    let host = access.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let plain = |host: &&str| {
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    let realm = match host.filter(plain) {
        Some(host) => format!("https://{host}/v2/token"),
        None => return format!("Basic realm=\"{SERVICE}\""),
    };
    let scope = access.scope().map(|scope| format!(",scope=\"{scope}\"")).unwrap_or_default();
    format!("Bearer realm=\"{realm}\",service=\"{SERVICE}\"{scope}")
}

/// `GET /v2/token` with the credentials of a login.
async fn by_basic(State(door): State<Door>, headers: HeaderMap) -> Response {
    grant(&door, credentials(&headers)).await
}

/// `POST /v2/token` with a form, as OAuth 2 clients send.
async fn by_form(State(door): State<Door>, body: Body) -> Response {
    let Ok(form) = to_bytes(body, TOKEN_REQUEST_BYTES_MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let field = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(&form);
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| Secret::new(value.into_owned()))
    };
    grant(&door, field("password").or_else(|| field("refresh_token"))).await
}

async fn grant(door: &Door, token: Option<Secret>) -> Response {
    let admitted = match &token {
        Some(token) => door.admit(token).await,
        None => Ok(None),
    };
    let token = match (admitted, token) {
        (Ok(Some(_)), Some(token)) => token,
        (Ok(_), _) => {
            let challenge = [(header::WWW_AUTHENTICATE, format!("Basic realm=\"{SERVICE}\""))];
            let code = &atoll_mirror::http::codes::UNAUTHORIZED;
            let error = json!({ "errors": [{
                "code": code.oci,
                "message": "the password is no token of this site, or has ended",
                "detail": { "code": code.id, "remedy": code.remedy, "retryable": code.retryable },
            }]});
            return (StatusCode::UNAUTHORIZED, challenge, axum::Json(error)).into_response();
        }
        (Err(_unavailable), _) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let issued_at = door.app.clock().now().format(&Rfc3339).unwrap_or_default();
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    let answer = json!({
        "token": token.reveal(),
        "access_token": token.reveal(),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "issued_at": issued_at,
    });
    (no_store, axum::Json(answer)).into_response()
}

/// Says which template wants a missing image, and what would bring it.
struct Reasons {
    app: App,
}

impl fmt::Debug for Reasons {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Reasons")
    }
}

#[async_trait]
impl Absence for Reasons {
    async fn explain(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Option<Explanation> {
        let image = match reference {
            Reference::Tag(tag) => format!("{repository}:{tag}"),
            Reference::Digest(digest) => format!("{repository}@{digest}"),
        };
        // That the tables cannot be asked must not hide that the image is missing.
        let template =
            mirror::template_wanting(&self.app, repository.as_str()).await.ok().flatten();
        let cause = match template {
            Some(name) => format!("no bundle has brought it; the template `{name}` names it"),
            None => "no bundle has brought it, and nobody has pushed it".to_owned(),
        };
        let remedy = format!(
            "on the connected side add the lines `[[images]]` and `name = \"{image}\"` to \
             `bundle.toml` and run `atoll bundle create`; here run `atoll bundle import FILE`"
        );
        Some(Explanation { cause, remedy })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("a header value"))])
    }

    #[test]
    fn a_token_is_found_as_bearer_and_as_the_password_of_any_user() {
        let basic = format!("Basic {}", STANDARD.encode("anybody:atoll_a_b"));
        for value in ["Bearer atoll_a_b", "bearer atoll_a_b", &basic] {
            let found = credentials(&headers(header::AUTHORIZATION, value)).expect("a token");
            assert_eq!(found.reveal(), "atoll_a_b");
        }
        for value in ["atoll_a_b", "Digest x", "Basic !", "Basic YWJj"] {
            assert!(credentials(&headers(header::AUTHORIZATION, value)).is_none(), "{value}");
        }
    }

    #[test]
    fn a_challenge_names_the_address_the_client_has_used_and_nothing_it_made_up() {
        let repository: RepositoryName = "docker.io/a/b".parse().expect("a name");
        let challenge_for = |host: &str| {
            let headers = headers(header::HOST, host);
            let repository = Some(&repository);
            challenge(&Access { headers: &headers, repository, action: Action::Push })
        };
        assert_eq!(
            challenge_for("10.0.0.1:7443"),
            "Bearer realm=\"https://10.0.0.1:7443/v2/token\",service=\"atoll\",\
             scope=\"repository:docker.io/a/b:pull,push\""
        );
        assert_eq!(challenge_for("a\",x=\"b"), "Basic realm=\"atoll\"");
    }

    #[test]
    fn nobody_deletes_but_owners_and_only_some_push() {
        let table = [
            (Rights::Pull, [true, false, false]),
            (Rights::PullAndPush, [true, true, false]),
            (Rights::All, [true, true, true]),
        ];
        for (rights, expected) in table {
            let got = [Action::Pull, Action::Push, Action::Delete].map(|a| allows(rights, a));
            assert_eq!(got, expected, "{rights:?}");
        }
    }
}
