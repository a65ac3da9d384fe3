//! Who is to blame for a child's end: a limit that it hit is a finding on the
//! plugin, a kill from outside is an outage, a failure of our own code is ours.

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
        How::TimedOut => "the time",
        How::OutOfMemory => "the memory",
        How::OutputExceeded => "the space for results",
        How::StackOverflow => "the stack",
        How::LockDownFailed => return Err(GateError::Unprotected(words(ended))),
        How::Signalled(signal) if FROM_OUTSIDE.contains(&signal) => return Err(GateError::Killed(signal)),
        How::Signalled(signal) => return Err(GateError::Failed(format!("signal {signal}: {}", words(ended)))),
        How::Exited(code) => return Err(GateError::Failed(format!("exit {code}: {}", words(ended)))),
    };
    let message = format!("examining the package used up {limit} that an examination may have");
    let finding = Finding::of(&rules::EXAMINATION_LIMIT, message);
    Ok(Some(unopened(upload, settle(vec![finding]))))
}

fn words(ended: &Ended) -> String {
    airlock_model::escape::line(ended.stderr_tail.trim())
}
