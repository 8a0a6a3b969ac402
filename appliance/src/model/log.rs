//! Lines of a job's log: bounded, one line each, safe to show on a terminal.

/// The longest line; longer ones come in pieces. Coder's bound, which its tools know.
pub const LINE_CHARS_MAX: usize = 1024;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// For whoever looks for a fault.
    Debug,
    /// For everybody.
    Info,
    /// Something that may become a failure.
    Warn,
    /// A failure.
    Error,
}

impl LogLevel {
    /// The word of the tables and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Debug, Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.as_str() == word)
    }
}

/// Cuts a text into lines of at most [`LINE_CHARS_MAX`] characters and makes control characters
/// visible, so that what a container prints cannot drive the reader's terminal.
pub fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut piece = String::new();
        let mut count = 0;
        for c in line.trim_end_matches('\r').chars() {
            if count == LINE_CHARS_MAX {
                lines.push(std::mem::take(&mut piece));
                count = 0;
            }
            piece.push(if c.is_control() && c != '\t' { '\u{fffd}' } else { c });
            count += 1;
        }
        lines.push(piece);
    }
    if lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_lines_without_control_characters() {
        assert_eq!(lines("a\r\nb\u{1b}[31m\0c\n"), ["a", "b\u{fffd}[31m\u{fffd}c"]);
        assert_eq!(lines(""), [""]);
    }

    #[test]
    fn a_line_one_character_too_long_comes_in_two_pieces() {
        let pieces = lines(&"ä".repeat(LINE_CHARS_MAX + 1));
        assert_eq!(
            pieces.iter().map(|p| p.chars().count()).collect::<Vec<_>>(),
            [LINE_CHARS_MAX, 1]
        );
    }
}
