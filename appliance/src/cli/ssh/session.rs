//! A shell or a command in a workspace, with this program's own streams.

use std::sync::Arc;

use russh::client::{AuthResult, Config, Handle, Handler, Msg};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::signal::unix::{SignalKind, signal};

use super::connect::Reached;
use super::escape::{Escape, Typed};
use super::terminal::{self, Raw};
use super::{broken, stdin};
use crate::error::{Outcome, Problem, codes};

/// When a terminal is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terminal {
    Always,
    ForShells,
    Never,
}

/// Messages of a channel that wait to be written here: 100 packets, three megabytes.
const CHANNEL_MESSAGES_MAX: usize = 100;

/// Exit codes above this name the signal that ended the command, as shells do it.
const SIGNALLED: u8 = 128;

/// What a command ends with that wrote to a pipe nobody reads.
const PIPE_CLOSED: u8 = SIGNALLED + 13;

/// Variables of this terminal that programs over there should know.
const PASSED_ON: [&str; 5] = ["LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "COLORTERM"];

/// Believes one key.
struct Pinned {
    key: PublicKey,
}

impl Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => {
                Ok(key.key_data() == self.key.key_data())
            }
            PublicKeyOrCertificate::Certificate(_) => Ok(false),
        }
    }
}

/// Runs the command, or a shell, and returns its exit code.
pub(super) async fn run(
    reached: Reached,
    command: Option<String>,
    terminal: Terminal,
) -> Outcome<u8> {
    let name = reached.workspace.name.clone();
    let handle = log_in(reached).await?;
    let lost = |error: russh::Error| {
        broken(&codes::ssh::BROKEN, &format!("the connection to `{name}` broke"), &error)
    };
    let channel = handle.channel_open_session().await.map_err(lost)?;
    let wanted = match terminal {
        Terminal::Always => true,
        Terminal::ForShells => command.is_none() && terminal::is_there(),
        Terminal::Never => false,
    };
    let raw = if wanted { Raw::enter() } else { None };
    let code = match start(&channel, command, wanted, raw.as_ref()).await {
        Ok(()) => carry(channel, raw.is_some()).await,
        Err(error) => Err(error),
    };
    // Before anything is printed: the terminal is the person's again.
    drop(raw);
    code.map_err(lost)
}

async fn log_in(reached: Reached) -> Outcome<Handle<Pinned>> {
    let Reached { workspace, stream } = reached;
    let key = workspace.host_key.as_deref().and_then(|key| PublicKey::from_openssh(key).ok());
    let key = key.ok_or_else(|| {
        Problem::new(
            &codes::ssh::HOST_KEY,
            format!("the server names no host key of `{}`", workspace.name),
        )
    })?;
    let config = Config {
        inactivity_timeout: None,
        channel_buffer_size: CHANNEL_MESSAGES_MAX,
        ..Config::default()
    };
    let refused = |error: russh::Error| match error {
        russh::Error::UnknownKey => Problem::new(
            &codes::ssh::HOST_KEY,
            format!(
                "what answers for `{}` has another host key than the server says",
                workspace.name
            ),
        ),
        error => broken(
            &codes::ssh::BROKEN,
            &format!("cannot speak SSH with `{}`", workspace.name),
            &error,
        ),
    };
    let mut handle = russh::client::connect_stream(Arc::new(config), stream, Pinned { key })
        .await
        .map_err(refused)?;
    match handle.authenticate_none(workspace.owner.clone()).await.map_err(refused)? {
        AuthResult::Success => Ok(handle),
        AuthResult::Failure { .. } => Err(Problem::new(
            &codes::ssh::BROKEN,
            format!("the agent of `{}` lets nobody in", workspace.name),
        )),
    }
}

async fn start(
    channel: &Channel<Msg>,
    command: Option<String>,
    wanted: bool,
    raw: Option<&Raw>,
) -> Result<(), russh::Error> {
    for name in PASSED_ON {
        if let Ok(value) = std::env::var(name) {
            channel.set_env(false, name, value).await?;
        }
    }
    if wanted {
        let name = std::env::var("TERM").unwrap_or_else(|_| "xterm-256color".to_owned());
        let size = terminal::size();
        let modes = raw.map(Raw::modes).unwrap_or_default();
        channel.request_pty(false, &name, size.columns, size.rows, 0, 0, &modes).await?;
    }
    match command {
        Some(command) => channel.exec(false, command).await,
        None => channel.request_shell(false).await,
    }
}

/// How a session ended for this side.
enum End {
    Code(u8),
    Lost,
}

