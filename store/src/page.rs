//! Lists in pages, newest first, by cursor.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where the next page begins; opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(Uuid);

/// The text was not a cursor that a page gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor must be one that an earlier page gave as its next")]
pub struct CursorError;

impl Cursor {
    pub(crate) const fn new(last: Uuid) -> Self {
        Self(last)
    }

    /// What a listing compares its ids with; ids count upwards with time.
    pub(crate) fn bound(cursor: Option<Self>) -> String {
        cursor.map_or(Uuid::max(), |cursor| cursor.0).hyphenated().to_string()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        Uuid::try_parse(text).map(Self).map_err(|_| CursorError)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The entries, newest first.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts `items`, of which one more than `limit` was asked for, to a page.
    pub(crate) fn cut(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|item| Cursor::new(id(item))) } else { None };
        Self { items, next }
    }
}
