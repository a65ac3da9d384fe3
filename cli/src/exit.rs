//! How a command ends: its exit code, and what a person is told when it failed.

use std::fmt;
use std::io;
use std::process::ExitCode;

use airlock_model::{ValidationState, Verdict};

/// The exit codes, which scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done; approved; nothing found.
    Fine,
    /// 1: rejected; something found; the answer is no.
    No,
    /// 2: held for a person.
    Held,
    /// 3: could not decide, and the fault is not the plugin's.
    Ours,
    /// 64: the command line or the configuration is wrong.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::No => 1,
            Exit::Held => 2,
            Exit::Ours => 3,
            Exit::Usage => 64,
        })
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Fine,
            Verdict::Reject => Self::No,
            Verdict::Hold => Self::Held,
        }
    }
}

impl From<ValidationState> for Exit {
    /// What a followed validation ends with; one that is still under way has nothing against it.
    fn from(state: ValidationState) -> Self {
        match state {
            ValidationState::Rejected | ValidationState::Withdrawn => Self::No,
            ValidationState::Held => Self::Held,
            ValidationState::Errored => Self::Ours,
            ValidationState::Queued
            | ValidationState::Inspecting
            | ValidationState::Testing
            | ValidationState::Promoting
            | ValidationState::Published => Self::Fine,
        }
    }
}

/// Why a command failed: what happened, where, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What to exit with.
    pub(crate) exit: Exit,
    what: String,
    remedy: Option<String>,
    broken_pipe: bool,
}

impl Failure {
    fn new(exit: Exit, what: impl fmt::Display) -> Self {
        Self { exit, what: what.to_string(), remedy: None, broken_pipe: false }
    }

    /// The caller asked for something that makes no sense.
    pub(crate) fn usage(what: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// The answer is no.
    pub(crate) fn refused(what: impl fmt::Display) -> Self {
        Self::new(Exit::No, what)
    }

    /// Something of ours, or of this machine, failed.
    pub(crate) fn ours(what: impl fmt::Display) -> Self {
        Self::new(Exit::Ours, what)
    }

    /// Says what to do about it.
    pub(crate) fn remedy(mut self, remedy: impl fmt::Display) -> Self {
        self.remedy = Some(remedy.to_string());
        self
    }

    /// Whether only the reader of our output went away.
    pub(crate) const fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// What to do about it, where there is something to say.
    pub(crate) fn what_to_do(&self) -> Option<&str> {
        self.remedy.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// Failures of reading and writing, with what was being done.
pub(crate) trait Doing<T> {
    /// Turns the error into a failure that says what was being done.
    fn doing(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            broken_pipe: error.kind() == io::ErrorKind::BrokenPipe,
            ..Failure::ours(format!("{what}: {error}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_that_scripts_rely_on() {
        let code = |exit: Exit| format!("{:?}", ExitCode::from(exit));
        assert_eq!(code(Verdict::Approve.into()), format!("{:?}", ExitCode::from(0)));
        assert_eq!(code(Verdict::Reject.into()), format!("{:?}", ExitCode::from(1)));
        assert_eq!(code(Verdict::Hold.into()), format!("{:?}", ExitCode::from(2)));
        assert_eq!(code(ValidationState::Errored.into()), format!("{:?}", ExitCode::from(3)));
        assert_eq!(code(Exit::Usage), format!("{:?}", ExitCode::from(64)));
    }

    #[test]
    fn only_a_reader_that_went_away_is_a_broken_pipe() {
        let failed = |kind: io::ErrorKind| Err::<(), _>(io::Error::from(kind)).doing("writing").expect_err("failed");
        assert!(failed(io::ErrorKind::BrokenPipe).is_broken_pipe());
        assert!(!failed(io::ErrorKind::StorageFull).is_broken_pipe());
    }
}
