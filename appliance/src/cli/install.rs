//! `atoll install`, and the hidden command by which it goes on as the site's own user.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Console;
use super::console::Table;
use crate::install::{self, Event, Installed, Request, Service, Started};
use crate::preflight::{Report, Verdict};

/// Arguments of `atoll install`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sudo atoll install site.atoll --kubeconfig ~/.kube/config\n  atoll install site.atoll --data-dir /srv/atoll --listen 0.0.0.0:8443 --url https://10.0.0.5:8443\n  atoll install site.atoll --dry-run\n\nThe same command given again goes on where an earlier one was stopped."
)]
pub struct Options {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    bundle: Option<PathBuf>,
    /// Kubeconfig of a cluster administrator; used once and not kept
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Base address for pods, nodes and laptops; may be repeated [default: the address of the route to the API server]
    #[arg(long = "url", value_name = "URL")]
    urls: Vec<String>,
    /// Where to listen for HTTPS; may be repeated [default: [::]:7443]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<SocketAddr>,
    /// Where to listen for plain HTTP from trusted proxies; may be repeated
    #[arg(long, value_name = "ADDRESS:PORT", requires = "trusted_proxies")]
    plain_listen: Vec<SocketAddr>,
    /// Address or network of a proxy that ends TLS; may be repeated
    #[arg(long = "trusted-proxy", value_name = "NETWORK")]
    trusted_proxies: Vec<String>,
    /// A further root to trust: the fingerprint or the file of its key; may be repeated
    #[arg(long, value_name = "FINGERPRINT|FILE")]
    trust: Vec<String>,
    /// The license
    #[arg(long, value_name = "FILE")]
    license: Option<PathBuf>,
    /// Namespace in which workspaces run [default: atoll-workspaces]
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// StorageClass of home volumes [default: the cluster's default]
    #[arg(long, value_name = "NAME")]
    storage_class: Option<String>,
    /// File with the URL of an external Postgres 13 or newer [default: the bundled one]
    #[arg(long, value_name = "FILE")]
    database_url_file: Option<PathBuf>,
    /// Name of the first administrator
    #[arg(long, default_value = "admin", value_name = "NAME")]
    admin_name: String,
    /// File with the first administrator's password [default: one is made]
    #[arg(long, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
    /// System user to run as when root installs
    #[arg(long, default_value = "atoll", value_name = "NAME")]
    user: String,
    /// The data directory
    #[arg(long, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    data_dir: PathBuf,
    /// Make no service of the host; `atoll serve` is started by other means
    #[arg(long)]
    no_service: bool,
    /// Check the host and the inputs, show what was found, change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What install prints as data.
#[derive(Debug, Serialize)]
struct Outcome {
    #[serde(flatten)]
    summary: install::Summary,
    next: Vec<String>,
}

impl Table for Outcome {
    fn columns(&self) -> Vec<&'static str> {
        vec!["", ""]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let install::Summary {
            url,
            ca_sha256,
            install_id,
            admin_name,
            admin_password_file,
            imported,
            warnings,
        } = &self.summary;
        let mut rows =
            vec![vec!["url".into(), url.clone()], vec!["install id".into(), install_id.clone()]];
        let mut row = |name: &str, value: &str| {
            if !value.is_empty() {
                rows.push(vec![name.into(), value.to_owned()]);
            }
        };
        row("authority sha256", ca_sha256);
        row("administrator", admin_name);
        let password = admin_password_file.as_ref().map(|path| path.display().to_string());
        row("password in", &password.unwrap_or_default());
        for line in imported {
            row("imported", line);
        }
        for line in warnings {
            row("warning", line);
        }
        for line in &self.next {
            row("next", line);
        }
        rows
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Findings<'a>(&'a Report);

impl Table for Findings<'_> {
    fn columns(&self) -> Vec<&'static str> {
        vec!["check", "verdict", "seen", "remedy"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let verdict = |verdict| match verdict {
            Verdict::Pass => "pass",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        let row = |finding: &crate::preflight::Finding| {
            let (seen, remedy) = (finding.seen.clone(), finding.remedy.clone());
            vec![finding.check.to_owned(), verdict(finding.verdict).to_owned(), seen, remedy]
        };
        self.0.findings().iter().map(row).collect()
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let (dry_run, request) = (self.dry_run, self.request()?);
        let prepared = Box::pin(install::preflight(&request)).await?;
        if dry_run {
            console.data(&Findings(&prepared.report))?;
            return prepared.report.refusal().map_or(Ok(()), |problem| Err(problem.into()));
        }
        for finding in prepared.report.findings() {
            if finding.verdict == Verdict::Warn {
                console.note(&format!("warning: {}: {}", finding.seen, finding.remedy));
            }
        }
        let installed = Box::pin(install::install(&request, prepared, &tell)).await?;
        let next = next(&request, &installed);
        console.data(&Outcome { summary: installed.summary, next })
    }

    fn request(self) -> anyhow::Result<Request> {
        Ok(Request {
            data_dir: std::path::absolute(self.data_dir)?,
            bundle: self.bundle,
            kubeconfig: self.kubeconfig,
            urls: self.urls,
            listen: self.listen,
            plain_listen: self.plain_listen,
            trusted_proxies: self.trusted_proxies,
            trust: self.trust,
            license: self.license,
            namespace: self.namespace,
            storage_class: self.storage_class,
            database_url_file: self.database_url_file.map(std::path::absolute).transpose()?,
            admin_name: self.admin_name,
            admin_password_file: self.admin_password_file,
            user: self.user,
            service: if self.no_service { Service::Never } else { Service::WherePossible },
        })
    }
}

/// Events are for a person: one line when a step is done.
fn tell(event: Event) {
    use std::io::Write as _;
    if let Event::Finished { step, text } = event {
        // Whoever closed stderr does not want to be told.
        drop(writeln!(std::io::stderr().lock(), "{step:14} {text}"));
    }
}

/// The operator's next acts, each a line to type.
fn next(request: &Request, installed: &Installed) -> Vec<String> {
    let Installed { summary, started } = installed;
    let mut data_dir = String::new();
    if request.data_dir != Path::new(crate::DATA_DIR_DEFAULT) {
        data_dir = format!(" --data-dir {}", request.data_dir.display());
    }
    let mut next = Vec::new();
    if *started == Started::ByHand {
        next.push(format!("start the site: atoll serve{data_dir}"));
    }
    let ca = match summary.ca_sha256.as_str() {
        "" => String::new(),
        sha256 => format!(" --ca-sha256 {sha256}"),
    };
    next.push(format!("log in: atoll login {}{ca}", summary.url));
    next.push("let nodes pull from it: atoll mirror node-config --format containerd".into());
    next.push(format!(
        "keep a recovery kit apart from this machine: {}/keys and the install id",
        request.data_dir.display()
    ));
    next
}

/// The command by which install goes on as the site's user; not for people.
#[derive(Debug, clap::Args)]
pub struct ChildOptions {}

impl ChildOptions {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Self {} = self;
        Ok(Box::pin(install::serve_parent()).await?)
    }
}
