//! One session channel: the requests before a process starts, and what reaches it afterwards.

use std::sync::Arc;

use russh::server::{Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf};
use tokio::sync::mpsc;

use super::auth_socket::AuthSocket;
use super::inbox::{Backlog, Inbox, Sender};
use super::session::{self, Event, Request, Terminal, What};
use super::signals;
use crate::place::Place;
use crate::process::{Modes, Size};
use crate::sftp;

/// Variables a client may set: editors set a handful.
const VARIABLES_MAX: usize = 128;

/// Bytes of one such variable, name and value.
const VARIABLE_BYTES_MAX: usize = 32 * 1024;

/// Resizes and signals that have not reached the process yet; further ones are dropped, since a
/// process that takes none will not miss one.
const EVENTS_MAX: usize = 32;

/// Serves a session channel until the client closes it.
pub(super) async fn serve(
    channel: Channel<Msg>,
    handle: Handle,
    place: Arc<Place>,
    backlog: Backlog,
) {
    let (mut reader, writer) = channel.split();
    let (sender, inbox) = backlog.inbox();
    let mut request = Request::default();
    let Some(what) = prepare(&mut reader, &handle, writer.id(), &mut request, &sender).await else {
        return;
    };
    let (events, received) = mpsc::channel(EVENTS_MAX);
    let started = Started { writer, handle, place, inbox };
    match what {
        What::Sftp => drop(tokio::spawn(started.sftp())),
        What::Shell | What::Command(_) => {
            drop(tokio::spawn(started.process(what, request, received)));
        }
    }
    pump(reader, Some(sender), events).await;
}

struct Started {
    writer: russh::ChannelWriteHalf<Msg>,
    handle: Handle,
    place: Arc<Place>,
    inbox: Inbox,
}

impl Started {
    async fn sftp(self) {
        let ended =
            sftp::serve(self.inbox, self.writer.make_writer(), self.place.directory()).await;
        let code = u32::from(ended.is_err());
        // A client that is gone needs no goodbye.
        drop(self.writer.exit_status(code).await);
        drop(self.writer.eof().await);
        drop(self.writer.close().await);
    }

    async fn process(self, what: What, request: Request, events: mpsc::Receiver<Event>) {
        session::run(
            what,
            request,
            session::Ends { writer: self.writer, handle: self.handle, inbox: self.inbox, events },
            &self.place,
        )
        .await;
    }
}

/// Takes requests until one starts something; `None` if the channel closes first.
async fn prepare(
    reader: &mut ChannelReadHalf,
    handle: &Handle,
    id: russh::ChannelId,
    request: &mut Request,
    sender: &Sender,
) -> Option<What> {
    loop {
        let (what, good) = match reader.wait().await? {
            ChannelMsg::RequestPty {
                term,
                col_width,
                row_height,
                pix_width,
                pix_height,
                terminal_modes,
                ..
            } => {
                let size = Size {
                    columns: col_width,
                    rows: row_height,
                    width: pix_width,
                    height: pix_height,
                };
                request.terminal =
                    Some(Terminal { name: term, size, modes: Modes::new(terminal_modes) });
                (None, true)
            }
            ChannelMsg::SetEnv { variable_name, variable_value, .. } => {
                (None, set_variable(request, variable_name, variable_value))
            }
            ChannelMsg::AgentForward { .. } => {
                request.auth_socket = AuthSocket::new(handle.clone());
                continue; // russh answers this one by what the handler said.
            }
            ChannelMsg::WindowChange { col_width, row_height, pix_width, pix_height } => {
                if let Some(terminal) = &mut request.terminal {
                    terminal.size = Size {
                        columns: col_width,
                        rows: row_height,
                        width: pix_width,
                        height: pix_height,
                    };
                }
                continue;
            }
            ChannelMsg::RequestShell { .. } => (Some(What::Shell), true),
            ChannelMsg::Exec { command, .. } => (Some(What::Command(command)), true),
            ChannelMsg::RequestSubsystem { name, .. } => {
                let known = name == "sftp";
                (known.then_some(What::Sftp), known)
            }
            ChannelMsg::RequestX11 { .. } => (None, false),
            ChannelMsg::Data { data } => {
                sender.send(data).await;
                continue;
            }
            ChannelMsg::Eof | ChannelMsg::Close => return None,
            _ => continue,
        };
        let answered =
            if good { handle.channel_success(id).await } else { handle.channel_failure(id).await };
        if answered.is_err() || what.is_some() {
            return what;
        }
    }
}

fn set_variable(request: &mut Request, name: String, value: String) -> bool {
    let bad = name.is_empty() || name.contains(['=', '\0']) || value.contains('\0');
    let fits =
        request.variables.len() < VARIABLES_MAX && name.len() + value.len() <= VARIABLE_BYTES_MAX;
    let good = fits && !bad;
    if good {
        request.variables.push((name, value));
    }
    good
}

/// Passes on what the client sends until it closes the channel; then all ends of the channel are
/// dropped, by which a process that still runs is told.
async fn pump(
    mut reader: ChannelReadHalf,
    mut sender: Option<Sender>,
    events: mpsc::Sender<Event>,
) {
    while let Some(message) = reader.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                if let Some(sender) = &sender {
                    sender.send(data).await;
                }
            }
            ChannelMsg::Eof => sender = None,
            ChannelMsg::Close => return,
            ChannelMsg::WindowChange { col_width, row_height, pix_width, pix_height } => {
                let size = Size {
                    columns: col_width,
                    rows: row_height,
                    width: pix_width,
                    height: pix_height,
                };
                drop(events.try_send(Event::Resize(size)));
            }
            ChannelMsg::Signal { signal } => {
                if let Some(signal) = signals::from_client(&signal) {
                    drop(events.try_send(Event::Signal(signal)));
                }
            }
            _ => {}
        }
    }
}
