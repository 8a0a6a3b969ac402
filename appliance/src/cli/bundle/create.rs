//! `atoll bundle create`

use std::path::{Path, PathBuf};
use std::time::Instant;

use atoll_bundle::plan::Head;
use atoll_bundle::write::{WriteError, write};
use atoll_bundle::{Flow, Index, Plan};
use atoll_signing::{CertifiedKey, Envelope, Purpose, Seal, SigningKey};
use serde::Serialize;
use time::OffsetDateTime;

use super::certify::{signing_key, unusable};
use super::inspect::{PartRow, part_rows};
use crate::cli::Console;
use crate::cli::console::Table;
use crate::cli::progress::{self, Line};
use crate::compose::{Access, Contents, Recipe, Registries, gather};
use crate::error::{Outcome, Problem, codes};
use crate::trust;

/// Arguments of `atoll bundle create`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll bundle create bundle.toml --key maker.key.pem --certificate maker.cert --out site.atoll\n  atoll bundle create bundle.toml --key maker.key.pem --certificate maker.cert --out site.atoll --dry-run"
)]
pub(super) struct Options {
    /// The recipe
    #[arg(value_name = "RECIPE", default_value = "bundle.toml")]
    recipe: PathBuf,
    /// The private key that signs
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Its certificate, for purpose `bundle`
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Where the bundle goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Resolve everything, show the sizes, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Reach registries through this proxy
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Also trust this certificate authority (PEM) for registries
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Speak to this registry without TLS; this machine only, may be repeated
    #[arg(long, value_name = "HOST:PORT")]
    plain_http: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Made {
    bundle: PathBuf,
    id: Option<String>,
    publisher: String,
    stream: String,
    version: String,
    size_bytes: u64,
    parts: Vec<PartRow>,
}

impl Table for Made {
    fn columns(&self) -> Vec<&'static str> {
        vec!["kind", "name", "size"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.parts.iter().map(PartRow::cells).collect()
    }
}

/// The signer, checked against itself before any work.
struct Signing {
    key: SigningKey,
    certified: CertifiedKey,
}

impl Options {
    pub(super) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let signing = Signing::read(&self.key, &self.certificate)?;
        let recipe = Recipe::read(&self.recipe)?;
        let access = Access::new(self.proxy, self.ca.as_deref(), self.plain_http)?;
        let mut notes = Vec::new();
        let interactive = console.interactive();
        let gathered = gather(&recipe, Registries::new(access)?, &mut |what| {
            if interactive {
                notes.push(what.to_owned());
            }
        })
        .await?;
        if interactive {
            console.note(&format!("resolved {} parts", notes.len()));
        }
        let head = head(recipe, &signing)?;
        let plan = Plan::new(head, gathered.files, gathered.images).map_err(|error| {
            Problem::new(&codes::bundle::RECIPE_INVALID, "the recipe does not make a bundle")
                .because(&error)
        })?;
        let index = if self.dry_run {
            plan.index().clone()
        } else {
            write_bundle(console, plan, gathered.contents, &signing, &self.out)?
        };
        let id = (!self.dry_run).then(|| index.id().to_string());
        let size_bytes =
            atoll_bundle::container::Container::new(&index, &index.to_bytes()).length();
        console.data(&Made {
            bundle: self.out.clone(),
            id,
            publisher: index.publisher.clone(),
            stream: index.stream.clone(),
            version: index.version.to_string(),
            size_bytes,
            parts: part_rows(&index),
        })?;
        let verb = if self.dry_run { "would write" } else { "wrote" };
        let out = self.out.display();
        console.note(&format!("{verb} {out}, {}", progress::bytes(size_bytes)));
        Ok(())
    }
}

impl Signing {
    fn read(key: &Path, certificate: &Path) -> Outcome<Self> {
        let text = trust::read_small(certificate)?;
        let envelope = Envelope::from_text(Purpose::Certificate, &text)
            .map_err(|error| unusable(certificate, &error))?;
        let certified =
            CertifiedKey::from_envelope(envelope).map_err(|error| unusable(certificate, &error))?;
        let key_path = key;
        let key = signing_key(key_path)?;
        // Signing nothing shows whether key, certificate and purpose fit together.
        Seal::make(Purpose::Bundle, b"", &key, &certified)
            .map_err(|error| unusable(key_path, &error))?;
        Ok(Self { key, certified })
    }

    fn seal(&self, index: &[u8]) -> Seal {
        Seal::make(Purpose::Bundle, index, &self.key, &self.certified)
            .expect("key and certificate were tried when they were read")
    }
}

/// The head of the index, refused here where every site would refuse it.
fn head(recipe: Recipe, signing: &Signing) -> Outcome<Head> {
    let certificate = signing.certified.certificate();
    let publisher = recipe.publisher.unwrap_or_else(|| certificate.publisher.clone());
    let made_at = recipe.made_at.unwrap_or_else(OffsetDateTime::now_utc);
    let unfit = |cause: String| {
        let message = "the certificate does not fit the recipe";
        Problem::new(&codes::bundle::KEY_UNUSABLE, message).because_of(cause)
    };
    if publisher != certificate.publisher {
        let cause = format!("it is for `{}`, the recipe says `{publisher}`", certificate.publisher);
        return Err(unfit(cause));
    }
    let (first, last) = (certificate.not_before, certificate.not_after);
    if made_at < first || made_at > last {
        return Err(unfit(format!("it is good from {first} to {last}, `made-at` is {made_at}")));
    }
    Ok(Head {
        product: recipe.product,
        publisher,
        stream: recipe.stream,
        version: recipe.version,
        made_at,
        made_by: concat!("atoll ", env!("CARGO_PKG_VERSION")).into(),
    })
}

/// Writes on this thread, which may block: nothing else is going on.
fn write_bundle(
    console: &mut Console,
    plan: Plan,
    mut contents: Contents,
    signing: &Signing,
    out: &Path,
) -> Outcome<Index> {
    let mut line = Line::new(console, "writing", Instant::now());
    let written = tokio::task::block_in_place(|| {
        write(plan, &mut contents, &|index| signing.seal(index), out, &mut |progress| {
            line.draw(console, progress.done, progress.total, Instant::now());
            Flow::Continue
        })
    });
    line.end(console);
    written.map_err(|error| {
        let code = match &error {
            WriteError::Read { .. } | WriteError::Content { .. } => &codes::bundle::SOURCE_IMAGE,
            WriteError::Create { .. } | WriteError::Write { .. } | WriteError::Finish { .. } => {
                &codes::bundle::WRITE
            }
            WriteError::Stopped => &codes::bundle::STOPPED,
        };
        Problem::new(code, format!("cannot make `{}`", out.display())).because(&error)
    })
}
