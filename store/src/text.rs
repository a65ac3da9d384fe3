//! Text on its way into a column.

/// PostgreSQL's text cannot hold NUL, so it becomes the replacement character. JSON needs none of this: it is
/// escaped there.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
