//! A process of an SSH session: its streams, its terminal, and its end.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use russh::ChannelWriteHalf;
use russh::server::{Handle, Msg};
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::auth_socket::AuthSocket;
use super::inbox::Inbox;
use super::signals;
use crate::place::Place;
use crate::process::{self, ExitKind, Modes, Pty, Size};

/// Bytes read from a process at once: one SSH packet.
const READ_BYTES: usize = super::PACKET_BYTES as usize;

/// SSH's number for standard error.
const STDERR: u32 = 1;

/// Time for the last output of a terminal after its shell has ended: the kernel closes it at
/// once unless something outside the session holds it open.
const TERMINAL_DRAIN: Duration = Duration::from_millis(500);

/// Time for a process to end after its client has gone, before its group is killed.
const HANGUP_GRACE: Duration = Duration::from_secs(10);

/// The exit code shells use for a command that cannot be found.
const NOT_FOUND: i32 = 127;

/// What a session channel was opened for.
#[derive(Debug)]
pub(super) enum What {
    Shell,
    Command(Vec<u8>),
    Sftp,
}

/// What a client asked for before it started anything.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) terminal: Option<Terminal>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) auth_socket: Option<AuthSocket>,
}

/// The terminal a client asked for.
#[derive(Debug)]
pub(super) struct Terminal {
    pub(super) name: String,
    pub(super) size: Size,
    pub(super) modes: Modes,
}

/// What happens to a process from outside its streams.
#[derive(Debug)]
pub(super) enum Event {
    Resize(Size),
    Signal(Signal),
}

/// The ends of the channel.
pub(super) struct Ends {
    pub(super) writer: ChannelWriteHalf<Msg>,
    pub(super) handle: Handle,
    pub(super) inbox: Inbox,
    /// Closed when the client has closed the channel.
    pub(super) events: mpsc::Receiver<Event>,
}

/// Starts the process, carries its streams, and tells the client how it ended.
pub(super) async fn run(what: What, request: Request, ends: Ends, place: &Place) {
    let Ends { writer, handle, inbox, events } = ends;
    let ended = match start(what, &request, place) {
        Ok(Started::Piped(child)) => piped(child, &writer, inbox, events, place).await,
        Ok(Started::OnTerminal(pty, child)) => {
            on_terminal(&pty, child, &writer, inbox, events, place).await
        }
        Err(error) => {
            let text = format!("atoll-agent: cannot start: {error}\r\n");
            drop(writer.extended_data_bytes(STDERR, text).await);
            ExitKind::Code(NOT_FOUND)
        }
    };
    // A client that is gone needs no goodbye.
    drop(writer.eof().await);
    match ended {
        ExitKind::Code(code) => drop(writer.exit_status(code.cast_unsigned()).await),
        ExitKind::Signal { number, core_dumped } => {
            let signal = signals::to_client(number);
            let _ = handle
                .exit_signal_request(writer.id(), signal, core_dumped, String::new(), String::new())
                .await;
        }
    }
    drop(writer.close().await);
}

enum Started {
    Piped(Child),
    OnTerminal(Pty, Child),
}

fn start(what: What, request: &Request, place: &Place) -> io::Result<Started> {
    let manifest =
        place.manifest().ok_or_else(|| io::Error::other("the agent has no manifest yet"))?;
    let shell = place.user.shell.clone();
    let shell =
        shell.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the image has no shell"))?;
    let mut command = process::command(place, &manifest, shell.clone().into());
    match what {
        // A dash in front of the name is how a shell is told that this is a login.
        What::Shell | What::Sftp => {
            let mut name = OsString::from("-");
            name.push(shell.file_name().unwrap_or(shell.as_os_str()));
            command.arg0(name);
        }
        What::Command(text) => {
            command.arg("-c").arg(OsString::from_vec(text));
        }
    }
    // Shells look at these to learn that they were started from afar, and then read their files.
    command.env("SSH_CLIENT", "127.0.0.1 0 22").env("SSH_CONNECTION", "127.0.0.1 0 127.0.0.1 22");
    command.envs(request.variables.iter().map(|(name, value)| (name, value)));
    if let Some(socket) = &request.auth_socket {
        command.env("SSH_AUTH_SOCK", socket.path());
    }
    command.kill_on_drop(true);
    match &request.terminal {
        Some(terminal) => {
            command.env("TERM", &terminal.name);
            let (pty, child) = Pty::spawn(&mut command, terminal.size, &terminal.modes)?;
            Ok(Started::OnTerminal(pty, child))
        }
        None => Ok(Started::Piped(spawn_piped(&mut command)?)),
    }
}

