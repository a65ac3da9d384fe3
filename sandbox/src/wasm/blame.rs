//! Who is to blame for a child that ended without an answer.

use airlock_model::limits::RunLimits;
use airlock_model::{Outcome, escape};

use crate::SandboxError;
use crate::jail::{Ended, How};

/// Names the ending of a child that said nothing. The guest reaches the host only
/// through the calls of `calls.rs`; it cannot make a system call, raise a signal
/// or touch the child's memory. So only what a guest can drive up is its doing,
/// and everything else is ours: it is tried again, and never a verdict.
///
/// | ending | how it can come about | blamed |
/// |---|---|---|
/// | CPU time (`SIGXCPU`) | the guest's own clock allows less; work that the guest caused in one host call went on | plugin: `cpu_exceeded` |
/// | allocation refused | guest memory is limited below this; host buffers grow with what the guest asks | plugin: `out_of_memory` |
/// | stack overflow | nesting that the guest's bytes drive | plugin: `crashed` |
/// | file too large (`SIGXFSZ`) | files grow only by the guest's writes, beyond its charge | plugin: `disk_exceeded` |
/// | parent's wall clock, guest's CPU time used up | a host call that the guest keeps busy | plugin: `timed_out` |
/// | parent's wall clock, little CPU time used | the child's own clock did not get to run: a stopped process, an overloaded machine | us |
/// | parent's output limit | the guest's output and report have limits of their own below it | us |
/// | forbidden system call (`SIGSYS`) | only our code and wasmtime's make system calls | us |
/// | `SIGKILL`, `SIGTERM`, `SIGINT`, `SIGHUP`, `SIGQUIT` | someone outside, such as the system's out-of-memory killer | us |
/// | `SIGSEGV`, `SIGBUS`, `SIGILL`, `SIGFPE`, `SIGTRAP` | guest faults are traps; beyond those it is a damaged module or a fault of ours | us |
/// | `SIGABRT` and any other signal | a panic within a panic, a failed check of a library | us |
/// | could not lock itself down | the system's, or the configuration | us |
/// | an exit code | a panic, no orders, no reader | us |
pub(super) fn blame(ended: &Ended, limits: &RunLimits) -> Result<Outcome, SandboxError> {
    match ended.how {
        How::CpuExceeded => Ok(Outcome::CpuExceeded),
        How::OutOfMemory => Ok(Outcome::OutOfMemory),
        How::StackOverflow => Ok(Outcome::Crashed { how: "stack overflow".into() }),
        How::Signalled(libc::SIGXFSZ) => Ok(Outcome::DiskExceeded),
        How::TimedOut if ended.usage.cpu_ms >= limits.cpu_ms => Ok(Outcome::TimedOut),
        _ => Err(ours(ended)),
    }
}

/// What went wrong with a child that ended without an answer, where that is ours.
pub(crate) fn ours(ended: &Ended) -> SandboxError {
    let said = || escape::line(ended.stderr_tail.trim());
    match ended.how {
        How::CpuExceeded | How::TimedOut => {
            SandboxError::Stalled { wall_ms: ended.usage.wall_ms, cpu_ms: ended.usage.cpu_ms }
        }
        How::OutputExceeded => SandboxError::Protocol("it is longer than any answer of ours".into()),
        How::Signalled(libc::SIGSYS) => SandboxError::ForbiddenCall,
        How::Signalled(signal @ (libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP | libc::SIGQUIT)) => {
            SandboxError::Killed(signal)
        }
        How::Signalled(signal) => SandboxError::Died { signal, said: said() },
        How::LockDownFailed => SandboxError::LockDown(said()),
        How::OutOfMemory | How::StackOverflow => {
            SandboxError::Protocol(format!("the child ended before it could answer: {}", said()))
        }
        How::Exited(code) => SandboxError::Protocol(format!("exit code {code}: {}", said())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::Usage;

    fn blamed(how: How, cpu_ms: u64) -> Result<Outcome, SandboxError> {
        let usage = Usage { cpu_ms, ..Usage::default() };
        let ended = Ended { how, stdout: Vec::new(), stderr_tail: "\u{1b}[31msaid\n".into(), usage };
        blame(&ended, &RunLimits { cpu_ms: 1_000, ..RunLimits::default() })
    }

    #[test]
    fn what_a_guest_can_drive_up_is_the_plugins() {
        let endings = [
            (How::CpuExceeded, Outcome::CpuExceeded),
            (How::OutOfMemory, Outcome::OutOfMemory),
            (How::StackOverflow, Outcome::Crashed { how: "stack overflow".into() }),
            (How::Signalled(libc::SIGXFSZ), Outcome::DiskExceeded),
        ];
        for (how, outcome) in endings {
            assert_eq!(blamed(how, 0).expect("an outcome"), outcome, "{how:?}");
        }
        assert_eq!(blamed(How::TimedOut, 1_000).expect("an outcome"), Outcome::TimedOut);
    }

    #[test]
    fn everything_else_is_ours() {
        let error = |how| blamed(how, 0).expect_err("no outcome");
        assert!(matches!(error(How::TimedOut), SandboxError::Stalled { .. }));
        assert!(matches!(error(How::OutputExceeded), SandboxError::Protocol(_)));
        assert!(matches!(error(How::Signalled(libc::SIGSYS)), SandboxError::ForbiddenCall));
        for signal in [libc::SIGKILL, libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
            assert!(matches!(error(How::Signalled(signal)), SandboxError::Killed(by) if by == signal));
        }
        let own =
            [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGABRT, libc::SIGUSR1];
        for by in own {
            let SandboxError::Died { signal, said } = error(How::Signalled(by)) else { panic!("signal {by}") };
            assert!(signal == by && said.contains("said") && !said.contains('\u{1b}'), "{said:?}");
        }
        assert!(matches!(error(How::LockDownFailed), SandboxError::LockDown(_)));
        assert!(matches!(error(How::Exited(101)), SandboxError::Protocol(_)));
    }
}
