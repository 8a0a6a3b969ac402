//! Lists, piece by piece until they end.

use atoll_wire::Page;
use serde::de::DeserializeOwned;

use super::{Client, paths};
use crate::error::{Outcome, Problem, codes};

/// Pieces fetched for one list: with the server's 100 items a piece, more than a person can read.
const PAGES_MAX: usize = 1_000;

impl Client {
    /// Every item of a list. The path may already hold a query.
    pub async fn list<T: DeserializeOwned>(&self, path: &str) -> Outcome<Vec<T>> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let place = match &after {
                None => path.to_owned(),
                Some(after) => {
                    let separator = if path.contains('?') { '&' } else { '?' };
                    format!("{path}{separator}after={}", paths::escape(after))
                }
            };
            let page: Page<T> = self.get(&place).await?;
            items.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(items),
            }
        }
        Err(Problem::new(
            &codes::client::ANSWER_FOREIGN,
            format!("the list at `{path}` does not end"),
        ))
    }
}
