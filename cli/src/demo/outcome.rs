//! What became of the samples.

use std::fmt::Write as _;

use airlock_model::escape;

use super::samples::Sample;
use crate::client::Listed;
use crate::exit::Failure;
use crate::progress;
use crate::terminal::{BAD, BOLD, FAINT};

/// What became of one sample.
pub(super) struct Outcome {
    /// The sample.
    pub(super) sample: Sample,
    /// Whether it was there from an earlier start.
    pub(super) repeated: bool,
    /// How its validation ended, or why there was none.
    pub(super) ended: Result<Listed, Failure>,
}

/// Reasons shown of each; the report has them all.
const MOST_REASONS: usize = 3;

/// A table of verdicts with reasons.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let mut out = format!("\n{BOLD}Verdicts{BOLD:#}\n");
    for Outcome { sample, ended, .. } in outcomes {
        let label = format!("{} {}", sample.name, sample.version);
        match ended {
            Ok(listed) => {
                // Colour has no width, so the column is padded by the plain word.
                let pad = " ".repeat(10_usize.saturating_sub(listed.state.as_str().len()));
                let _ = writeln!(out, "  {label:22} {}{pad} {}", progress::state(listed.state), sample.about);
                reasons(&mut out, listed);
            }
            Err(failure) => {
                let _ = writeln!(out, "  {label:22} {BAD}not sent{BAD:#}   {}", escape::line(&failure.to_string()));
            }
        }
    }
    out
}

fn reasons(out: &mut String, listed: &Listed) {
    for reason in listed.reasons.iter().take(MOST_REASONS) {
        let _ = writeln!(out, "    {FAINT}{}{FAINT:#}", escape::line(reason));
    }
    if listed.reasons.len() > MOST_REASONS {
        let more = listed.reasons.len() - MOST_REASONS;
        let _ = writeln!(out, "    {FAINT}and {more} more in {}{FAINT:#}", listed.links.html);
    }
    if let Some(error) = &listed.error {
        let _ = writeln!(out, "    {FAINT}a fault of the registry: {}{FAINT:#}", escape::line(error));
    }
}
