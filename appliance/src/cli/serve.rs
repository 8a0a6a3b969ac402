//! `atoll serve`

use std::path::PathBuf;

use crate::lifecycle::{self, Serve};
use crate::site::Layout;

/// Arguments of `atoll serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll serve\n  atoll serve --data-dir /srv/atoll --set log.level=debug\n\nSIGTERM and Ctrl-C end it in order, SIGHUP reads certificates again."
)]
pub struct Options {
    /// The data directory
    #[arg(long, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    data_dir: PathBuf,
    /// A key of the configuration and its value for this run only
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Options {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let layout = Layout::new(std::path::absolute(&self.data_dir)?);
        lifecycle::leave_root(&layout)?;
        Ok(Box::pin(lifecycle::serve(Serve { layout, flags: self.set })).await?)
    }
}
