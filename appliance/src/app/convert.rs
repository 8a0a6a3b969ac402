//! From rows to the words of the wire.

use std::collections::BTreeMap;

use atoll_wire as wire;
use serde::Deserialize;
use serde_json::Value;

use super::Limit;
use crate::db::agents::AgentRow;
use crate::db::audit::AuditRow;
use crate::db::builds::BuildRow;
use crate::db::job_logs::LogRow;
use crate::db::templates::TemplateRow;
use crate::db::tokens::TokenRow;
use crate::db::users::UserRow;
use crate::db::versions::VersionRow;
use crate::error::{Outcome, Problem, codes};
use crate::model::log::LogLevel;
use crate::model::parameter::{Monotonic, ParameterOption, ParameterSpec, ParameterType};
use crate::model::{AgentState, JobStatus, Role, Transition, UserStatus, WorkspaceStatus};

/// The part of a stored spec that use cases need; the driver's own part stays unread.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Spec {
    /// What the template asks.
    #[serde(default)]
    pub(super) parameters: Vec<ParameterSpec>,
}

/// Reads a stored spec; none asks nothing.
pub(super) fn spec(spec: Option<&Value>) -> Outcome<Spec> {
    spec.map(Spec::deserialize).transpose().map(Option::unwrap_or_default).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot read a stored template").because(&error)
    })
}

/// A word of a table that the program must know.
pub(super) fn word<T>(parse: impl Fn(&str) -> Option<T>, word: &str) -> Outcome<T> {
    parse(word).ok_or_else(|| {
        Problem::new(&codes::INTERNAL, format!("the database holds the unknown word `{word}`"))
    })
}

/// A piece of a list; there is a next one when this one is full.
pub(super) fn page<R, T>(
    rows: Vec<R>,
    limit: Limit,
    key: impl Fn(&R) -> String,
    to: impl Fn(R) -> T,
) -> wire::Page<T> {
    let full = limit.reached(rows.len());
    let next = rows.last().filter(|_| full).map(key);
    wire::Page { items: rows.into_iter().map(to).collect(), next }
}

/// The same, where an item may be unreadable.
pub(super) fn try_page<R, T>(
    rows: Vec<R>,
    limit: Limit,
    key: impl Fn(&R) -> String,
    to: impl Fn(R) -> Outcome<T>,
) -> Outcome<wire::Page<T>> {
    let full = limit.reached(rows.len());
    let next = rows.last().filter(|_| full).map(key);
    Ok(wire::Page { items: rows.into_iter().map(to).collect::<Outcome<_>>()?, next })
}

/// A problem in the words of the wire, without a request.
pub fn problem(problem: &Problem) -> wire::Problem {
    wire::Problem {
        code: problem.code().id.to_owned(),
        message: problem.message().to_owned(),
        cause: problem.cause(),
        remedy: problem.remedy_text().to_owned(),
        retryable: problem.retryable(),
        request_id: String::new(),
    }
}

fn stored_problem(stored: Option<Value>) -> Option<wire::Problem> {
    stored.and_then(|value| serde_json::from_value(value).ok())
}

pub(super) fn role(role: Role) -> wire::Role {
    match role {
        Role::Owner => wire::Role::Owner,
        Role::Member => wire::Role::Member,
    }
}

pub(super) fn from_role(role: wire::Role) -> Role {
    match role {
        wire::Role::Owner => Role::Owner,
        wire::Role::Member => Role::Member,
    }
}

pub(super) fn from_user_status(status: wire::UserStatus) -> UserStatus {
    match status {
        wire::UserStatus::Active => UserStatus::Active,
        wire::UserStatus::Suspended => UserStatus::Suspended,
    }
}

pub(super) fn user(row: UserRow) -> Outcome<wire::User> {
    let status = match word(UserStatus::parse, &row.status)? {
        UserStatus::Active => wire::UserStatus::Active,
        UserStatus::Suspended => wire::UserStatus::Suspended,
    };
    Ok(wire::User {
        id: row.id,
        role: role(word(Role::parse, &row.role)?),
        status,
        name: row.name,
        email: row.email,
        must_change_password: row.must_change_password,
        created_at: row.created_at,
        last_login_at: row.last_login_at,
    })
}

