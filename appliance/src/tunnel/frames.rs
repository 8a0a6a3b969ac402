//! Framed messages on a stream to an agent.

use std::io;

use atoll_wire::agent::{FrameBuffer, decode, encode, payload_length};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::TunnelError;

/// Reads control messages one after the other; stopping in the middle of one loses nothing.
#[derive(Debug)]
pub(super) struct Messages<R> {
    reader: R,
    buffer: FrameBuffer,
}

impl<R: AsyncRead + Unpin> Messages<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: FrameBuffer::default() }
    }

    /// The next message; `None` when the agent has closed the stream.
    pub(super) async fn next<T: DeserializeOwned>(
        &mut self,
        length_max: usize,
    ) -> Result<Option<T>, TunnelError> {
        loop {
            if let Some(message) = self.buffer.take(length_max).map_err(TunnelError::Frame)? {
                return Ok(Some(message));
            }
            let count =
                self.reader.read_buf(self.buffer.space()).await.map_err(TunnelError::Read)?;
            if count == 0 {
                return Ok(None);
            }
        }
    }
}

/// Reads exactly one message and not a byte behind it.
pub(super) async fn read_one<T: DeserializeOwned>(
    reader: &mut (impl AsyncRead + Unpin),
    length_max: usize,
) -> Result<T, TunnelError> {
    let mut prefix = [0; 4];
    reader.read_exact(&mut prefix).await.map_err(TunnelError::Read)?;
    let mut payload = vec![0; payload_length(prefix, length_max).map_err(TunnelError::Frame)?];
    reader.read_exact(&mut payload).await.map_err(TunnelError::Read)?;
    decode(&payload).map_err(TunnelError::Frame)
}

/// Writes one message.
pub(super) async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
    length_max: usize,
) -> Result<(), TunnelError> {
    let frame = encode(message, length_max).map_err(TunnelError::Frame)?;
    let written: io::Result<()> = async {
        writer.write_all(&frame).await?;
        writer.flush().await
    }
    .await;
    written.map_err(TunnelError::Write)
}
