//! `atoll license issue`: the vendor makes a license. Only in a build with the feature `vendor`.

use std::path::PathBuf;

use atoll_licensing::issue::{Terms, issue};
use atoll_licensing::{GRACE_DAYS_MIN, Marks, Request};
use atoll_signing::{CertifiedKey, Envelope, Purpose, SigningKey};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::cli::Console;
use crate::error::{Problem, codes};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Arguments of `atoll license issue`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll license issue --key license.key.pem --certificate license.cert.txt --customer 'Example AG' --seats 50 --from 2026-01-01 --to 2026-12-31 --request request.json > license.txt"
)]
pub(super) struct Options {
    /// The signing key, PEM
    #[arg(long)]
    key: PathBuf,
    /// Its certificate for purpose `license`
    #[arg(long)]
    certificate: PathBuf,
    /// The license's id; by default a new one
    #[arg(long)]
    id: Option<String>,
    /// Who may use it
    #[arg(long)]
    customer: String,
    /// How many seats it gives
    #[arg(long)]
    seats: u32,
    /// What it unlocks beyond seats
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// The first day of the term
    #[arg(long, value_parser = day)]
    from: Date,
    /// The last day of the term
    #[arg(long, value_parser = day)]
    to: Date,
    /// Days of grace after the term
    #[arg(long, default_value_t = GRACE_DAYS_MIN)]
    grace_days: u16,
    /// What `atoll license request` printed; without it the license binds at activation
    #[arg(long)]
    request: Option<PathBuf>,
    /// Let the license set a site's clock right
    #[arg(long, requires = "request")]
    resets_clock: bool,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, DAY).map_err(|_| "a day is written YYYY-MM-DD".to_owned())
}

impl Options {
    pub(super) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let wrong = |what: &str, error: &(dyn std::error::Error + 'static)| {
            Problem::new(&codes::USAGE, format!("cannot use {what}")).because(error)
        };
        let key = SigningKey::from_pem(&super::file::read(&self.key)?)
            .map_err(|error| wrong("the key", &error))?;
        let certificate = super::file::read(&self.certificate)?;
        let certificate = Envelope::from_text(Purpose::Certificate, &certificate)
            .map_err(|error| wrong("the certificate", &error))?;
        let certified = CertifiedKey::from_envelope(certificate)
            .map_err(|error| wrong("the certificate", &error))?;
        let binding = match &self.request {
            None => Marks::none(),
            Some(path) => {
                Request::parse(super::file::read(path)?.as_bytes())
                    .map_err(|error| wrong("the request", &error))?
                    .marks
            }
        };
        let terms = Terms {
            customer: self.customer,
            binding,
            seats: self.seats,
            features: self.features.into_iter().collect(),
            not_before: self.from,
            term_end: self.to,
            grace_days: self.grace_days,
            resets_clock: self.resets_clock,
        };
        let id = self.id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let envelope = issue(terms, id, OffsetDateTime::now_utc(), &key, &certified)
            .map_err(|error| wrong("these terms", &error))?;
        console.text(&envelope.to_text(Purpose::License))
    }
}
