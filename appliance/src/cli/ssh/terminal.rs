//! The terminal in front of the person: its size, its modes, and how it gets them back.

use std::os::fd::{AsFd, BorrowedFd};

use russh::Pty as Mode;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr,
    tcgetwinsize, tcsetattr,
};

/// Columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: u32,
    pub(super) rows: u32,
}

/// What a terminal has that cannot be asked.
const USUAL_SIZE: Size = Size { columns: 80, rows: 24 };

/// The person's terminal in raw mode; dropping it restores the terminal, whatever the reason.
#[derive(Debug)]
pub(super) struct Raw {
    before: Termios,
}

fn input() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

/// Whether stdin is a terminal.
pub(super) fn is_there() -> bool {
    rustix::termios::isatty(input())
}

/// Its size now.
pub(super) fn size() -> Size {
    let asked = [input(), rustix::stdio::stdout(), rustix::stdio::stderr()]
        .map(|fd| tcgetwinsize(fd.as_fd()));
    let known = asked.into_iter().flatten().find(|size| size.ws_col > 0 && size.ws_row > 0);
    known.map_or(USUAL_SIZE, |size| Size { columns: size.ws_col.into(), rows: size.ws_row.into() })
}

impl Raw {
    /// Switches to raw mode; `None` if stdin is no terminal.
    pub(super) fn enter() -> Option<Self> {
        let before = tcgetattr(input()).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(input(), OptionalActions::Now, &raw).ok()?;
        Some(Self { before })
    }

    /// The modes the terminal had, for the one in the workspace.
    pub(super) fn modes(&self) -> Vec<(Mode, u32)> {
        let special = SPECIAL
            .iter()
            .map(|(mode, index)| (*mode, u32::from(self.before.special_codes[*index])));
        let input = INPUT
            .iter()
            .map(|(mode, flag)| (*mode, u32::from(self.before.input_modes.contains(*flag))));
        let local = LOCAL
            .iter()
            .map(|(mode, flag)| (*mode, u32::from(self.before.local_modes.contains(*flag))));
        let output = OUTPUT
            .iter()
            .map(|(mode, flag)| (*mode, u32::from(self.before.output_modes.contains(*flag))));
        special.chain(input).chain(local).chain(output).collect()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = tcsetattr(input(), OptionalActions::Now, &self.before);
    }
}

const SPECIAL: [(Mode, SpecialCodeIndex); 10] = [
    (Mode::VINTR, SpecialCodeIndex::VINTR),
    (Mode::VQUIT, SpecialCodeIndex::VQUIT),
    (Mode::VERASE, SpecialCodeIndex::VERASE),
    (Mode::VKILL, SpecialCodeIndex::VKILL),
    (Mode::VEOF, SpecialCodeIndex::VEOF),
    (Mode::VSTART, SpecialCodeIndex::VSTART),
    (Mode::VSTOP, SpecialCodeIndex::VSTOP),
    (Mode::VSUSP, SpecialCodeIndex::VSUSP),
    (Mode::VWERASE, SpecialCodeIndex::VWERASE),
    (Mode::VLNEXT, SpecialCodeIndex::VLNEXT),
];

const INPUT: [(Mode, InputModes); 5] = [
    (Mode::ICRNL, InputModes::ICRNL),
    (Mode::IXON, InputModes::IXON),
    (Mode::IXANY, InputModes::IXANY),
    (Mode::IMAXBEL, InputModes::IMAXBEL),
    (Mode::IUTF8, InputModes::IUTF8),
];

const LOCAL: [(Mode, LocalModes); 7] = [
    (Mode::ISIG, LocalModes::ISIG),
    (Mode::ICANON, LocalModes::ICANON),
    (Mode::ECHO, LocalModes::ECHO),
    (Mode::ECHOE, LocalModes::ECHOE),
    (Mode::ECHOK, LocalModes::ECHOK),
    (Mode::ECHOCTL, LocalModes::ECHOCTL),
    (Mode::ECHOKE, LocalModes::ECHOKE),
];

const OUTPUT: [(Mode, OutputModes); 2] =
    [(Mode::OPOST, OutputModes::OPOST), (Mode::ONLCR, OutputModes::ONLCR)];
