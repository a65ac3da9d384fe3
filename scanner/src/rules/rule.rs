//! What a Python rule is made of.

use airlock_model::RuleMeta;

/// A rule: who it is and what it looks at.
pub(crate) struct Rule {
    /// Its identity and its page.
    pub(crate) meta: RuleMeta,
}
