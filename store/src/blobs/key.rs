//! Object keys: opaque, made by us, never from a publisher's words.

use std::fmt;
use std::str::FromStr;

use airlock_model::{Sha256, SubmissionId};
use uuid::Uuid;

/// A valid object key: parts of `a-z`, `0-9`, `-`, `.` and `_` between slashes, none of them beginning with a dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(String);

/// The text is not an object key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not an object key", airlock_model::escape::quoted(.0))]
pub struct KeyError(String);

impl ObjectKey {
    /// Where an upload waits in quarantine: a new random key.
    #[must_use]
    pub fn new_upload() -> Self {
        Self(format!("uploads/{}", Uuid::new_v4().hyphenated()))
    }

    /// Where the canonical archive of a submission is kept in quarantine.
    #[must_use]
    pub fn canonical(submission: SubmissionId) -> Self {
        Self(format!("canonical/{submission}"))
    }

    /// Where the views of a submission's files are kept in quarantine.
    #[must_use]
    pub fn views(submission: SubmissionId) -> Self {
        Self(format!("views/{submission}"))
    }

    /// Where a canonical archive is kept in the catalogue.
    #[must_use]
    pub fn catalogue(sha256: &Sha256) -> Self {
        let hex = sha256.to_string();
        Self(format!("{}/{hex}.tar.gz", &hex[..2]))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let part = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'))
        };
        if text.len() <= 200 && text.split('/').all(part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyError(text.to_owned()))
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_keys_are_keys() {
        let submission = SubmissionId::new(Uuid::from_u128(7));
        let keys = [
            ObjectKey::new_upload(),
            ObjectKey::canonical(submission),
            ObjectKey::views(submission),
            ObjectKey::catalogue(&Sha256::of(b"x")),
        ];
        for key in keys {
            assert_eq!(key.as_str().parse(), Ok(key));
        }
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        for text in ["", "/", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a\\b", "a/.b", "A", "a\0", "a b", "a:b"] {
            assert!(text.parse::<ObjectKey>().is_err(), "{text:?}");
        }
    }
}
