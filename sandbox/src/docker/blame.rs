//! From what is known of a run's end to what the judge asks for.

use std::collections::BTreeSet;

use airlock_model::limits::RunLimits;

use super::follow::{How, Run};
use super::wire::Ended;
use crate::SandboxError;
use crate::verdict::{Ending, Facts, Limit};

/// What the first process's own end means: nothing that a plugin can do ends it but
/// the want of memory (and in gVisor, where it is a process like any other, of
/// processes), so anything else is ours.
pub(super) fn facts(run: &Run, limits: &RunLimits, gvisor: bool) -> Result<Facts, SandboxError> {
    let some = |count: Option<u64>| count.is_some_and(|count| count > 0);
    // Whoever was ended from outside may have met a limit before, and the supervisor has told of it.
    let hits =
        [(run.oom_killed || some(run.used.oom_kills), Limit::Memory), (some(run.used.forks_refused), Limit::Processes)];
    let mut met: BTreeSet<Limit> = hits.into_iter().filter_map(|(hit, limit)| hit.then_some(limit)).collect();
    let ending = match &run.how {
        How::TimedOut => Ending::TimedOut,
        How::CpuExceeded => Ending::CpuExceeded,
        How::Forged => Ending::Violated("writing to the pipe of the process that watches the tests".into()),
        How::Vanished { .. } if run.oom_killed => Ending::Trapped("the kernel ended it for want of memory".into()),
        How::Vanished { code, said } if gvisor && said.is_empty() => {
            Ending::Trapped(format!("the sandbox's kernel gave up with exit code {code}"))
        }
        How::Vanished { code, said } => return Err(SandboxError::ContainerEnded { code: *code, said: said.clone() }),
        How::Ended(ended) => told(ended, limits, &mut met),
    };
    Ok(Facts { ending, limits: met, links_refused: false, guest_sees_limits: true })
}

fn told(ended: &Ended, limits: &RunLimits, met: &mut BTreeSet<Limit>) -> Ending {
    let hits = [
        (ended.reason.as_deref() == Some("disk") || ended.signal == Some(libc::SIGXFSZ), Limit::Disk),
        (matches!(ended.reason.as_deref(), Some("output" | "report")), Limit::Output),
    ];
    met.extend(hits.into_iter().filter_map(|(hit, limit)| hit.then_some(limit)));
    if ended.reason.as_deref() == Some("place") {
        return Ending::Violated("putting something else in the place of the report".into());
    }
    if ended.nothing {
        return Ending::NothingToRun;
    }
    let cpu_used_up = ended.used.cpu_us.is_some_and(|used| used / 1000 >= limits.cpu_ms);
    match (ended.code, ended.signal) {
        (_, Some(libc::SIGSYS)) => Ending::Violated("a system call that no test has a use for".into()),
        (_, Some(libc::SIGXCPU)) => Ending::CpuExceeded,
        (_, Some(_)) if cpu_used_up => Ending::CpuExceeded,
        (_, Some(signal)) => Ending::Trapped(format!("signal {signal} ({})", name(signal))),
        (Some(code), None) => Ending::Exited(code),
        (None, None) => Ending::Trapped("no exit status".into()),
    }
}

fn name(signal: i32) -> &'static str {
    match signal {
        libc::SIGSEGV => "invalid memory",
        libc::SIGABRT => "aborted",
        libc::SIGBUS => "bus error",
        libc::SIGILL => "invalid instruction",
        libc::SIGFPE => "arithmetic error",
        libc::SIGKILL => "killed",
        libc::SIGTERM => "terminated",
        _ => "a signal",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::wire::Used;
    use super::*;
    use crate::verdict::Printed;

    fn run(how: How, oom_killed: bool) -> Run {
        Run {
            how,
            oom_killed,
            printed: Printed::default(),
            output_bytes: 0,
            report: Vec::new(),
            nonce: String::new(),
            wall: Duration::ZERO,
            used: Used::default(),
        }
    }

    fn ended(change: impl FnOnce(&mut Ended)) -> Facts {
        let mut ended = Ended { code: Some(0), ..Ended::default() };
        change(&mut ended);
        let used = ended.used;
        let run = Run { used, ..run(How::Ended(Box::new(ended)), false) };
        facts(&run, &RunLimits::default(), false).expect("facts")
    }

    fn signalled(signal: i32) -> Ending {
        ended(|ended| (ended.code, ended.signal) = (None, Some(signal))).ending
    }

    #[test]
    fn what_the_supervisor_tells_is_the_plugins_doing() {
        assert_eq!(ended(|_| ()).ending, Ending::Exited(0));
        assert_eq!(ended(|ended| ended.nothing = true).ending, Ending::NothingToRun);
        let place = ended(|ended| ended.reason = Some("place".into()));
        assert!(matches!(place.ending, Ending::Violated(what) if what.contains("the place of the report")));
        assert_eq!(signalled(libc::SIGXCPU), Ending::CpuExceeded);
        assert!(matches!(signalled(libc::SIGSYS), Ending::Violated(_)));
        assert_eq!(signalled(libc::SIGSEGV), Ending::Trapped("signal 11 (invalid memory)".into()));
        let late = ended(|ended| {
            (ended.code, ended.signal) = (None, Some(libc::SIGKILL));
            ended.used.cpu_us = Some(30_000_000);
        });
        assert_eq!(late.ending, Ending::CpuExceeded, "who outlives the soft limit is killed at the hard one");
        type Change = fn(&mut Ended);
        let limits: [(Change, Limit); 5] = [
            (|ended| ended.used.oom_kills = Some(1), Limit::Memory),
            (|ended| ended.used.forks_refused = Some(3), Limit::Processes),
            (|ended| ended.reason = Some("disk".into()), Limit::Disk),
            (|ended| ended.reason = Some("output".into()), Limit::Output),
            (|ended| ended.reason = Some("report".into()), Limit::Output),
        ];
        for (change, limit) in limits {
            assert_eq!(ended(change).limits, [limit].into());
        }
        assert!(ended(|ended| (ended.used.oom_kills, ended.used.forks_refused) = (Some(0), None)).limits.is_empty());
    }

    #[test]
    fn what_is_ended_from_outside_has_met_what_it_met_before() {
        let used = Used { forks_refused: Some(7), ..Used::default() };
        let late = Run { used, ..run(How::TimedOut, false) };
        let facts = facts(&late, &RunLimits::default(), false).expect("facts");
        assert_eq!((facts.ending, facts.limits), (Ending::TimedOut, [Limit::Processes].into()));
    }

    #[test]
    fn the_end_of_the_supervisor_is_ours_unless_memory_ran_out() {
        let vanished = || How::Vanished { code: 137, said: String::new() };
        let judge = |oom, gvisor| facts(&run(vanished(), oom), &RunLimits::default(), gvisor);
        assert_eq!(judge(true, false).expect("facts").limits, [Limit::Memory].into());
        assert!(matches!(judge(false, false), Err(SandboxError::ContainerEnded { code: 137, .. })));
        assert!(matches!(judge(false, true).expect("facts").ending, Ending::Trapped(_)));
    }
}
