//! The program as someone runs it: with a home directory of their own, on this machine or in a
//! cluster's network.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cluster::Namespace;

/// One person's program.
#[derive(Debug, Clone)]
pub struct Atoll {
    program: PathBuf,
    home: PathBuf,
    within: Option<Namespace>,
}

impl Atoll {
    /// Someone on this machine, whose contexts and tokens lie in `home`.
    ///
    /// # Errors
    /// When `home` cannot be made.
    pub fn here(program: &Path, home: &Path) -> Result<Self> {
        fs::create_dir_all(home).with_context(|| format!("create {}", home.display()))?;
        Ok(Self { program: program.to_owned(), home: home.to_owned(), within: None })
    }

    /// The same in a cluster's network.
    ///
    /// # Errors
    /// When `home` cannot be made.
    pub fn within(program: &Path, home: &Path, namespace: &Namespace) -> Result<Self> {
        let here = Self::here(program, home)?;
        Ok(Self { within: Some(namespace.clone()), ..here })
    }

    /// The program itself, for a command line that another program runs.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Where contexts and tokens lie.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A command, still without arguments; the environment is nobody else's.
    pub fn command(&self) -> Command {
        self.command_of(self.program.as_os_str())
    }

    /// Another program in the same place.
    pub fn command_of(&self, program: &OsStr) -> Command {
        let mut command = match &self.within {
            Some(namespace) => namespace.outside(program),
            None => Command::new(program),
        };
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ATOLL_") {
                command.env_remove(name);
            }
        }
        command.env("HOME", &self.home).env_remove("XDG_CONFIG_HOME").env_remove("KUBECONFIG");
        command.stdin(Stdio::null());
        command
    }

    /// Runs to the end, whatever it is.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn output<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Output> {
        self.command().args(arguments).output().context("start atoll")
    }

    /// Runs what must succeed and returns its standard output.
    ///
    /// # Errors
    /// Carries what the program said.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String> {
        let output = self.output(arguments)?;
        if !output.status.success() {
            let words: Vec<_> =
                arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect();
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`atoll {}` ended with {}\n{}", words.join(" "), output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs what must succeed and reads its JSON.
    ///
    /// # Errors
    /// Carries what the program said.
    pub fn json<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Value> {
        let mut all: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        all.extend([OsStr::new("-o"), OsStr::new("json")]);
        let text = self.run(&all)?;
        serde_json::from_str(&text).with_context(|| format!("not JSON: {text}"))
    }
}
