//! The rules of the FILES group.

use airlock_model::finding::RuleMeta;

/// Every rule of the group.
pub const ALL: &[&RuleMeta] = &[];
