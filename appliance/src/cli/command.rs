//! Every command there is, and the options of all.

use clap::{Parser, Subcommand};

use super::{
    Console, Format, bundle, cluster, completion, config, install, license, login, logout, mirror,
    password, serve, ssh, status, template, token, trust, uninstall, user, version, whoami,
    workspace,
};

/// Development environments for networks without internet.
#[derive(Debug, Parser)]
#[command(name = "atoll", version, propagate_version = true, disable_help_subcommand = false)]
pub struct Cli {
    /// How data is written to stdout
    #[arg(short = 'o', long = "output", global = true, value_enum, default_value_t = Format::Table)]
    pub output: Format,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Every command. The order is the order of the help.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a site on this host from a bundle
    Install(Box<install::Options>),
    /// Go on with an installation as the site's user
    #[command(hide = true)]
    InstallAsSiteUser(install::ChildOptions),
    /// Say whether the site is well
    Status(status::Options),
    /// List or remove what the installation made
    Uninstall(uninstall::Options),
    /// Log in to a site and keep a token for it
    Login(login::Options),
    /// End the session and forget the site
    Logout(logout::Options),
    /// Say which site this is and who you are there
    Whoami(whoami::Options),
    /// Change your password
    Password(password::Options),
    /// Make a workspace from a template
    Create(workspace::create::Options),
    /// List workspaces
    List(workspace::list::Options),
    /// Show a workspace
    Show(workspace::show::Options),
    /// Start a workspace
    Start(workspace::change::Start),
    /// Stop a workspace; its home is kept
    Stop(workspace::change::Stop),
    /// Delete a workspace and its volumes
    Delete(workspace::delete::Options),
    /// Stop the build that is under way
    Cancel(workspace::cancel::Options),
    /// Show the log of a workspace's build
    Logs(workspace::logs::Options),
    /// Open a shell in a workspace, or run a command there
    Ssh(ssh::Options),
    /// Let stock `ssh` reach workspaces as `NAME.atoll`
    ConfigSsh(ssh::setup::Options),
    /// Let ports of this machine lead into a workspace
    PortForward(ssh::forward::Options),
    /// Push, list and show templates
    Template(template::Options),
    /// Make, list and suspend accounts
    User(user::Options),
    /// Make, list and revoke your API tokens
    Token(token::Options),
    /// Show, check and change the site's configuration
    Config(config::Options),
    /// Make, look at and check bundles, and the keys that sign them
    Bundle(bundle::Options),
    /// Look into the mirror, and give nodes and machines access to it
    Mirror(mirror::Options),
    /// Say whom this site trusts, and change it
    Trust(trust::Options),
    /// Ask for, take up and look at licenses
    License(license::Options),
    /// What a site needs on its cluster
    Cluster(cluster::Options),
    /// Print the completion script of a shell
    Completion(completion::Options),
    /// Serve the site of a data directory until told to stop
    Serve(serve::Options),
    /// Say which Atoll this is and what is built into it
    Version(version::Options),
}

impl Command {
    /// Runs the command; its data goes through the console.
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        match self {
            Self::Install(options) => options.run(console).await,
            Self::InstallAsSiteUser(options) => options.run().await,
            Self::Status(options) => options.run(console).await,
            Self::Uninstall(options) => options.run(console).await,
            Self::Login(options) => options.run(console).await,
            Self::Logout(options) => options.run(console).await,
            Self::Whoami(options) => options.run(console).await,
            Self::Password(options) => options.run(console).await,
            Self::Create(options) => options.run(console).await,
            Self::List(options) => options.run(console).await,
            Self::Show(options) => options.run(console).await,
            Self::Start(options) => options.run(console).await,
            Self::Stop(options) => options.run(console).await,
            Self::Delete(options) => options.run(console).await,
            Self::Cancel(options) => options.run(console).await,
            Self::Logs(options) => options.run(console).await,
            Self::Ssh(options) => options.run(console).await,
            Self::ConfigSsh(options) => options.run(console).await,
            Self::PortForward(options) => options.run(console).await,
            Self::Template(options) => options.run(console).await,
            Self::User(options) => options.run(console).await,
            Self::Token(options) => options.run(console).await,
            Self::Config(options) => options.run(console),
            Self::Bundle(options) => options.run(console).await,
            Self::Mirror(options) => options.run(console).await,
            Self::Trust(options) => options.run(console),
            Self::License(options) => options.run(console).await,
            Self::Cluster(options) => options.run(console),
            Self::Completion(options) => options.run(console),
            Self::Serve(options) => options.run().await,
            Self::Version(options) => options.run(console),
        }
    }
}