fn spawn_piped(command: &mut Command) -> io::Result<Child> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).spawn()
}

async fn piped(
    mut child: Child,
    writer: &ChannelWriteHalf<Msg>,
    mut inbox: Inbox,
    events: mpsc::Receiver<Event>,
    place: &Place,
) -> ExitKind {
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    if let Some(mut stdin) = child.stdin.take() {
        tokio::spawn(async move {
            while let Some(bytes) = inbox.next().await {
                if stdin.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        });
    }
    let out = child.stdout.take();
    let err = child.stderr.take();
    let output = async {
        tokio::join!(copy(out, writer, None, place), copy(err, writer, Some(STDERR), place));
    };
    // Like sshd, the output is waited for to its end: whoever starts something in the background
    // sends its output elsewhere or waits with it.
    watch(child, group, events, None, output).await
}

async fn on_terminal(
    pty: &Pty,
    child: Child,
    writer: &ChannelWriteHalf<Msg>,
    mut inbox: Inbox,
    events: mpsc::Receiver<Event>,
    place: &Place,
) -> ExitKind {
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let keyboard = pty.clone();
    let typing = tokio::spawn(async move {
        while let Some(bytes) = inbox.next().await {
            if keyboard.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let output = async {
        let mut buffer = vec![0; READ_BYTES];
        while let Ok(count) = pty.read(&mut buffer).await {
            if count == 0
                || writer.data_bytes(Bytes::copy_from_slice(&buffer[..count])).await.is_err()
            {
                break;
            }
            place.counters.sent_bytes.fetch_add(count as u64, Ordering::Relaxed);
        }
    };
    let ended = watch(child, group, events, Some(pty), output).await;
    // The terminal hangs up when its last descriptor goes.
    typing.abort();
    ended
}

/// Waits for the process and its output, handling what happens meanwhile.
async fn watch(
    mut child: Child,
    group: Option<Pid>,
    mut events: mpsc::Receiver<Event>,
    pty: Option<&Pty>,
    output: impl Future<Output = ()>,
) -> ExitKind {
    tokio::pin!(output);
    let mut silent = false;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            () = &mut output, if !silent => silent = true,
            event = events.recv() => match event {
                Some(Event::Resize(size)) => drop(pty.map(|pty| pty.resize(size))),
                Some(Event::Signal(signal)) => send(group, signal),
                None => return hang_up(child, group).await,
            },
        }
    };
    let drained = async {
        if !silent {
            output.await;
        }
    };
    let closed = async { while events.recv().await.is_some() {} };
    tokio::select! {
        () = drained => {}
        () = closed => {}
        () = tokio::time::sleep(TERMINAL_DRAIN), if pty.is_some() => {}
    }
    status.map_or(ExitKind::Code(1), ExitKind::from)
}

/// The client has gone: the process is told as a terminal would tell it, and ended if it stays.
/// What was detached from the session (`nohup`, `setsid`, `tmux`) is not touched.
async fn hang_up(mut child: Child, group: Option<Pid>) -> ExitKind {
    send(group, Signal::HUP);
    if let Ok(status) = tokio::time::timeout(HANGUP_GRACE, child.wait()).await {
        return status.map_or(ExitKind::Code(1), ExitKind::from);
    }
    send(group, Signal::KILL);
    ExitKind::Signal { number: Signal::KILL.as_raw(), core_dumped: false }
}

fn send(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        // It may have ended in this moment.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

async fn copy(
    pipe: Option<impl AsyncRead + Unpin>,
    writer: &ChannelWriteHalf<Msg>,
    ext: Option<u32>,
    place: &Place,
) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = BytesMut::with_capacity(READ_BYTES);
    loop {
        buffer.reserve(READ_BYTES);
        match pipe.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => place.counters.sent_bytes.fetch_add(count as u64, Ordering::Relaxed),
        };
        let bytes = buffer.split().freeze();
        let sent = match ext {
            None => writer.data_bytes(bytes).await,
            Some(ext) => writer.extended_data_bytes(ext, bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}
