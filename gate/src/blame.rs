//! Who is to blame for a child's end: a limit that it hit is a finding on the
//! plugin, a kill from outside or a machine too busy to go on is an outage, a
//! failure of our own code is ours.

use airlock_model::finding::Finding;
use airlock_model::fingerprint::settle;
use airlock_model::inspection::{Blob, Inspection};
use airlock_sandbox::jail::{Ended, How};
use airlock_scanner::package::{rules, unopened};

use crate::GateError;

/// Signals that come from outside: hang-up, interrupt, kill, terminate.
const FROM_OUTSIDE: [i32; 4] = [1, 2, 9, 15];

/// What a child's end means: `Ok(None)` when it answered, a finding's inspection
/// when the plugin drove it into a limit, an error when it was ours.
pub(crate) fn of(ended: &Ended, upload: Blob) -> Result<Option<Inspection>, GateError> {
    let limit = match ended.how {
        How::Exited(0) => return Ok(None),
        How::CpuExceeded => "the CPU time",
        How::OutOfMemory => "the memory",
        How::OutputExceeded => "the space for results",
        How::StackOverflow => "the stack",
        // CPU time is counted apart and runs out long before: who was not given it is not to blame.
        How::TimedOut => return Err(GateError::Starved),
        How::LockDownFailed => return Err(GateError::Unprotected(words(ended))),
        How::Signalled(signal) if FROM_OUTSIDE.contains(&signal) => return Err(GateError::Killed(signal)),
        How::Signalled(signal) => return Err(GateError::Failed(format!("signal {signal}: {}", words(ended)))),
        How::Exited(code) => return Err(GateError::Failed(format!("exit {code}: {}", words(ended)))),
    };
    let message = format!("examining the package used up {limit} that an examination may have");
    let finding = Finding::of(&rules::EXAMINATION_LIMIT, message);
    Ok(Some(unopened(upload, settle(vec![finding]))))
}

/// What it means that a child with YARA rules ended before it read anything of the upload: never the plugin's fault.
pub(crate) fn before_the_upload(ended: &Ended) -> GateError {
    let what = match ended.how {
        How::CpuExceeded => "compiling them used up the CPU time of limits.scan.cpu_seconds".to_owned(),
        How::OutOfMemory => "compiling them used up the memory of limits.scan.memory_bytes".to_owned(),
        How::StackOverflow => "compiling them used up the stack".to_owned(),
        How::TimedOut => return GateError::Starved,
        How::LockDownFailed => return GateError::Unprotected(words(ended)),
        How::Signalled(signal) if FROM_OUTSIDE.contains(&signal) => return GateError::Killed(signal),
        How::Exited(_) | How::Signalled(_) | How::OutputExceeded => words(ended),
    };
    GateError::Rules(what)
}

fn words(ended: &Ended) -> String {
    airlock_model::escape::line(ended.stderr_tail.trim())
}

#[cfg(test)]
mod tests {
    use airlock_model::Sha256;
    use airlock_sandbox::jail::Usage;

    use super::*;

    fn blame(how: How) -> Result<Option<Inspection>, GateError> {
        let usage = Usage::default();
        let ended = Ended { how, stdout: Vec::new(), stderr_tail: "last words".into(), usage };
        of(&ended, Blob { sha256: Sha256::of(b""), size: 0 })
    }

    #[test]
    fn a_limit_that_the_plugin_drives_us_into_is_a_finding() {
        for how in [How::CpuExceeded, How::OutOfMemory, How::OutputExceeded, How::StackOverflow] {
            let inspection = blame(how).expect("not ours").expect("no answer");
            assert_eq!(inspection.findings[0].rule, "AL-ARCHIVE-examination-limit");
            assert_eq!(inspection.canonical, None);
        }
    }

    #[test]
    fn an_outage_is_ours_and_says_nothing_about_the_plugin() {
        for how in [How::TimedOut, How::LockDownFailed, How::Signalled(9), How::Signalled(15)] {
            let error = blame(how).expect_err("ours");
            assert!(!error.is_ours_on_this_input(), "{error}");
        }
    }

    #[test]
    fn an_end_before_the_upload_is_read_is_never_the_plugins() {
        for how in [How::CpuExceeded, How::OutOfMemory, How::StackOverflow, How::Exited(70)] {
            let ended = Ended { how, stdout: Vec::new(), stderr_tail: "last words".into(), usage: Usage::default() };
            let error = before_the_upload(&ended);
            assert!(matches!(error, GateError::Rules(_)) && !error.is_ours_on_this_input(), "{error}");
        }
    }

    #[test]
    fn a_failure_of_our_code_is_for_a_person_when_it_repeats() {
        for how in [How::Exited(101), How::Signalled(11), How::Signalled(6)] {
            assert!(blame(how).expect_err("ours").is_ours_on_this_input());
        }
        assert!(matches!(blame(How::Exited(0)), Ok(None)));
    }
}
