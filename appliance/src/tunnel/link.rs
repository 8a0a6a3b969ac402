//! One agent's connection: a task that carries it, and streams opened on it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use atoll_wire::agent::{
    ANSWER_WITHIN, HEADER_BYTES_MAX, PIECE_BYTES_MAX, STREAMS_MAX, StreamHeader, StreamReply,
    WINDOW_BYTES_MAX,
};
use futures_util::io::{AsyncRead as FuturesRead, AsyncWrite as FuturesWrite};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};
use uuid::Uuid;

use super::TunnelError;
use super::frames::{read_one, write};

/// Streams that may be opened before the connection's task has taken the first of them: opening
/// is quick, and whoever comes later waits.
const OPENING_MAX: usize = 32;

/// Time to say goodbye to an agent that may not listen any more.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

type Opening = oneshot::Sender<Result<yamux::Stream, yamux::ConnectionError>>;

/// One agent's connection.
#[derive(Debug)]
pub(super) struct Link {
    agent: Uuid,
    openings: mpsc::Sender<Opening>,
    streams: Arc<Semaphore>,
    close: watch::Sender<bool>,
}

/// The bytes of one stream. Dropping it ends the stream.
#[derive(Debug)]
pub struct AgentStream {
    stream: Compat<yamux::Stream>,
    _permit: OwnedSemaphorePermit,
}

impl Link {
    /// Carries the connection on a task of its own, until it ends or [`Link::close`] is called.
    pub(super) fn start<T>(agent: Uuid, socket: T) -> Arc<Self>
    where
        T: FuturesRead + FuturesWrite + Unpin + Send + 'static,
    {
        let (openings, requested) = mpsc::channel(OPENING_MAX);
        let (close, closing) = watch::channel(false);
        let ended = close.clone();
        let mut config = yamux::Config::default();
        // Twice what is opened at once: a stream that was just dropped still counts for yamux,
        // and going past its limit would end the whole connection.
        config.set_max_num_streams(2 * STREAMS_MAX);
        config.set_max_connection_receive_window(Some(WINDOW_BYTES_MAX));
        config.set_split_send_size(PIECE_BYTES_MAX);
        let connection = yamux::Connection::new(socket, config, yamux::Mode::Client);
        tokio::spawn(async move {
            carry(agent, connection, requested, closing).await;
            ended.send_replace(true);
        });
        Arc::new(Self { agent, openings, streams: Arc::new(Semaphore::new(STREAMS_MAX)), close })
    }

    /// Ends the connection and all its streams.
    pub(super) fn close(&self) {
        self.close.send_replace(true);
    }

    /// Waits for the connection to end.
    pub(super) async fn closed(&self) {
        // The sender lives in `self`, so that waiting cannot fail.
        drop(self.close.subscribe().wait_for(|closed| *closed).await);
    }

    /// Opens a stream and says what it is for; returns when the agent has accepted it, with what
    /// it says of a durable session.
    pub(super) async fn open(
        &self,
        header: &StreamHeader,
    ) -> Result<(AgentStream, u64), TunnelError> {
        let opened = tokio::time::timeout(ANSWER_WITHIN, self.open_slowly(header)).await;
        opened.unwrap_or(Err(TunnelError::Silent { agent: self.agent }))
    }

    async fn open_slowly(&self, header: &StreamHeader) -> Result<(AgentStream, u64), TunnelError> {
        let agent = self.agent;
        let permit = self.streams.clone().try_acquire_owned();
        let permit = permit.map_err(|_| TunnelError::TooManyStreams { agent })?;
        let (opening, opened) = oneshot::channel();
        let ended = || TunnelError::Ended { agent };
        self.openings.send(opening).await.map_err(|_| ended())?;
        let stream = opened.await.map_err(|_| ended())?.map_err(|_| ended())?;
        let mut stream = AgentStream { stream: stream.compat(), _permit: permit };
        write(&mut stream, header, HEADER_BYTES_MAX).await?;
        match read_one(&mut stream, HEADER_BYTES_MAX).await? {
            StreamReply::Accepted { received } => Ok((stream, received)),
            StreamReply::Refused { code, message } => Err(TunnelError::Refused { code, message }),
        }
    }
}

/// What the connection's task does next.
enum Step {
    Opened(Result<yamux::Stream, yamux::ConnectionError>),
    /// The connection ended, or the agent did what only this end may.
    Ended(String),
}

async fn carry<T>(
    agent: Uuid,
    mut connection: yamux::Connection<T>,
    mut requested: mpsc::Receiver<Opening>,
    mut closing: watch::Receiver<bool>,
) where
    T: FuturesRead + FuturesWrite + Unpin,
{
    let mut waiting: Option<Opening> = None;
    let reason = loop {
        let step = poll_fn(|cx| step(&mut connection, &mut requested, &mut waiting, cx));
        tokio::select! {
            step = step => match step {
                Step::Opened(stream) => {
                    if let Some(opening) = waiting.take() {
                        // Whoever asked may have given up: then the stream is dropped, which ends it.
                        drop(opening.send(stream));
                    }
                }
                Step::Ended(reason) => break reason,
            },
            _ = closing.wait_for(|closing| *closing) => break "closed by the server".to_owned(),
        }
    };
    tracing::debug!(%agent, "an agent's connection ended: {reason}");
    drop(tokio::time::timeout(CLOSE_WITHIN, poll_fn(|cx| connection.poll_close(cx))).await);
}

fn step<T>(
    connection: &mut yamux::Connection<T>,
    requested: &mut mpsc::Receiver<Opening>,
    waiting: &mut Option<Opening>,
    cx: &mut Context<'_>,
) -> Poll<Step>
where
    T: FuturesRead + FuturesWrite + Unpin,
{
    // Also what moves the bytes of every stream.
    if let Poll::Ready(inbound) = connection.poll_next_inbound(cx) {
        return Poll::Ready(Step::Ended(match inbound {
            None => "closed by the agent".to_owned(),
            Some(Ok(_)) => "the agent opened a stream".to_owned(),
            Some(Err(error)) => error.to_string(),
        }));
    }
    if waiting.is_none() {
        match requested.poll_recv(cx) {
            Poll::Ready(Some(opening)) => *waiting = Some(opening),
            Poll::Ready(None) => return Poll::Ready(Step::Ended("nobody uses it".to_owned())),
            Poll::Pending => return Poll::Pending,
        }
    }
    connection.poll_new_outbound(cx).map(Step::Opened)
}

impl AsyncRead for AgentStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for AgentStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
