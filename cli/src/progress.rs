//! Progress of validations: one moving line each on a terminal, plain lines elsewhere.

use std::time::Duration;

use airlock_model::event::Happening;
use airlock_model::{StageState, ValidationState};
use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::{self, BAD, BOLD, FAINT, GOOD, WAITS};

const TICK: Duration = Duration::from_millis(100);

/// One line of progress.
pub(crate) struct Line {
    label: String,
    bar: Option<ProgressBar>,
}

impl Line {
    /// Begins a line.
    pub(crate) fn new(label: impl Into<String>) -> Self {
        let label = label.into();
        let bar = terminal::is_live().then(|| {
            let bar = terminal::bars().add(ProgressBar::new_spinner());
            let style = ProgressStyle::with_template("{spinner} {prefix} {msg} {elapsed:.dim}");
            bar.set_style(style.expect("the template is valid"));
            bar.set_prefix(label.clone());
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { label, bar }
    }

    /// Says what is being done now.
    pub(crate) fn now(&self, doing: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(doing.to_owned()),
            None => terminal::tell(&format!("{}: {doing}", self.label)),
        }
    }

    /// Ends the line with a last word that stays.
    pub(crate) fn end(&self, word: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        terminal::tell(&format!("{BOLD}{}{BOLD:#}: {word}", self.label));
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Shows what happened to a validation; what adds nothing for a person is left out.
    pub(crate) fn happened(&self, what: &Happening) {
        if let Some(words) = words(what) {
            self.now(&words);
        }
    }
}

fn words(what: &Happening) -> Option<String> {
    match what {
        Happening::State { state: ValidationState::Queued, .. } => Some("waiting for a worker".to_owned()),
        Happening::State { state: ValidationState::Inspecting, .. } => Some("being examined".to_owned()),
        Happening::State { state: ValidationState::Testing, .. } => Some("its tests are run".to_owned()),
        Happening::State { state: ValidationState::Promoting, .. } => Some("going into the catalogue".to_owned()),
        Happening::State { .. } | Happening::Verdict { .. } => None,
        Happening::Stage { stage, state: StageState::Pending, attempt, reason } if *attempt > 1 || reason.is_some() => {
            let reason = reason.as_deref().map(|why| format!(": {}", airlock_model::escape::line(why)));
            Some(format!("the {stage} stage is tried again{}", reason.unwrap_or_default()))
        }
        Happening::Stage { .. } => None,
        Happening::Findings { count } => {
            let serious = count.critical + count.high + count.medium;
            match serious {
                0 => None,
                1 => Some("1 serious finding".to_owned()),
                more => Some(format!("{more} serious findings")),
            }
        }
        Happening::Tests { sentence, .. } => Some(airlock_model::escape::line(sentence)),
    }
}

/// A state in its colour.
pub(crate) fn state(state: ValidationState) -> String {
    let style = match state {
        ValidationState::Published => GOOD,
        ValidationState::Rejected | ValidationState::Errored => BAD,
        ValidationState::Held => WAITS,
        ValidationState::Withdrawn => FAINT,
        _ => BOLD,
    };
    format!("{style}{state}{style:#}")
}

#[cfg(test)]
mod tests {
    use airlock_model::StageName;

    use super::*;

    #[test]
    fn a_retry_is_told_with_its_reason_and_a_first_try_is_not() {
        let stage = |attempt, reason: Option<&str>| Happening::Stage {
            stage: StageName::Test,
            state: StageState::Pending,
            attempt,
            reason: reason.map(str::to_owned),
        };
        assert_eq!(words(&stage(1, None)), None);
        assert_eq!(
            words(&stage(1, Some("passed on"))).as_deref(),
            Some("the test stage is tried again: passed on"),
            "what is not counted as an attempt is told as well"
        );
        assert_eq!(words(&stage(2, Some("killed"))).as_deref(), Some("the test stage is tried again: killed"));
    }
}
