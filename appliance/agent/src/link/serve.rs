//! The streams of one connection: taken as the server opens them, each served on its own task.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use atoll_wire::agent::{
    ANSWER_WITHIN, HEADER_BYTES_MAX, PIECE_BYTES_MAX, RefusalCode, STREAMS_MAX, StreamHeader,
    StreamReply, WINDOW_BYTES_MAX,
};
use tokio::sync::mpsc;
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};

use super::LinkError;
use super::control::control;
use super::dial::Socket;
use super::frames::{read_one, write};
use crate::place::{Counted, Place};
use crate::{names, ssh};

/// Time to say goodbye to a server that may not listen any more.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

type Stream = Compat<yamux::Stream>;

/// Serves the connection until it ends, and says why it did.
pub(crate) async fn serve(socket: Socket, place: &Arc<Place>) -> LinkError {
    let mut config = yamux::Config::default();
    // The server opens no more than half of it; past yamux's limit the connection would end.
    config.set_max_num_streams(2 * STREAMS_MAX);
    config.set_max_connection_receive_window(Some(WINDOW_BYTES_MAX));
    config.set_split_send_size(PIECE_BYTES_MAX);
    let mut connection = yamux::Connection::new(socket, config, yamux::Mode::Server);
    // One message at most: the end of the control stream.
    let (ended, mut end) = mpsc::channel(1);
    let no_control = tokio::time::sleep(ANSWER_WITHIN);
    tokio::pin!(no_control);
    let mut controlled = false;
    let reason = loop {
        tokio::select! {
            stream = poll_fn(|cx| connection.poll_next_inbound(cx)) => match stream {
                Some(Ok(stream)) => {
                    controlled = true;
                    tokio::spawn(serve_stream(stream.compat(), place.clone(), ended.clone()));
                }
                Some(Err(error)) => break LinkError::Broken(error),
                None => break LinkError::Closed,
            },
            Some(reason) = end.recv() => break reason,
            () = &mut no_control, if !controlled => break LinkError::NoControl,
        }
    };
    drop(tokio::time::timeout(CLOSE_WITHIN, poll_fn(|cx| connection.poll_close(cx))).await);
    reason
}

async fn serve_stream(mut stream: Stream, place: Arc<Place>, ended: mpsc::Sender<LinkError>) {
    let header = tokio::time::timeout(ANSWER_WITHIN, read_one(&mut stream, HEADER_BYTES_MAX)).await;
    let header = match header {
        Ok(Ok(header)) => header,
        Ok(Err(error)) => return tracing::warn!("a stream without a header: {}", error.chain()),
        Err(_) => return tracing::warn!("a stream without a header: the server was silent"),
    };
    if header == StreamHeader::Control {
        let end = match answer(&mut stream, &accepted()).await {
            Ok(()) => control(stream, place).await,
            Err(error) => Err(error),
        };
        // Full means that the end of another control stream is already being handled.
        drop(ended.try_send(end.err().unwrap_or(LinkError::Closed)));
        return;
    }
    let counters = &place.counters;
    let _counted = Counted::new(&counters.streams);
    if let Err(error) = serve_header(header, stream, &place).await {
        tracing::debug!("a stream ended: {}", error.chain());
    }
}

async fn serve_header(
    header: StreamHeader,
    mut stream: Stream,
    place: &Arc<Place>,
) -> Result<(), LinkError> {
    match header {
        StreamHeader::Ssh => match ssh::config(place) {
            Ok(config) => {
                answer(&mut stream, &accepted()).await?;
                ssh::serve(stream, config, place).await;
                Ok(())
            }
            Err(reason) => answer(&mut stream, &refused(RefusalCode::NotReady, reason)).await,
        },
        StreamHeader::Tcp { host, port } => match names::connect(&host, port).await {
            Ok(port) => {
                answer(&mut stream, &accepted()).await?;
                forward(stream, port, place).await;
                Ok(())
            }
            Err(error) => {
                answer(&mut stream, &refused(RefusalCode::Unreachable, error.to_string())).await
            }
        },
        StreamHeader::SshDurable { .. } | StreamHeader::Control | StreamHeader::Unknown => {
            let reason = "this agent does not know such streams".to_owned();
            answer(&mut stream, &refused(RefusalCode::Unsupported, reason)).await
        }
    }
}

async fn forward(mut stream: Stream, mut port: tokio::net::TcpStream, place: &Place) {
    // How it ends is between the two ends.
    if let Ok((received, sent)) = tokio::io::copy_bidirectional(&mut stream, &mut port).await {
        place.counters.received_bytes.fetch_add(received, Ordering::Relaxed);
        place.counters.sent_bytes.fetch_add(sent, Ordering::Relaxed);
    }
}

async fn answer(stream: &mut Stream, reply: &StreamReply) -> Result<(), LinkError> {
    write(stream, reply, HEADER_BYTES_MAX).await
}

fn accepted() -> StreamReply {
    StreamReply::Accepted { received: 0 }
}

fn refused(code: RefusalCode, message: String) -> StreamReply {
    StreamReply::Refused { code, message }
}
