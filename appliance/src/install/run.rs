//! The whole of an installation, from a request to a site.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use atoll_bundle::Verified;
use atoll_postgres::Account;
use atoll_signing::RevocationState;
use time::OffsetDateTime;

use super::cluster::Cluster;
use super::event::{Event, Observer};
use super::request::{Request, Service};
use super::setup::{Progress, Setup};
use super::{Record, Summary, child, cluster, host, program, route, setup, unit};
use crate::config::Layers;
use crate::error::{Outcome, Problem, codes};
use crate::import::front_problem;
use crate::preflight::{Report, Wants};
use crate::site::{Layout, Lock, SiteError, State};

/// A kubeconfig, a license, a password: all small.
const INPUT_BYTES_MAX: u64 = 1 << 20;
/// Shorter ones are guessed; longer ones are files given by mistake.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 12..=1024;

/// How an installation ended.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The site.
    pub summary: Summary,
    /// How it is started.
    pub started: Started,
}

/// Who starts the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// A service, which runs.
    Service,
    /// The operator, with `atoll serve`.
    ByHand,
}

/// What was read and found out before anything is written.
pub struct Prepared {
    layout: Layout,
    setup: Setup,
    cluster: Option<Cluster>,
    /// The host's fitness.
    pub report: Report,
}

/// Reads every input and checks the host; writes nothing.
pub async fn preflight(request: &Request) -> Outcome<Prepared> {
    let layout = Layout::new(&request.data_dir);
    // A directory of ours may be continued; what is foreign, newer or in use is refused here.
    if Record::load(&layout)?.is_none() {
        State::of(&layout)?;
    } else if layout.marker().exists() {
        State::site(&layout)?;
    }
    not_in_use(&layout)?;
    let (setup, kubeconfig) = gather(request)?;
    let bundle = setup.bundle.as_deref().map(|path| bundle_front(path, &setup, &layout));
    let bundle = bundle.transpose()?;
    let wants = Wants {
        data_dir: request.data_dir.clone(),
        bundle_bytes: bundle.as_ref().map_or(0, |bundle| bundle.front().length()),
        bundle_made_at: bundle.as_ref().map(|bundle| bundle.index().made_at),
        now: OffsetDateTime::now_utc(),
        listen: request.listeners().into_iter().chain(request.plain_listen.clone()).collect(),
        user: request.user.clone(),
    };
    let report = crate::preflight::host(&wants);
    let cluster = match (&kubeconfig, report.refusal()) {
        (Some(text), None) => Some(look_at_cluster(request, text).await?),
        (None, _) | (Some(_), Some(_)) => None,
    };
    Ok(Prepared { layout, setup, cluster, report })
}

async fn look_at_cluster(request: &Request, kubeconfig: &str) -> Outcome<Cluster> {
    let name = request.kubeconfig.as_deref().unwrap_or(Path::new("")).display().to_string();
    let default = Layers::default().load()?.config.cluster.namespace;
    let namespace = request.namespace.as_deref().unwrap_or(&default);
    cluster::look(kubeconfig, &name, namespace, request.storage_class.as_deref()).await
}

/// The verdict on the bundle, from its front alone: nothing is written for one that is refused.
fn bundle_front(path: &Path, setup: &Setup, layout: &Layout) -> Outcome<Verified> {
    let mut keyring = crate::trust::load(layout.root())?;
    crate::trust::extend(&mut keyring, &setup.trust)?;
    let opened = crate::import::open(path)?;
    let refused = |error| front_problem(path, &error);
    let bundle = opened.front.verify(&keyring, &RevocationState::none()).map_err(refused)?;
    bundle.judge_product(atoll_bundle::index::PRODUCT).map_err(refused)?;
    let meta = fs::metadata(path).map_err(unreadable(path))?;
    let for_all = meta.permissions().mode() & 0o004 != 0;
    if rustix::process::geteuid().is_root() && !for_all {
        let message = format!("the site's user may not read `{}`", path.display());
        return Err(Problem::new(&codes::lifecycle::INPUT_UNREADABLE, message)
            .because_of("the file is closed to others, and the site never reads as root")
            .remedy(format!("`chmod a+r {}`; a bundle holds no secret", path.display())));
    }
    Ok(bundle)
}

/// Whoever holds the lock is serving or installing; looking must not make the lock file.
fn not_in_use(layout: &Layout) -> Result<(), SiteError> {
    if layout.lock().exists() { Lock::take(layout).map(drop) } else { Ok(()) }
}

