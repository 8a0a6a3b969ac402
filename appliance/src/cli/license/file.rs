//! Reading what the vendor or the site wrote.

use std::io::Read as _;
use std::path::Path;

use crate::error::{Problem, codes};

/// A license is a few kilobytes, also with the mail around it.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A text file, or stdin for `-`, up to the cap.
pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    let failed = |error: std::io::Error| {
        Problem::new(&codes::USAGE, format!("cannot read `{}`", path.display())).because(&error)
    };
    let mut text = String::new();
    let length = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_string(&mut text)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)
    };
    let length = length.map_err(failed)?;
    if u64::try_from(length).is_ok_and(|length| length > FILE_BYTES_MAX) {
        let message = format!("`{}` is longer than {FILE_BYTES_MAX} bytes", path.display());
        return Err(Problem::new(&codes::license::LICENSE_UNREADABLE, message).into());
    }
    Ok(text)
}
