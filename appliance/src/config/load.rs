//! Layers of values become one configuration, and each value knows where it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, FILE_BYTES_MAX, Key, keys};
use crate::error::{Outcome, Problem, codes};
use crate::suggest;

/// Where a value came from, weakest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// `site.toml`.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// `--set KEY=VALUE` or a flag of its own.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Variable(name) => write!(formatter, "${name}"),
            Self::Flag => formatter.write_str("flag"),
        }
    }
}

/// The sources of values above the defaults.
#[derive(Debug, Default)]
pub struct Layers {
    /// `site.toml`, if there is one.
    pub file: Option<PathBuf>,
    /// The process environment, or what a test gives in its place.
    pub variables: BTreeMap<String, String>,
    /// Key and value pairs from the command line, the value as TOML or as a bare string.
    pub flags: Vec<(String, String)>,
}

/// A configuration with the origin of each of its values.
#[derive(Debug)]
pub struct Loaded {
    /// The merged values.
    pub config: Config,
    /// Origin by key name; holds every key.
    pub origins: BTreeMap<&'static str, Origin>,
}

impl Layers {
    /// Merges the layers and checks every key and type.
    pub fn load(&self) -> Outcome<Loaded> {
        let mut table = Table::new();
        let mut origins = BTreeMap::new();
        for key in keys() {
            put(&mut table, key, parse(key.default), &mut origins, Origin::Default);
        }
        if let Some(path) = &self.file {
            for (key, value) in read(path)? {
                put(&mut table, key, value, &mut origins, Origin::File(path.clone()));
            }
        }
        for key in keys() {
            if let Some(text) = self.variables.get(&key.variable()) {
                put(&mut table, key, parse(text), &mut origins, Origin::Variable(key.variable()));
            }
        }
        for (name, text) in &self.flags {
            put(
                &mut table,
                find(name, "the command line")?,
                parse(text),
                &mut origins,
                Origin::Flag,
            );
        }
        let config = check(&table, &origins)?;
        Ok(Loaded { config, origins })
    }
}

/// The key of this name, or a problem that names the nearest one.
pub(super) fn find(name: &str, place: &str) -> Outcome<&'static Key> {
    if let Some(key) = keys().find(|key| key.name == name) {
        return Ok(key);
    }
    let problem =
        Problem::new(&codes::config::KEY_UNKNOWN, format!("{place} has the unknown key `{name}`"));
    Err(match suggest::nearest(name, keys().map(|key| key.name)) {
        Some(near) => problem
            .remedy(format!("write `{near}`, or remove it; `atoll config show` lists every key")),
        None => problem,
    })
}

/// A value written for a person: TOML where it is TOML, else the bare string itself.
pub(super) fn parse(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    let value = parsed.and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn put(
    table: &mut Table,
    key: &'static Key,
    value: Value,
    origins: &mut BTreeMap<&'static str, Origin>,
    origin: Origin,
) {
    let (section, name) = key.parts();
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(name.to_owned(), value);
    }
    origins.insert(key.name, origin);
}

fn read(path: &Path) -> Outcome<Vec<(&'static Key, Value)>> {
    let unreadable = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(&codes::config::FILE_UNREADABLE, format!("cannot read `{}`", path.display()))
            .because(error)
    };
    let size = std::fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if size > FILE_BYTES_MAX {
        let message = format!(
            "`{}` has {size} bytes; a configuration has at most {FILE_BYTES_MAX}",
            path.display()
        );
        return Err(Problem::new(&codes::config::FILE_UNREADABLE, message));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        Problem::new(&codes::config::FILE_MALFORMED, format!("`{}` is not TOML", path.display()))
            .because(&error)
    })?;
    let place = format!("`{}`", path.display());
    let mut values = Vec::new();
    for (section, value) in table {
        let Value::Table(section_values) = value else {
            return Err(find(&section, &place).expect_err("a bare section name is no key"));
        };
        for (name, value) in section_values {
            values.push((find(&format!("{section}.{name}"), &place)?, value));
        }
    }
    Ok(values)
}

/// Types are checked key by key, so that the problem names the key and where it was set.
fn check(table: &Table, origins: &BTreeMap<&'static str, Origin>) -> Outcome<Config> {
    match table.clone().try_into() {
        Ok(config) => Ok(config),
        Err(error) => {
            let culprit = keys().find(|key| !fits(key, table));
            let message = match culprit {
                Some(key) => {
                    let origin = origins.get(key.name).unwrap_or(&Origin::Default);
                    format!("the value of `{}` (from {origin}) does not fit", key.name)
                }
                None => "the configuration does not fit together".to_owned(),
            };
            let problem = Problem::new(&codes::config::VALUE_UNFIT, message).because(&error);
            Err(match culprit {
                Some(key) => {
                    problem.remedy(format!("{} The default is `{}`", key.about, key.default))
                }
                None => problem,
            })
        }
    }
}

/// Whether this one value alone, among defaults, makes a configuration.
fn fits(key: &'static Key, table: &Table) -> bool {
    let (section, name) = key.parts();
    let Some(value) = table.get(section).and_then(|section| section.get(name)) else {
        return false;
    };
    let mut alone = Table::new();
    let mut origins = BTreeMap::new();
    for other in keys() {
        let value = if other.name == key.name { value.clone() } else { parse(other.default) };
        put(&mut alone, other, value, &mut origins, Origin::Default);
    }
    alone.try_into::<Config>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let path = dir.path().join("site.toml");
        std::fs::write(&path, text).expect("a file");
        (dir, path)
    }

    #[test]
    fn flags_beat_variables_beat_the_file_beats_defaults() {
        let (_dir, path) =
            file("[jobs]\nworkers = 2\n[log]\nlevel = \"warn\"\nformat = \"json\"\n");
        let layers = Layers {
            file: Some(path.clone()),
            variables: BTreeMap::from([
                ("ATOLL_LOG_LEVEL".into(), "debug".into()),
                ("ATOLL_JOBS_WORKERS".into(), "3".into()),
            ]),
            flags: vec![("jobs.workers".into(), "4".into())],
        };
        let loaded = layers.load().expect("it loads");
        assert_eq!(loaded.config.jobs.workers, 4);
        assert_eq!(loaded.config.log.level, "debug");
        assert_eq!(loaded.config.log.format, super::super::LogFormat::Json);
        assert_eq!(loaded.origins["jobs.workers"], Origin::Flag);
        assert_eq!(loaded.origins["log.level"], Origin::Variable("ATOLL_LOG_LEVEL".into()));
        assert_eq!(loaded.origins["log.format"], Origin::File(path));
        assert_eq!(loaded.origins["server.listen"], Origin::Default);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name() {
        let (_dir, path) = file("[server]\nlistn = []\n");
        let problem = Layers { file: Some(path), ..Layers::default() }.load().expect_err("a typo");
        assert_eq!(problem.code().id, "config-key-unknown");
        assert!(problem.remedy_text().contains("`server.listen`"), "{}", problem.remedy_text());
    }

    #[test]
    fn a_value_of_the_wrong_type_names_its_key_and_its_origin() {
        let variables = BTreeMap::from([("ATOLL_JOBS_WORKERS".into(), "many".into())]);
        let problem = Layers { variables, ..Layers::default() }.load().expect_err("not a number");
        assert_eq!(problem.code().id, "config-value-unfit");
        assert!(
            problem.message().contains("`jobs.workers` (from $ATOLL_JOBS_WORKERS)"),
            "{problem}"
        );
    }
}
