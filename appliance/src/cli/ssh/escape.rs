//! The way out of a session that does not answer: `~.` at the start of a line, as in OpenSSH.

/// What was typed, as far as it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    LineStart,
    Tilde,
    InLine,
}

/// Looks for the escape in what is typed.
#[derive(Debug, Default)]
pub(super) struct Escape {
    state: State,
}

/// What to do with typed bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Send these.
    Send(Vec<u8>),
    /// The person wants out.
    Leave,
}

impl Escape {
    /// Takes typed bytes; a `~` at the start of a line waits for its successor.
    pub(super) fn typed(&mut self, bytes: &[u8]) -> Typed {
        let mut send = Vec::with_capacity(bytes.len() + 1);
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (State::LineStart, b'~') => State::Tilde,
                (State::Tilde, b'.') => return Typed::Leave,
                (State::Tilde, b'~') => {
                    send.push(b'~');
                    State::InLine
                }
                (state, byte) => {
                    if state == State::Tilde {
                        send.push(b'~');
                    }
                    send.push(byte);
                    if matches!(byte, b'\r' | b'\n') { State::LineStart } else { State::InLine }
                }
            };
        }
        Typed::Send(send)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_and_a_dot_leave_only_at_the_start_of_a_line() {
        let mut escape = Escape::default();
        assert_eq!(escape.typed(b"ls ~.\r~"), Typed::Send(b"ls ~.\r".to_vec()));
        assert_eq!(escape.typed(b"x"), Typed::Send(b"~x".to_vec()));
        assert_eq!(escape.typed(b"\r~~."), Typed::Send(b"\r~.".to_vec()));
        assert_eq!(escape.typed(b"\r~."), Typed::Leave);
    }
}
