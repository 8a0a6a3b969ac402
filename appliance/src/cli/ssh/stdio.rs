//! `atoll ssh --stdio`: the line itself on stdin and stdout, for another program's SSH.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{broken, stdin};
use crate::error::{Outcome, codes};

/// Bytes of one piece towards stdout.
const PIECE_BYTES: usize = 64 * 1024;

/// Carries bytes until the agent ends, or the program around us does.
pub(super) async fn run(stream: impl AsyncRead + AsyncWrite) -> Outcome<()> {
    let (mut from_agent, mut to_agent) = tokio::io::split(stream);
    let mut pieces = stdin::pieces();
    let inward = async {
        while let Some(piece) = pieces.recv().await {
            to_agent.write_all(&piece).await?;
            to_agent.flush().await?;
        }
        to_agent.shutdown().await
    };
    let outward = async {
        let mut stdout = tokio::io::stdout();
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let count = from_agent.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            // Whoever started us has gone: that is their end, not a failure.
            if stdout.write_all(&buffer[..count]).await.is_err() || stdout.flush().await.is_err() {
                return Ok(());
            }
        }
    };
    tokio::pin!(inward, outward);
    let ended: std::io::Result<()> = tokio::select! {
        ended = &mut outward => ended,
        sent = &mut inward => match sent {
            Ok(()) => outward.await,
            Err(error) => Err(error),
        },
    };
    ended.map_err(|error| {
        broken(&codes::ssh::BROKEN, "the connection to the workspace broke", &error)
    })
}
