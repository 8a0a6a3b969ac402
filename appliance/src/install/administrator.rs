//! The first administrator of a site.

use std::fs;
use std::path::PathBuf;

use rand::RngExt as _;
use zeroize::Zeroizing;

use super::Summary;
use super::event::Observer;
use super::setup::{Progress, Setup};
use crate::app::App;
use crate::app::users::create_first_owner;
use crate::error::Outcome;
use crate::secret::Secret;
use crate::site::{Layout, Mode, SiteError, write_durably};

/// Where a password that was made is kept until the first login has changed it.
const FILE: &str = "admin-password";
/// Characters of such a password: 20 of 57 are 116 bits.
const CHARS: usize = 20;
/// Without those that look alike on a console.
const ALPHABET: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Makes the first owner unless there is one. A password that nobody gave is on disk before the
/// user exists: a kill in between costs nothing, since the next run takes it from there.
pub(super) async fn ensure(
    layout: &Layout,
    setup: &Setup,
    app: &App,
    observer: Observer<'_>,
    summary: &mut Summary,
) -> Outcome<()> {
    let progress = Progress::begin(observer, "administrator");
    let path = layout.root().join(FILE);
    let existed = path.exists();
    let (password, file) = match &setup.admin_password {
        Some(password) => (Secret::new(password.clone()), None),
        None => (kept_or_made(&path)?, Some(path.clone())),
    };
    if create_first_owner(app, &setup.admin_name, password).await? {
        summary.admin_name.clone_from(&setup.admin_name);
        summary.admin_password_file = file;
        progress
            .end(&format!("`{}`, who changes the password at the first login", setup.admin_name));
        return Ok(());
    }
    if file.is_some() && !existed {
        // There was an owner already, so this password is nobody's.
        drop(fs::remove_file(&path));
    }
    progress.end("there is an owner already");
    Ok(())
}

fn kept_or_made(path: &PathBuf) -> Outcome<Secret> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Secret::new(Zeroizing::new(text).trim_end())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut random = rand::rng();
            let letters =
                (0..CHARS).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]));
            let text: Zeroizing<String> = Zeroizing::new(letters.collect());
            write_durably(path, format!("{}\n", *text).as_bytes(), Mode::Secret)?;
            Ok(Secret::new(text.as_str()))
        }
        Err(source) => Err(SiteError::Read { path: path.clone(), source }.into()),
    }
}
