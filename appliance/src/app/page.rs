//! How much of a list comes in one piece.

/// How many items a list gives at most in one piece: enough for a screen of anything, and little
/// for the server.
pub const PAGE_ITEMS_MAX: i64 = 200;

/// How many items somebody wants in one piece of a list, within the bound.
#[derive(Debug, Clone, Copy)]
pub struct Limit(i64);

impl Limit {
    /// As many as wanted, at most [`PAGE_ITEMS_MAX`], which is also what nobody's wish means.
    pub fn of(wanted: Option<u32>) -> Self {
        Self(wanted.map_or(PAGE_ITEMS_MAX, i64::from).clamp(1, PAGE_ITEMS_MAX))
    }

    pub(crate) fn get(self) -> i64 {
        self.0
    }

    /// Whether a piece of this length may have a next one.
    pub(crate) fn reached(self, length: usize) -> bool {
        i64::try_from(length).is_ok_and(|length| length >= self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(PAGE_ITEMS_MAX)
    }
}
