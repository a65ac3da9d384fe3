//! Every rule of every group. A Python rule is one file: its page, its identity
//! and its check; its group's list below costs it one line.

pub(crate) mod addresses;
pub(crate) mod agent;
pub(crate) mod arrivals;
pub(crate) mod capability;
pub(crate) mod check;
pub(crate) mod code;
pub(crate) mod commands;
pub(crate) mod dispatch;
pub(crate) mod flow;
#[cfg(test)]
mod listed;
pub(crate) mod malware;
pub(crate) mod marks;
pub(crate) mod paths;
pub(crate) mod prose;
pub(crate) mod questions;
pub(crate) mod rule;
pub(crate) mod sinks;

use std::sync::LazyLock;

use airlock_model::RuleMeta;

pub(crate) use rule::Rule;

/// Declares the rule files of a group and lists their rules.
macro_rules! group {
    ($($rule:ident),+ $(,)?) => {
        $(pub(crate) mod $rule;)+

        /// The rules of this group, in the order above.
        pub(crate) const RULES: &[&crate::rules::Rule] = &[$(&$rule::RULE),+];
    };
}
pub(crate) use group;

/// The rules that look at Python code.
pub(crate) fn python() -> impl Iterator<Item = &'static Rule> {
    [agent::RULES, capability::RULES, code::RULES, flow::RULES, malware::RULES].into_iter().flatten().copied()
}

/// Every rule of every group, sorted by id.
#[must_use]
pub fn all() -> Vec<&'static RuleMeta> {
    static ALL: LazyLock<Vec<&'static RuleMeta>> = LazyLock::new(|| {
        let rooms = [crate::archive::rules::ALL, crate::manifest::rules::ALL, crate::files::rules::ALL];
        let package = [
            crate::package::rules::ALL,
            crate::package::change::ALL,
            crate::package::observed::ALL,
            crate::dependencies::rules::ALL,
        ];
        let others = rooms.into_iter().chain(package).chain([crate::yara::rules::ALL]).flatten().copied();
        let mut rules: Vec<&'static RuleMeta> = python().map(|rule| &rule.meta).chain(others).collect();
        rules.sort_by_key(|rule| rule.id);
        rules
    });
    ALL.clone()
}

/// The rule of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static RuleMeta> {
    let all = all();
    all.binary_search_by_key(&id, |rule| rule.id).ok().map(|index| all[index])
}
