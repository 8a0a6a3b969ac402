//! Request, response, event and agent-stream types. Serde only.
//!
//! What the API says and hears, file by noun. Nothing here decides anything: the appliance, the
//! command line, the agent and the dashboard's types are all read from these.

pub mod agent;
pub mod audit;
pub mod build;
pub mod bundle;
pub mod job;
pub mod license;
pub mod mirror;
pub mod page;
pub mod parameter;
pub mod problem;
pub mod session;
pub mod site;
pub mod template;
pub mod token;
pub mod user;
pub mod workspace;
pub mod workspace_agent;

pub use audit::AuditEntry;
pub use build::{Build, CreateBuild, Transition};
pub use bundle::{Bundle, ImportBundle, StartedJob};
pub use job::{JobEnd, JobStatus, LogLevel, LogLine};
pub use license::{
    ActivateLicense, License, LicenseRequest, LicenseSeats, LicenseState, LicenseStatus,
};
pub use mirror::{
    CreateNodeConfig, CreateRobot, CreatedRobot, MirrorRepository, MirrorTag, NodeConfig, NodeFile,
    NodeFormat, Robot, RobotScope,
};
pub use page::Page;
pub use parameter::{Monotonic, Parameter, ParameterKind, ParameterOption};
pub use problem::{Problem, ProblemBody};
pub use session::{Login, LoginAnswer, Whoami};
pub use site::SiteInfo;
pub use template::{Template, TemplateVersion, UpdateTemplate};
pub use token::{CreateToken, CreatedToken, Token, TokenKind};
pub use user::{ChangePassword, CreateUser, Role, UpdateUser, User, UserStatus};
pub use workspace::{CreateWorkspace, Workspace, WorkspaceStatus};
pub use workspace_agent::{AgentState, WorkspaceAgent};