async fn carry(channel: Channel<Msg>, on_terminal: bool) -> Result<u8, russh::Error> {
    let (reader, writer) = channel.split();
    let received = receive(reader);
    let sent = send(&writer, on_terminal);
    tokio::pin!(received, sent);
    let end = tokio::select! {
        end = &mut received => end,
        left = &mut sent => match left {
            Left::Typed => return Ok(SIGNALLED + 1),
            Left::Signalled(number) => return Ok(SIGNALLED.saturating_add(number)),
        },
    };
    match end {
        End::Code(code) => Ok(code),
        End::Lost => Err(russh::Error::Disconnect),
    }
}

/// Writes what comes to stdout and stderr, until the channel closes.
async fn receive(mut reader: ChannelReadHalf) -> End {
    let (mut stdout, mut stderr) = (tokio::io::stdout(), tokio::io::stderr());
    let mut code = None;
    while let Some(message) = reader.wait().await {
        let written = match message {
            ChannelMsg::Data { data } => put(&mut stdout, &data).await,
            ChannelMsg::ExtendedData { data, ext: 1 } => put(&mut stderr, &data).await,
            ChannelMsg::ExitStatus { exit_status } => {
                code = Some(u8::try_from(exit_status & 0xff).unwrap_or(u8::MAX));
                true
            }
            ChannelMsg::ExitSignal { signal_name, .. } => {
                code = Some(SIGNALLED.saturating_add(number(&signal_name)));
                true
            }
            ChannelMsg::Close => break,
            _ => true,
        };
        if !written {
            return End::Code(PIPE_CLOSED);
        }
    }
    code.map_or(End::Lost, End::Code)
}

async fn put(stream: &mut (impl AsyncWrite + Unpin), data: &[u8]) -> bool {
    stream.write_all(data).await.is_ok() && stream.flush().await.is_ok()
}

/// Why this side stopped sending.
enum Left {
    /// By `~.`.
    Typed,
    Signalled(u8),
}

/// Sends stdin, sizes and signals; returns only when this side wants to leave. A full window
/// holds up the input only: a signal still gets through.
async fn send(writer: &ChannelWriteHalf<Msg>, on_terminal: bool) -> Left {
    tokio::select! {
        left = send_input(writer, on_terminal) => left,
        left = send_signals(writer, on_terminal) => left,
    }
}

async fn send_input(writer: &ChannelWriteHalf<Msg>, on_terminal: bool) -> Left {
    let mut input = stdin::pieces();
    let mut escape = on_terminal.then(Escape::default);
    while let Some(piece) = input.recv().await {
        let piece = match escape.as_mut().map(|escape| escape.typed(&piece)) {
            Some(Typed::Leave) => return Left::Typed,
            Some(Typed::Send(typed)) => typed.into(),
            None => piece,
        };
        // A command that takes no more input is still waited for.
        drop(writer.data_bytes(piece).await);
    }
    drop(writer.eof().await);
    std::future::pending().await
}

async fn send_signals(writer: &ChannelWriteHalf<Msg>, on_terminal: bool) -> Left {
    let mut resized = signal(SignalKind::window_change()).ok();
    let mut ends = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .map(|kind| signal(kind).ok());
    let [interrupt, terminate, hangup] = &mut ends;
    loop {
        tokio::select! {
            () = caught(&mut resized), if on_terminal => {
                let size = terminal::size();
                drop(writer.window_change(size.columns, size.rows, 0, 0).await);
            }
            () = caught(interrupt) => return pass_on(writer, Sig::INT, 2).await,
            () = caught(terminate) => return pass_on(writer, Sig::TERM, 15).await,
            () = caught(hangup) => return pass_on(writer, Sig::HUP, 1).await,
        }
    }
}

async fn pass_on(writer: &ChannelWriteHalf<Msg>, signal: Sig, number: u8) -> Left {
    drop(writer.signal(signal).await);
    drop(writer.close().await);
    Left::Signalled(number)
}

async fn caught(source: &mut Option<tokio::signal::unix::Signal>) {
    match source {
        Some(source) => drop(source.recv().await),
        None => std::future::pending().await,
    }
}

fn number(signal: &Sig) -> u8 {
    match signal {
        Sig::HUP => 1,
        Sig::INT => 2,
        Sig::QUIT => 3,
        Sig::ILL => 4,
        Sig::ABRT => 6,
        Sig::FPE => 8,
        Sig::KILL => 9,
        Sig::USR1 => 10,
        Sig::SEGV => 11,
        Sig::PIPE => 13,
        Sig::ALRM => 14,
        Sig::TERM => 15,
        // Others are named `SIG` and their number by our agent.
        Sig::Custom(name) => {
            let digits: String = name.chars().filter(char::is_ascii_digit).collect();
            digits.parse().unwrap_or(0)
        }
    }
}
