//! What the package asks for, and what differs from an earlier version.

use super::layout::{Ink, Page};
use crate::difference::{Difference, Listed};
use crate::escape;
use crate::inventory::{Requirement, RequirementKind};
use crate::report::Report;

/// Entries of one list that are named.
const MOST: usize = 12;

/// What is asked for, and against what it was held.
pub(super) fn dependencies(report: &Report, page: &mut Page) {
    let mut asked = report.dependencies.iter().filter(|one| one.kind != RequirementKind::Interpreter).peekable();
    if asked.peek().is_none() {
        return;
    }
    page.heading("dependencies");
    let all: Vec<&Requirement> = asked.collect();
    for one in all.iter().take(MOST) {
        let versions = if one.specifier.is_empty() { "any version" } else { &one.specifier };
        let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
        let what = format!("{versions}, {} ({}{line})", one.scope.as_str(), one.file);
        page.labelled(2, &escape::line(&one.name), Ink::Strong, &escape::line(&what));
    }
    if all.len() > MOST {
        page.line(&format!("  and {} more", all.len() - MOST));
    }
    let held = match &report.advisories {
        Some(check) if check.checked => match check.vulnerabilities.len() {
            0 => format!("held against {} advisories: nothing is known", check.records),
            known => format!("held against {} advisories: {known} speak of them, above", check.records),
        },
        Some(_) | None => "not held against advisories".to_owned(),
    };
    page.line(&format!("  {}", Ink::Faint.paint(&held, page.style())));
}

/// What differs; nothing where nothing was compared.
pub(super) fn difference(report: &Report, page: &mut Page) {
    let Some(difference) = &report.difference else { return };
    page.heading("difference");
    let Some(previous) = &difference.previous else {
        page.line("  this is the first version: there is no earlier one");
        return;
    };
    let step = difference.step.map_or("", |step| step.as_str());
    page.line(&format!("  compared with {previous} ({step}); {} files are the same", difference.files.unchanged));
    if !difference.same_rules {
        page.line("  that version was examined by other rules, so findings may differ although the code does not");
    }
    changes(difference, page);
}

fn changes(difference: &Difference, page: &mut Page) {
    let files = &difference.files;
    list(
        "files added",
        &files.added,
        |one| format!("{} ({} bytes)", one.path, one.size_after.unwrap_or_default()),
        page,
    );
    list("files removed", &files.removed, |one| one.path.clone(), page);
    let sizes = |one: &crate::difference::FileChange| {
        let (before, after) = (one.size_before.unwrap_or_default(), one.size_after.unwrap_or_default());
        format!("{} ({before} to {after} bytes)", one.path)
    };
    list("files changed", &files.changed, sizes, page);
    let capabilities = &difference.capabilities;
    for gained in &capabilities.gained {
        page.labelled(2, "new capability:", Ink::Warn, gained.as_str());
    }
    for lost in &capabilities.lost {
        page.labelled(2, "capability gone:", Ink::Good, lost.as_str());
    }
    let place = |one: &crate::inspection::CapabilityUse| format!("{} at {}:{}", one.what, one.file, one.line);
    list("new uses", &capabilities.new, place, page);
    list("uses gone", &capabilities.gone, place, page);
    let dependencies = &difference.dependencies;
    list("dependencies added", &dependencies.added, |one| format!("{} {}", one.name, one.after.join(", ")), page);
    list("dependencies removed", &dependencies.removed, |one| format!("{} {}", one.name, one.before.join(", ")), page);
    let asked = |one: &crate::difference::RequirementChange| {
        format!("{} {} to {}", one.name, one.before.join(", "), one.after.join(", "))
    };
    list("dependencies changed", &dependencies.changed, asked, page);
    if let Some(change) = &difference.entry_point {
        let what = escape::line(&format!("{} to {}", change.before, change.after));
        page.labelled(2, "entry point:", Ink::Strong, &what);
    }
    if let Some(change) = &difference.permissions {
        if change.widened.is_empty() {
            page.labelled(2, "permissions:", Ink::Strong, "changed, and nowhere wider");
        }
        for one in &change.widened {
            page.labelled(2, "wider permission:", Ink::Warn, &escape::line(&one.what));
        }
    }
    let found = |one: &crate::difference::FindingChange| format!("{}: {}", one.rule, one.message);
    list("new findings", &difference.findings.new, found, page);
    list("findings gone", &difference.findings.gone, found, page);
}

fn list<T>(label: &str, list: &Listed<T>, say: impl Fn(&T) -> String, page: &mut Page) {
    if list.is_empty() {
        return;
    }
    let shown: Vec<String> = list.items.iter().take(MOST).map(|one| escape::line(&say(one))).collect();
    let more = list.total() - shown.len() as u64;
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    page.labelled(2, &format!("{label}:"), Ink::Strong, &format!("{}{more}", shown.join("; ")));
}
