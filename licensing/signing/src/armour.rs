//! The text form of an envelope: a block that survives mail, paper tickets and a clipboard.

use crate::{EnvelopeError, Purpose, encoding};

/// Columns of base64 in a line, as in PEM.
pub const ARMOUR_COLUMNS: usize = 64;

fn begin(purpose: Purpose) -> String {
    format!("-----BEGIN ATOLL {}-----", purpose.as_str().to_uppercase())
}

fn end(purpose: Purpose) -> String {
    format!("-----END ATOLL {}-----", purpose.as_str().to_uppercase())
}

/// Wraps bytes in a block of this purpose.
pub(crate) fn wrap(purpose: Purpose, bytes: &[u8]) -> String {
    let encoded = encoding::encode(bytes);
    let mut text = begin(purpose);
    text.push('\n');
    for (index, char) in encoded.chars().enumerate() {
        if index > 0 && index % ARMOUR_COLUMNS == 0 {
            text.push('\n');
        }
        text.push(char);
    }
    text.push('\n');
    text.push_str(&end(purpose));
    text.push('\n');
    text
}

/// Finds the one block of this purpose. Text around it, other line widths, indentation and CRLF
/// are forgiven, because mail programs do these things; damage within is not.
pub(crate) fn unwrap(purpose: Purpose, text: &str) -> Result<Vec<u8>, EnvelopeError> {
    let (begin, end) = (begin(purpose), end(purpose));
    let (_, rest) = text
        .split_once(&begin)
        .ok_or_else(|| EnvelopeError::BlockMissing { wanted: begin.clone() })?;
    let (body, after) = rest.split_once(&end).ok_or(EnvelopeError::BlockAmbiguous)?;
    if after.contains(&begin) || body.contains(&begin) {
        return Err(EnvelopeError::BlockAmbiguous);
    }
    let encoded: String = body.split_ascii_whitespace().collect();
    encoding::decode(&encoded).ok_or(EnvelopeError::BlockDamaged)
}
