//! The sites a person works with: address, authority and token of each, in one file of mode 0600.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{Outcome, Problem, codes};
use crate::secret::Secret;
use crate::site::{Mode, write_durably};

/// Nobody works with so many sites that the file grows beyond this.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// One site as one person.
#[derive(Debug, Clone)]
pub struct Context {
    /// Base address.
    pub url: Url,
    /// The authority that is believed, PEM; none: those the machine trusts.
    pub authority_pem: Option<String>,
    /// The session or API token.
    pub token: Secret,
}

/// All of them, and which one is meant when none is named.
#[derive(Debug, Default)]
pub struct Contexts {
    path: PathBuf,
    /// Name of the current one.
    pub current: Option<String>,
    /// By name.
    pub by_name: BTreeMap<String, Context>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    current: Option<String>,
    #[serde(default)]
    contexts: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    url: Url,
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
}

impl Contexts {
    /// Where the file lies: `$XDG_CONFIG_HOME/atoll/contexts.toml` or below `~/.config`.
    pub fn default_path(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let xdg = variable("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = xdg.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")))?;
        Some(config.join("atoll").join("contexts.toml"))
    }

    /// Reads the file; absent is empty.
    pub fn load(path: &Path) -> Outcome<Self> {
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Problem::new(
                &codes::client::CONTEXTS_FAILED,
                format!("cannot read `{}`", path.display()),
            )
            .because(error)
        };
        let text = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path: path.to_owned(), ..Self::default() });
            }
            Err(error) => return Err(failed(&error)),
            Ok(meta) if meta.len() > FILE_BYTES_MAX => {
                return Err(failed(&std::io::Error::other(format!("{} bytes long", meta.len()))));
            }
            Ok(_) => std::fs::read_to_string(path).map_err(|error| failed(&error))?,
        };
        // The source's text could quote the line with the token: only its place is told.
        let file: File = toml::from_str(&text).map_err(|error: toml::de::Error| {
            let place = error.span().map_or(0, |span| text[..span.start].lines().count());
            failed(&std::io::Error::other(format!(
                "line {place} is not as `atoll login` writes it"
            )))
        })?;
        let context = |entry: Entry| Context {
            url: entry.url,
            authority_pem: entry.authority,
            token: Secret::new(entry.token),
        };
        let by_name =
            file.contexts.into_iter().map(|(name, entry)| (name, context(entry))).collect();
        Ok(Self { path: path.to_owned(), current: file.current, by_name })
    }

    /// Writes the file, mode 0600.
    pub fn save(&self) -> Outcome<()> {
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Problem::new(
                &codes::client::CONTEXTS_FAILED,
                format!("cannot write `{}`", self.path.display()),
            )
            .because(error)
        };
        let entry = |context: &Context| Entry {
            url: context.url.clone(),
            token: context.token.reveal().to_owned(),
            authority: context.authority_pem.clone(),
        };
        let contexts = self.by_name.iter().map(|(name, context)| (name.clone(), entry(context)));
        let file = File { current: self.current.clone(), contexts: contexts.collect() };
        let text = zeroize::Zeroizing::new(toml::to_string(&file).map_err(|error| failed(&error))?);
        if let Some(directory) = self.path.parent() {
            std::fs::create_dir_all(directory).map_err(|error| failed(&error))?;
        }
        write_durably(&self.path, text.as_bytes(), Mode::Secret).map_err(|error| failed(&error))
    }

    /// The named context, or the current one.
    pub fn select(&self, name: Option<&str>) -> Outcome<Option<(&str, &Context)>> {
        let Some(name) = name.or(self.current.as_deref()) else { return Ok(None) };
        if let Some((name, context)) = self.by_name.get_key_value(name) {
            return Ok(Some((name, context)));
        }
        let message = format!("there is no context `{name}`");
        let problem = Problem::new(&codes::client::CONTEXT_UNKNOWN, message);
        let near = crate::suggest::nearest(name, self.by_name.keys().map(String::as_str));
        Err(match near {
            Some(near) => problem.remedy(format!(
                "did you mean `--context {near}`? or log in with `atoll login URL --name {name}`"
            )),
            None => problem,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn contexts(path: &Path) -> Contexts {
        let url = Url::parse("https://10.0.0.1:7443").expect("a URL");
        let context =
            Context { url, authority_pem: Some("PEM".into()), token: Secret::new("atoll_a_b") };
        Contexts {
            path: path.to_owned(),
            current: Some("site".into()),
            by_name: [("site".into(), context)].into(),
        }
    }

    #[test]
    fn contexts_are_kept_for_their_owner_only() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let path = dir.path().join("atoll/contexts.toml");
        contexts(&path).save().expect("saved");
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let loaded = Contexts::load(&path).expect("loaded");
        let (name, context) = loaded.select(None).expect("fine").expect("there is a current one");
        assert_eq!((name, context.token.reveal()), ("site", "atoll_a_b"));
        let refused = loaded.select(Some("sit")).expect_err("a typo");
        assert!(refused.remedy_text().contains("`--context site`"), "{}", refused.remedy_text());
    }

    #[test]
    fn a_damaged_file_is_refused_without_showing_its_token() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let path = dir.path().join("contexts.toml");
        std::fs::write(&path, "[contexts.a]\nurl = \"https://a\"\ntoken = atoll_secret\n")
            .expect("a file");
        let problem = Contexts::load(&path).expect_err("not TOML");
        assert!(
            !format!("{problem}{}", problem.cause()).contains("atoll_secret"),
            "{}",
            problem.cause()
        );
        assert!(problem.cause().contains("line"), "{}", problem.cause());
    }
}
