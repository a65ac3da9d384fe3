//! Whether the plugin's name could be taken for a known one.

use airlock_model::PluginName;
use airlock_model::finding::{Finding, Severity, Span};
use airlock_model::likeness::Likeness;

use super::faults::Faults;
use super::rules;
use crate::names::{self, Known, Near};

/// Reports each known name that this one is like.
pub(super) fn report(name: &PluginName, span: Span, listed: &[PluginName], faults: &mut Faults<'_>) {
    for near in names::near(name, listed) {
        faults.add(span, finding(name, &near));
    }
}

fn finding(name: &PluginName, near: &Near) -> Finding {
    let other = &near.name;
    let how = near.likeness.sentence();
    match near.known {
        Known::Plugin => {
            let message = format!(
                "`name` is '{name}', which could be taken for the plugin '{other}' of another publisher: {how}"
            );
            Finding::of(&rules::NAME_NEAR_PLUGIN, message)
        }
        Known::Module => {
            let message = format!("`name` is '{name}', which could be taken for Python's own module '{other}': {how}");
            weighed(Finding::of(&rules::NAME_NEAR_MODULE, message), near.likeness)
        }
        Known::Package if near.likeness == Likeness::Same => {
            let message = format!("`name` is '{name}', as a well-known Python package is called");
            Finding::of(&rules::NAME_OF_PACKAGE, message)
        }
        Known::Package => {
            let message = format!("`name` is '{name}', which could be taken for the Python package '{other}': {how}");
            weighed(Finding::of(&rules::NAME_NEAR_PACKAGE, message), near.likeness)
        }
    }
}

/// Who writes `qr-code` means the words, not the package `qrcode`.
fn weighed(finding: Finding, likeness: Likeness) -> Finding {
    if likeness == Likeness::Separated { finding.severity(Severity::Low) } else { finding }
}
