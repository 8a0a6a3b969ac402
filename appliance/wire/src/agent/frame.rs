//! A message on a stream: four bytes of length, most significant first, then JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of the length in front of a message.
pub(super) const PREFIX_BYTES: usize = 4;

/// Why a frame is refused.
#[derive(Debug)]
pub enum FrameError {
    /// The message is longer than its kind may be.
    TooLong {
        /// Bytes announced or to be sent.
        length: usize,
        /// Bytes allowed.
        length_max: usize,
    },
    /// The bytes are not the JSON that was expected.
    Json(serde_json::Error),
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong { length, length_max } => {
                write!(formatter, "a message of {length} bytes where {length_max} are allowed")
            }
            Self::Json(_) => formatter.write_str("a message that is not understood"),
        }
    }
}

impl std::error::Error for FrameError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooLong { .. } => None,
            Self::Json(error) => Some(error),
        }
    }
}

/// A message with its length in front.
pub fn encode(message: &impl Serialize, length_max: usize) -> Result<Vec<u8>, FrameError> {
    let mut frame = vec![0; PREFIX_BYTES];
    serde_json::to_writer(&mut frame, message).map_err(FrameError::Json)?;
    let length = frame.len() - PREFIX_BYTES;
    let prefix = u32::try_from(length).ok().filter(|_| length <= length_max);
    let prefix = prefix.ok_or(FrameError::TooLong { length, length_max })?;
    frame[..PREFIX_BYTES].copy_from_slice(&prefix.to_be_bytes());
    Ok(frame)
}

/// How many bytes follow this prefix.
pub fn payload_length(prefix: [u8; 4], length_max: usize) -> Result<usize, FrameError> {
    let length = usize::try_from(u32::from_be_bytes(prefix)).unwrap_or(usize::MAX);
    if length > length_max { Err(FrameError::TooLong { length, length_max }) } else { Ok(length) }
}

/// The message that follows the prefix.
pub fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, FrameError> {
    serde_json::from_slice(payload).map_err(FrameError::Json)
}

/// Bytes received of which whole frames are taken, so that a reader may stop in the middle of one
/// and lose nothing.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    bytes: Vec<u8>,
}

impl FrameBuffer {
    /// Where received bytes are appended. The caller reads at most a few KiB ahead.
    pub fn space(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The next message, if all of it is there.
    pub fn take<T: DeserializeOwned>(
        &mut self,
        length_max: usize,
    ) -> Result<Option<T>, FrameError> {
        let Some(prefix) = self.bytes.first_chunk::<PREFIX_BYTES>() else { return Ok(None) };
        let end = PREFIX_BYTES + payload_length(*prefix, length_max)?;
        let Some(payload) = self.bytes.get(PREFIX_BYTES..end) else { return Ok(None) };
        let message = decode(payload);
        self.bytes.drain(..end);
        message.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_and_one_byte_past_the_limit_does_not() {
        let frame = encode(&"abc", 5).expect("fits");
        assert_eq!(frame, b"\0\0\0\x05\"abc\"");
        let prefix = [frame[0], frame[1], frame[2], frame[3]];
        assert_eq!(payload_length(prefix, 5).expect("fits"), 5);
        assert_eq!(decode::<String>(&frame[4..]).expect("is JSON"), "abc");
        assert!(matches!(
            encode(&"abcd", 5),
            Err(FrameError::TooLong { length: 6, length_max: 5 })
        ));
        assert!(payload_length(prefix, 4).is_err());
    }

    #[test]
    fn frames_come_out_whole_however_they_came_in() {
        let frames = [encode(&1, 9).expect("fits"), encode(&"two", 9).expect("fits")].concat();
        let mut buffer = FrameBuffer::default();
        let mut seen = Vec::new();
        for byte in frames {
            buffer.space().push(byte);
            seen.extend(buffer.take::<serde_json::Value>(9).expect("is well formed"));
        }
        assert_eq!(seen, [serde_json::json!(1), serde_json::json!("two")]);
    }
}
