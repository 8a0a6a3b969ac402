//! The terminal modes a client asks for, as far as they are the line discipline's.

use std::io;
use std::os::fd::AsFd;

use russh::Pty as Mode;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, tcgetattr, tcsetattr,
};

/// Modes of one request; the protocol knows about sixty.
const MODES_MAX: usize = 128;

/// The modes of the client's own terminal, to be set on ours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Modes(Vec<(Mode, u32)>);

impl Modes {
    pub(crate) fn new(mut modes: Vec<(Mode, u32)>) -> Self {
        modes.truncate(MODES_MAX);
        Self(modes)
    }

    /// Sets them. What has no meaning here (speeds, old hardware) is skipped, as RFC 4254 asks.
    pub(crate) fn apply(&self, terminal: impl AsFd) -> io::Result<()> {
        let mut termios = tcgetattr(&terminal)?;
        for &(mode, value) in &self.0 {
            if let Some(index) = special(mode) {
                // 255 means that the client has no such key.
                termios.special_codes[index] =
                    u8::try_from(value).ok().filter(|code| *code != 255).unwrap_or(0);
            } else if let Some(flag) = input(mode) {
                termios.input_modes.set(flag, value != 0);
            } else if let Some(flag) = local(mode) {
                termios.local_modes.set(flag, value != 0);
            } else if let Some(flag) = output(mode) {
                termios.output_modes.set(flag, value != 0);
            }
        }
        Ok(tcsetattr(&terminal, OptionalActions::Now, &termios)?)
    }
}

fn special(mode: Mode) -> Option<SpecialCodeIndex> {
    Some(match mode {
        Mode::VINTR => SpecialCodeIndex::VINTR,
        Mode::VQUIT => SpecialCodeIndex::VQUIT,
        Mode::VERASE => SpecialCodeIndex::VERASE,
        Mode::VKILL => SpecialCodeIndex::VKILL,
        Mode::VEOF => SpecialCodeIndex::VEOF,
        Mode::VEOL => SpecialCodeIndex::VEOL,
        Mode::VEOL2 => SpecialCodeIndex::VEOL2,
        Mode::VSTART => SpecialCodeIndex::VSTART,
        Mode::VSTOP => SpecialCodeIndex::VSTOP,
        Mode::VSUSP => SpecialCodeIndex::VSUSP,
        Mode::VREPRINT => SpecialCodeIndex::VREPRINT,
        Mode::VWERASE => SpecialCodeIndex::VWERASE,
        Mode::VLNEXT => SpecialCodeIndex::VLNEXT,
        _ => return None,
    })
}

fn input(mode: Mode) -> Option<InputModes> {
    Some(match mode {
        Mode::INLCR => InputModes::INLCR,
        Mode::IGNCR => InputModes::IGNCR,
        Mode::ICRNL => InputModes::ICRNL,
        Mode::IXON => InputModes::IXON,
        Mode::IXANY => InputModes::IXANY,
        Mode::IXOFF => InputModes::IXOFF,
        Mode::IMAXBEL => InputModes::IMAXBEL,
        Mode::IUTF8 => InputModes::IUTF8,
        _ => return None,
    })
}

fn local(mode: Mode) -> Option<LocalModes> {
    Some(match mode {
        Mode::ISIG => LocalModes::ISIG,
        Mode::ICANON => LocalModes::ICANON,
        Mode::ECHO => LocalModes::ECHO,
        Mode::ECHOE => LocalModes::ECHOE,
        Mode::ECHOK => LocalModes::ECHOK,
        Mode::ECHONL => LocalModes::ECHONL,
        Mode::NOFLSH => LocalModes::NOFLSH,
        Mode::TOSTOP => LocalModes::TOSTOP,
        Mode::IEXTEN => LocalModes::IEXTEN,
        Mode::ECHOCTL => LocalModes::ECHOCTL,
        Mode::ECHOKE => LocalModes::ECHOKE,
        _ => return None,
    })
}

fn output(mode: Mode) -> Option<OutputModes> {
    Some(match mode {
        Mode::OPOST => OutputModes::OPOST,
        Mode::ONLCR => OutputModes::ONLCR,
        Mode::OCRNL => OutputModes::OCRNL,
        Mode::ONOCR => OutputModes::ONOCR,
        Mode::ONLRET => OutputModes::ONLRET,
        _ => return None,
    })
}