fn gather(request: &Request) -> Outcome<(Setup, Option<String>)> {
    let kubeconfig = request.kubeconfig.as_deref();
    let kubeconfig = kubeconfig.map(|path| read(path, &codes::lifecycle::KUBECONFIG_UNREADABLE));
    let kubeconfig = kubeconfig.transpose()?;
    let path = request.kubeconfig.as_deref().unwrap_or(Path::new("")).display().to_string();
    let server = kubeconfig.as_deref().map(|text| route::api_server(text, &path)).transpose()?;
    let mut urls = request.urls()?;
    if urls.is_empty() {
        urls.push(route::default_url(server.as_ref(), request.port()));
    }
    let license = request.license.as_deref();
    let input = &codes::lifecycle::INPUT_UNREADABLE;
    let trust = request.trust.iter();
    let trust = trust.map(|text| Ok(crate::trust::fingerprint(text)?.to_string()));
    let bundle = request.bundle.as_ref().map(std::path::absolute).transpose();
    let bundle_path = request.bundle.as_deref().unwrap_or(Path::new(""));
    let setup = Setup {
        data_dir: request.data_dir.clone(),
        settings: settings(request, &urls),
        bundle: bundle.map_err(unreadable(bundle_path))?,
        trust: trust.collect::<Outcome<_>>()?,
        kubeconfig: None,
        license: license.map(|path| read(path, input)).transpose()?,
        admin_name: request.admin_name.clone(),
        admin_password: request.admin_password_file.as_deref().map(password).transpose()?,
    };
    Ok((setup, kubeconfig))
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> Problem {
    let message = format!("cannot read `{}`", path.display());
    move |error| Problem::new(&codes::lifecycle::INPUT_UNREADABLE, message).because(&error)
}

fn read(path: &Path, code: &'static crate::error::Code) -> Outcome<String> {
    let failed = |error: &std::io::Error| {
        Problem::new(code, format!("cannot read `{}`", path.display())).because(error)
    };
    let size = fs::metadata(path).map_err(|error| failed(&error))?.len();
    if size > INPUT_BYTES_MAX {
        let message = format!("`{}` has {size} bytes, more than {INPUT_BYTES_MAX}", path.display());
        return Err(Problem::new(code, message));
    }
    fs::read_to_string(path).map_err(|error| failed(&error))
}

fn password(path: &Path) -> Outcome<String> {
    let text = zeroize::Zeroizing::new(read(path, &codes::lifecycle::INPUT_UNREADABLE)?);
    let password = text.trim_end_matches(['\r', '\n']);
    if !PASSWORD_CHARS.contains(&password.chars().count()) {
        let message = format!("the password in `{}` is too short or too long", path.display());
        return Err(Problem::new(&codes::access::PASSWORD_UNFIT, message));
    }
    Ok(password.to_owned())
}

/// The keys of `site.toml` that the request decides; all others keep their defaults.
fn settings(request: &Request, urls: &[url::Url]) -> Vec<(String, String)> {
    let list = |values: Vec<String>| format!("{values:?}");
    let addresses = |addresses: &[std::net::SocketAddr]| {
        list(addresses.iter().map(ToString::to_string).collect())
    };
    let mut settings =
        vec![("server.urls".to_owned(), list(urls.iter().map(ToString::to_string).collect()))];
    let mut set = |key: &str, value: String| settings.push((key.to_owned(), value));
    if !request.listen.is_empty() {
        set("server.listen", addresses(&request.listen));
    }
    if !request.plain_listen.is_empty() {
        set("server.plain-listen", addresses(&request.plain_listen));
    }
    if !request.trusted_proxies.is_empty() {
        set("server.trusted-proxies", list(request.trusted_proxies.clone()));
    }
    if let Some(path) = &request.database_url_file {
        set("database.url-file", format!("{:?}", path.display().to_string()));
    }
    if let Some(namespace) = &request.namespace {
        set("cluster.namespace", format!("{namespace:?}"));
    }
    if let Some(class) = &request.storage_class {
        set("cluster.storage-class", format!("{class:?}"));
    }
    if request.kubeconfig.is_some() {
        let path = Layout::new(&request.data_dir).kubeconfig();
        set("cluster.kubeconfig-file", format!("{:?}", path.display().to_string()));
    }
    settings
}

/// Makes everything that is missing and starts the site where a service is possible.
///
/// A failure leaves what is recorded; the same request goes on from there.
pub async fn install(
    request: &Request,
    prepared: Prepared,
    observer: Observer<'_>,
) -> Outcome<Installed> {
    let Prepared { layout, mut setup, cluster, report } = prepared;
    if let Some(refusal) = report.refusal() {
        return Err(refusal);
    }
    let progress = Progress::begin(observer, "host");
    host::ensure_root(&layout)?;
    let account = host::site_account(&layout, &request.user)?;
    host::ensure_directories(&layout, &account)?;
    progress.end(&format!("`{}`, user `{}`", layout.root().display(), account.name));
    if let Some(cluster) = cluster {
        let progress = Progress::begin(observer, "cluster");
        setup.kubeconfig = Some(cluster.account(&layout).await?.reveal().to_owned());
        progress.end(&cluster.seen());
    }
    let mut summary = if rustix::process::geteuid().is_root() {
        child::run(&setup, &account, observer).await?
    } else {
        Box::pin(setup::run(&setup, observer)).await?
    };
    let started = start(request, &layout, &account, observer, &mut summary)?;
    Ok(Installed { summary, started })
}

/// Puts the program and the service in place where root installs and systemd runs.
fn start(
    request: &Request,
    layout: &Layout,
    account: &Account,
    observer: Observer<'_>,
    summary: &mut Summary,
) -> Outcome<Started> {
    let root = rustix::process::geteuid().is_root();
    let systemd = unit::has_systemd();
    match request.service {
        Service::WherePossible if root && systemd => {
            let progress = Progress::begin(observer, "service");
            let program = program::ensure(layout, None)?;
            unit::ensure(&program, layout, &account.name)?;
            progress.end("atoll.service runs");
            Ok(Started::Service)
        }
        Service::WherePossible | Service::Never => {
            if root && !systemd && request.service == Service::WherePossible {
                let text = "no systemd here: start `atoll serve` by the means of this host";
                summary.warnings.push(text.to_owned());
                observer(Event::Finished { step: "service".into(), text: text.to_owned() });
            }
            Ok(Started::ByHand)
        }
    }
}
