//! Every bound of the agent's connection, with the reason for its number.

use std::time::Duration;

/// The path an agent dials under the server's address.
pub const CONNECT_PATH: &str = "/api/v1/agent/connect";

/// The text message by which one direction of a client's tunnel ends; binary messages are bytes.
pub const TUNNEL_EOF: &str = "eof";

/// The header of a tunnel's answer that says how many bytes of a durable session the agent has.
pub const TUNNEL_RECEIVED_HEADER: &str = "atoll-received";

/// Bytes of a stream's header or reply: the longest is a DNS name and a socket path.
pub const HEADER_BYTES_MAX: usize = 8 * 1024;

/// Bytes of one control message: a manifest holds a startup script and the environment, and both
/// come from templates that are themselves capped well below this.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Streams open at once on one connection: an editor with many forwarded ports opens dozens.
pub const STREAMS_MAX: usize = 256;

/// Bytes that all streams of one connection may keep unread: yamux wants 256 KiB for each stream
/// it allows, and is told to allow twice as many as are opened, since one that was just dropped
/// still counts. What idle streams leave, busy ones use to fill a long fat line.
pub const WINDOW_BYTES_MAX: usize = 2 * STREAMS_MAX * 256 * 1024;

/// Bytes of one piece a stream sends before others get their turn: large enough that bulk data is
/// not all headers, small enough that a key press waits under a millisecond on 1 Gbit/s.
pub const PIECE_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one WebSocket message; whoever sends more is not an agent of ours.
pub const SOCKET_MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// How often each end says that it lives: under the 60 s after which common proxies drop an idle
/// connection.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// Silence after which the other end is taken for gone: three missed heartbeats.
pub const SILENCE_MAX: Duration = Duration::from_secs(45);

/// How long the other end may take for a header, a reply or a hello.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Bytes of one line of a log; longer lines continue on the next.
pub const LOG_LINE_BYTES_MAX: usize = 4 * 1024;

/// Lines of one batch: one statement of the server stores them all.
pub const LOG_BATCH_LINES_MAX: usize = 256;

/// Bytes of text in one batch: even if JSON writes every byte as six, it fits a message.
pub const LOG_BATCH_BYTES_MAX: usize = 128 * 1024;

/// Lines kept while the server is away; further ones are counted and dropped, since a script must
/// not stand still because nobody listens.
pub const LOG_QUEUE_LINES_MAX: usize = 4096;

/// Metadata items of one agent, as in Coder's templates a page full.
pub const METADATA_ITEMS_MAX: usize = 32;

/// Bytes of one metadata value: it is shown in a cell.
pub const METADATA_BYTES_MAX: usize = 2 * 1024;
