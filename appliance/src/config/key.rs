//! The list of keys: what the reference, `config show` and the check of unknown keys are made of.

use super::sections;

/// When a changed value takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apply {
    /// At once, without a restart.
    Live,
    /// At the next start of `atoll serve`.
    Restart,
}

/// One key of `site.toml`.
#[derive(Debug)]
pub struct Key {
    /// Dotted name, for instance `server.listen`.
    pub name: &'static str,
    /// When a change takes effect.
    pub apply: Apply,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// The default, as TOML.
    pub default: &'static str,
}

impl Key {
    /// Section and field.
    pub fn parts(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').expect("every key has a section; a test counts them")
    }

    /// The environment variable that sets it: `ATOLL_` and the name in capitals.
    pub fn variable(&self) -> String {
        format!("ATOLL_{}", self.name.to_uppercase().replace(['.', '-'], "_"))
    }
}

/// Every key, section by section.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    sections::KEYS.iter().flat_map(|section| section.iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Layers};

    #[test]
    fn the_list_of_keys_and_the_types_agree() {
        let loaded = Layers::default().load().expect("defaults load");
        let table = toml::Table::try_from(&loaded.config).expect("a configuration is a table");
        let mut named: Vec<String> = Vec::new();
        for (section, value) in &table {
            for key in value.as_table().expect("sections are tables").keys() {
                named.push(format!("{section}.{key}"));
            }
        }
        let mut listed: Vec<String> = keys().map(|key| key.name.to_owned()).collect();
        named.sort();
        listed.sort();
        assert_eq!(named, listed);
        let again: Config = table.try_into().expect("what is written can be read");
        assert_eq!(again, loaded.config);
    }
}
