//! A terminal: its two ends, its size, and a process started on it.

// The only unsafe code of the agent: what runs between fork and exec, and the descriptor that is
// waited on.
#![expect(unsafe_code, reason = "a process gets a controlling terminal only between fork and exec")]

use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;
use tokio::io::unix::AsyncFd;
use tokio::process::{Child, Command};

use super::Modes;

/// A terminal's size in characters and pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The agent's end of a terminal.
#[derive(Debug, Clone)]
pub(crate) struct Pty {
    controller: Arc<AsyncFd<OwnedFd>>,
}

impl Pty {
    /// Opens a terminal and starts the command on it, as leader of its session.
    pub(crate) fn spawn(
        command: &mut Command,
        size: Size,
        modes: &Modes,
    ) -> io::Result<(Self, Child)> {
        let controller =
            rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::unlockpt(&controller)?;
        let name = rustix::pty::ptsname(&controller, Vec::new())?;
        // By descriptor and not by name: the image may have no /dev/pts of its own.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let terminal = rustix::pty::ioctl_tiocgptpeer(&controller, flags)?;
        modes.apply(&terminal)?;
        rustix::termios::tcsetwinsize(&terminal, size.into())?;
        command.env("SSH_TTY", name.to_string_lossy().as_ref());
        command.stdin(Stdio::from(terminal.try_clone()?));
        command.stdout(Stdio::from(terminal.try_clone()?));
        command.stderr(Stdio::from(terminal));
        // SAFETY: between fork and exec only two system calls are made, both directly and without
        // an allocation, a lock or anything else that another thread might have held at the fork.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        let child = command.spawn()?;
        // The command holds our copies of the terminal: without an end to them the agent would
        // never see the last process close it.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        fcntl_setfl(&controller, fcntl_getfl(&controller)? | OFlags::NONBLOCK)?;
        // SAFETY: an `OwnedFd` is open for as long as it lives and is the same descriptor at all times.
        let controller = unsafe { AsyncFd::register(controller) }.map_err(io::Error::other)?;
        Ok((Self { controller: Arc::new(controller) }, child))
    }

    /// Reads what the terminal shows; 0 when the last process has closed it.
    pub(crate) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.controller.readable().await?;
            match ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut *buffer)?)) {
                // This is how Linux says that nobody has the other end open.
                Ok(Err(error)) if Errno::from_io_error(&error) == Some(Errno::IO) => return Ok(0),
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    /// Types these bytes.
    pub(crate) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut ready = self.controller.writable().await?;
            match ready.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?)) {
                Ok(Ok(count)) => bytes = &bytes[count..],
                Ok(Err(error)) => return Err(error),
                Err(_would_block) => {}
            }
        }
        Ok(())
    }

    /// Changes the size; the kernel tells whoever runs in the terminal.
    pub(crate) fn resize(&self, size: Size) -> io::Result<()> {
        Ok(rustix::termios::tcsetwinsize(self.controller.get_ref(), size.into())?)
    }
}

impl From<Size> for Winsize {
    fn from(size: Size) -> Self {
        let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        Self {
            ws_row: short(size.rows),
            ws_col: short(size.columns),
            ws_xpixel: short(size.width),
            ws_ypixel: short(size.height),
        }
    }
}