pub(super) fn token(row: TokenRow) -> wire::Token {
    let kind = if row.kind == "api" { wire::TokenKind::Api } else { wire::TokenKind::Session };
    wire::Token {
        id: row.id,
        name: row.name,
        kind,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}

pub(super) fn audit_entry(row: AuditRow) -> wire::AuditEntry {
    wire::AuditEntry {
        id: row.id,
        at: row.at,
        actor: row.actor_name,
        via: row.via,
        address: row.address,
        request_id: row.request_id,
        action: row.action,
        resource_id: row.resource_id,
        resource_name: row.resource_name,
        outcome: row.outcome,
        details: row.details,
    }
}

pub(super) fn template(row: TemplateRow) -> wire::Template {
    wire::Template {
        id: row.id,
        name: row.name,
        display_name: row.display_name,
        description: row.description,
        icon: row.icon,
        active_version: row.active_version,
        active_version_id: row.active_version_id,
        workspaces: row.workspaces,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

pub(super) fn version(row: VersionRow) -> Outcome<wire::TemplateVersion> {
    let parameters = spec(row.spec.as_ref())?.parameters.into_iter().map(parameter).collect();
    Ok(wire::TemplateVersion {
        id: row.id,
        template_id: row.template_id,
        template_name: row.template_name,
        number: row.number,
        message: row.message,
        driver: row.driver,
        active: row.active,
        status: job_status(word(JobStatus::parse, &row.job_status)?),
        job_id: row.job_id,
        error: stored_problem(row.job_error),
        parameters,
        readme: row.readme,
        files_sha256: hex::encode(row.files_sha256),
        created_at: row.created_at,
    })
}

fn parameter(spec: ParameterSpec) -> wire::Parameter {
    let kind = match spec.kind {
        ParameterType::String => wire::ParameterKind::String,
        ParameterType::Number => wire::ParameterKind::Number,
        ParameterType::Bool => wire::ParameterKind::Bool,
        ParameterType::List => wire::ParameterKind::ListString,
    };
    let monotonic = spec.validation.monotonic.map(|monotonic| match monotonic {
        Monotonic::Increasing => wire::Monotonic::Increasing,
        Monotonic::Decreasing => wire::Monotonic::Decreasing,
    });
    let option = |option: ParameterOption| wire::ParameterOption {
        name: option.name,
        value: option.value,
        description: option.description,
        icon: option.icon,
    };
    wire::Parameter {
        name: spec.name,
        display_name: spec.display_name,
        description: spec.description,
        kind,
        default: spec.default,
        mutable: spec.mutable,
        ephemeral: spec.ephemeral,
        options: spec.options.into_iter().map(option).collect(),
        regex: spec.validation.regex,
        error: spec.validation.error,
        min: spec.validation.min,
        max: spec.validation.max,
        monotonic,
        icon: spec.icon,
    }
}

pub(super) fn job_status(status: JobStatus) -> wire::JobStatus {
    match status {
        JobStatus::Pending => wire::JobStatus::Pending,
        JobStatus::Running => wire::JobStatus::Running,
        JobStatus::Canceling => wire::JobStatus::Canceling,
        JobStatus::Succeeded => wire::JobStatus::Succeeded,
        JobStatus::Canceled => wire::JobStatus::Canceled,
        JobStatus::Failed => wire::JobStatus::Failed,
    }
}

/// A job's end for whoever follows it.
pub(super) fn job_end(row: crate::db::jobs::JobRow) -> Outcome<wire::JobEnd> {
    let status = job_status(word(JobStatus::parse, &row.status)?);
    Ok(wire::JobEnd { status, error: stored_problem(row.error) })
}

fn transition(transition: Transition) -> wire::Transition {
    match transition {
        Transition::Start => wire::Transition::Start,
        Transition::Stop => wire::Transition::Stop,
        Transition::Delete => wire::Transition::Delete,
    }
}

pub(super) fn from_transition(transition: wire::Transition) -> Transition {
    match transition {
        wire::Transition::Start => Transition::Start,
        wire::Transition::Stop => Transition::Stop,
        wire::Transition::Delete => Transition::Delete,
    }
}

pub(super) fn workspace_status(build: &BuildRow) -> Outcome<wire::WorkspaceStatus> {
    let transition = word(Transition::parse, &build.transition)?;
    let job = word(JobStatus::parse, &build.job_status)?;
    Ok(match WorkspaceStatus::of(transition, job) {
        WorkspaceStatus::Pending => wire::WorkspaceStatus::Pending,
        WorkspaceStatus::Starting => wire::WorkspaceStatus::Starting,
        WorkspaceStatus::Running => wire::WorkspaceStatus::Running,
        WorkspaceStatus::Stopping => wire::WorkspaceStatus::Stopping,
        WorkspaceStatus::Stopped => wire::WorkspaceStatus::Stopped,
        WorkspaceStatus::Deleting => wire::WorkspaceStatus::Deleting,
        WorkspaceStatus::Deleted => wire::WorkspaceStatus::Deleted,
        WorkspaceStatus::Canceling => wire::WorkspaceStatus::Canceling,
        WorkspaceStatus::Canceled => wire::WorkspaceStatus::Canceled,
        WorkspaceStatus::Failed => wire::WorkspaceStatus::Failed,
    })
}

/// The values of a build.
pub(super) fn parameters(values: &Value) -> Outcome<BTreeMap<String, String>> {
    BTreeMap::deserialize(values).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot read the values of a build").because(&error)
    })
}

/// A build with those of these agents that are its own.
pub(super) fn build(row: BuildRow, agents: &[AgentRow]) -> Outcome<wire::Build> {
    let own = agents.iter().filter(|agent| agent.build_id == row.id);
    Ok(wire::Build {
        id: row.id,
        workspace_id: row.workspace_id,
        number: row.number,
        transition: transition(word(Transition::parse, &row.transition)?),
        status: job_status(word(JobStatus::parse, &row.job_status)?),
        job_id: row.job_id,
        template_version_id: row.template_version_id,
        template_version: row.template_version,
        parameters: parameters(&row.parameters)?,
        initiator: row.initiator,
        error: stored_problem(row.job_error),
        agents: own.map(agent).collect::<Outcome<_>>()?,
        created_at: row.created_at,
        started_at: row.started_at,
        completed_at: row.completed_at,
    })
}

fn agent(row: &AgentRow) -> Outcome<wire::WorkspaceAgent> {
    let state = match word(AgentState::parse, &row.state)? {
        AgentState::Connecting => wire::AgentState::Connecting,
        AgentState::Connected => wire::AgentState::Connected,
        AgentState::Disconnected => wire::AgentState::Disconnected,
        AgentState::Timeout => wire::AgentState::Timeout,
    };
    Ok(wire::WorkspaceAgent {
        id: row.id,
        name: row.name.clone(),
        state,
        version: row.version.clone(),
        os: row.os.clone(),
        architecture: row.architecture.clone(),
        directory: row.directory.clone(),
        first_connected_at: row.first_connected_at,
        last_seen_at: row.last_seen_at,
    })
}

pub(super) fn log_line(row: LogRow) -> Outcome<wire::LogLine> {
    let level = match word(LogLevel::parse, &row.level)? {
        LogLevel::Debug => wire::LogLevel::Debug,
        LogLevel::Info => wire::LogLevel::Info,
        LogLevel::Warn => wire::LogLevel::Warn,
        LogLevel::Error => wire::LogLevel::Error,
    };
    Ok(wire::LogLine { number: row.number, at: row.at, stage: row.stage, level, line: row.line })
}
