//! What surrounds the findings: reasons, tests, capabilities.

use std::collections::BTreeMap;

use super::layout::{Ink, Page};
use super::observed;
use crate::escape;
use crate::finding::{Capability, Permission, PolicyAction};
use crate::inspection::{CapabilityUse, KindSize};
use crate::report::Report;
use crate::run::{Outcome, Resources, RunReport, TestOutcome};

/// Reasons that are listed.
const MOST_REASONS: usize = 12;

/// Test results that are listed; the ones that failed come first.
const MOST_TESTS: usize = 25;

/// Places that are named for each capability.
const MOST_USES: usize = 4;

/// Why the verdict is what it is.
pub(super) fn reasons(report: &Report, page: &mut Page) {
    if report.reasons.is_empty() {
        return;
    }
    page.heading("why");
    for reason in report.reasons.iter().take(MOST_REASONS) {
        page.labelled(2, "-", Ink::Faint, &escape::line(reason));
    }
    if report.reasons.len() > MOST_REASONS {
        page.line(&format!("  and {} more, below", report.reasons.len() - MOST_REASONS));
    }
}

/// How the plugin's own tests ended.
pub(super) fn tests(report: &Report, page: &mut Page) {
    let Some(run) = &report.tests else {
        if let Some(why) = &report.tests_not_run {
            page.heading("tests");
            page.labelled(2, "not run:", Ink::Faint, &escape::line(why));
        }
        return;
    };
    page.heading("tests");
    let ink = if run.outcome == Outcome::Passed { Ink::Good } else { Ink::Bad };
    let ink = match run.outcome {
        Outcome::NoTests | Outcome::Inconclusive(_) => Ink::Warn,
        _ => ink,
    };
    page.labelled(2, run.outcome.as_str(), ink, &escape::line(&run.outcome.sentence()));
    if let Some(decision) = &report.tests_decision {
        let word = match decision.action {
            PolicyAction::Note => "note:",
            PolicyAction::Hold => "hold:",
            PolicyAction::Reject => "reject:",
        };
        page.labelled(2, word, Ink::Faint, &escape::line(&decision.because));
    }
    results(run, page);
    used(run, page);
    observed::shown(run, page);
}

fn results(run: &RunReport, page: &mut Page) {
    if run.tests.is_empty() {
        return;
    }
    let count = |outcome: TestOutcome| run.tests.iter().filter(|test| test.outcome == outcome).count();
    let parts: Vec<String> = OUTCOMES
        .iter()
        .map(|(outcome, word, _)| (count(*outcome), word))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    page.line(&format!("  {} (reported by the plugin's own tests)", parts.join(", ")));
    let mut shown = 0;
    for (outcome, word, ink) in OUTCOMES {
        for test in run.tests.iter().filter(|test| test.outcome == *outcome) {
            shown += 1;
            if shown > MOST_TESTS {
                continue;
            }
            let word = ink.paint(&format!("{word:<7}"), page.style());
            page.line(&format!("  {word} {:>6} ms  {}", test.duration_ms, escape::line(&test.id)));
            if let Some(message) = &test.message {
                page.labelled(21, "", Ink::Faint, &escape::block(message));
            }
        }
    }
    if shown > MOST_TESTS {
        page.line(&format!("  and {} more", shown - MOST_TESTS));
    }
}

/// Worst first.
const OUTCOMES: &[(TestOutcome, &str, Ink)] = &[
    (TestOutcome::Failed, "failed", Ink::Bad),
    (TestOutcome::Error, "error", Ink::Bad),
    (TestOutcome::Xpassed, "xpassed", Ink::Warn),
    (TestOutcome::Xfailed, "xfailed", Ink::Calm),
    (TestOutcome::Skipped, "skipped", Ink::Calm),
    (TestOutcome::Passed, "passed", Ink::Good),
];

fn used(run: &RunReport, page: &mut Page) {
    let resources = &run.resources;
    if run.outcome == Outcome::NoTests && *resources == Resources::default() {
        return;
    }
    let line = format!(
        "engine {}: {}{}",
        escape::line(&run.engine),
        resources.sentence(),
        if run.output_truncated { " (the output is cut)" } else { "" },
    );
    page.line(&format!("  {}", Ink::Faint.paint(&line, page.style())));
}

/// What the code can do to the world outside.
pub(super) fn capabilities(report: &Report, page: &mut Page) {
    if report.capabilities.is_empty() {
        return;
    }
    let mut by: BTreeMap<(Capability, &str), Vec<&CapabilityUse>> = BTreeMap::new();
    for one in &report.capabilities {
        by.entry((one.capability, standing(one.permission))).or_default().push(one);
    }
    page.heading("capabilities");
    for ((capability, standing), uses) in by {
        let name = Ink::Strong.paint(&format!("{:<12}", capability.as_str()), page.style());
        let times = if uses.len() == 1 { "1 use".to_owned() } else { format!("{} uses", uses.len()) };
        page.line(&format!("  {name} {times}, {standing}"));
        for one in uses.iter().take(MOST_USES) {
            let place = format!("{}:{}", escape::line(&one.file), one.line);
            let what = format!("{} in {}", escape::line(&one.what), escape::line(&one.function));
            page.labelled(INDENT, &format!("{place}:"), Ink::Faint, &what);
        }
        if uses.len() > MOST_USES {
            page.line(&format!("{}and {} more", " ".repeat(INDENT), uses.len() - MOST_USES));
        }
    }
}

/// How much of each kind of file there is.
pub(super) fn files(report: &Report, page: &mut Page) {
    let sizes: Vec<String> = KindSize::of(&report.files).into_iter().map(KindSize::sentence).collect();
    if !sizes.is_empty() {
        page.heading("files");
        page.line(&format!("  {}", sizes.join(", ")));
    }
}

const INDENT: usize = 4;

const fn standing(permission: Permission) -> &'static str {
    match permission {
        Permission::Absent => "the manifest has no permissions block",
        Permission::Declared => "declared",
        Permission::Beyond => "beyond what the manifest declares",
    }
}
