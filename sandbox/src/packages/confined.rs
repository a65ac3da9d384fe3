//! The parent's side: starts a jailed child on a layer that is being made, and says who is to blame where it ends
//! without an answer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use airlock_model::limits::RunLimits;
use airlock_model::run::Unavailable;

use super::PackageLimits;
use super::jailed::{Line, Orders, Task};
use crate::SandboxError;
use crate::jail::{Child, Ended, How, JailLimits, Profile, run_child};
use crate::wasm::ByteCode;

/// Memory of a child: the reader of a wheel keeps its directory of members.
const MEMORY: u64 = 256 << 20;
/// Memory of the interpreter that makes byte code, beside the child's own.
const GUEST_MEMORY: u64 = 512 << 20;
/// Descriptors of a child.
const DESCRIPTORS: u64 = 64;
/// The longest answer; an honest one is some bytes for each wheel.
const ANSWER: u64 = 1 << 20;
/// Time beside the work's own: start, and the answer.
const GRACE: Duration = Duration::from_secs(20);

/// How much longer than its CPU time a child may take on a machine that has other things to do.
const BUSY: u32 = 3;

/// How children are started and confined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confined {
    /// Started as `<program> __jail layer <orders>`.
    pub(super) program: PathBuf,
    /// Go on where the system lacks a protection.
    pub(super) allow_weaker: bool,
    /// Bounds of one layer.
    pub(super) limits: PackageLimits,
}

impl Confined {
    /// Unpacks wheels into `site`, which is an empty folder. The inner error names the wheel that it lies in, by its
    /// number, and what is wrong with it.
    pub(super) async fn unpack(
        &self,
        wheels: &Path,
        files: Vec<String>,
        site: &Path,
    ) -> Result<Result<(), (usize, Unavailable)>, SandboxError> {
        let (wheels, site) = (resolved(wheels)?, resolved(site)?);
        let most = files.len();
        let task = Task::Unpack { wheels: wheels.clone(), files, site: site.clone(), limits: self.limits };
        let ended = self.child(task, vec![wheels], site, MEMORY).await?;
        let lines = lines(&ended);
        let begun = lines.iter().rev().find_map(|line| match line {
            Line::Begun(number) if *number < most => Some(*number),
            _ => None,
        });
        match (ended.how, lines.last()) {
            (How::Exited(0), Some(Line::Done(_))) => Ok(Ok(())),
            (How::Exited(0), Some(Line::Refused(because))) => Ok(Err((begun.unwrap_or(0), *because))),
            (How::Exited(0), Some(Line::Failed(why))) => Err(SandboxError::Prepare(format!("unpack packages: {why}"))),
            (how, _) => match (begun, drives(how, &ended, self.limits)) {
                (Some(number), Some(because)) => Ok(Err((number, because))),
                _ => Err(crate::wasm::ours(&ended)),
            },
        }
    }

    /// Makes byte code of what lies in `site`, with the interpreter that will import it. Tells how that ended: what
    /// could not be compiled is compiled by each run that imports it, so no ending of it is anybody's fault.
    pub(super) async fn byte_code(&self, compiled: &Path, site: &Path) -> Result<String, SandboxError> {
        let site = resolved(site)?;
        let time = u64::try_from(self.limits.time.as_millis()).unwrap_or(u64::MAX);
        let limits = RunLimits {
            wall_ms: time.saturating_mul(BUSY.into()),
            cpu_ms: time,
            memory_bytes: GUEST_MEMORY,
            disk_bytes: self.limits.unpacked_bytes.saturating_mul(2),
            files: self.limits.files.saturating_mul(3),
            ..RunLimits::default()
        };
        let task = Task::ByteCode(ByteCode { compiled: compiled.to_owned(), site: site.clone(), limits });
        let ended = self.child(task, vec![compiled.to_owned()], site, MEMORY + GUEST_MEMORY).await?;
        match (ended.how, lines(&ended).pop()) {
            (How::Exited(0), Some(Line::Done(ending))) => Ok(ending),
            (How::Exited(0), Some(Line::Failed(why))) => Err(SandboxError::Prepare(format!("make byte code: {why}"))),
            (how, _) if drives(how, &ended, self.limits).is_some() => Ok(format!("{how:?}")),
            _ => Err(crate::wasm::ours(&ended)),
        }
    }

    async fn child(
        &self,
        task: Task,
        read: Vec<PathBuf>,
        write: PathBuf,
        memory_bytes: u64,
    ) -> Result<Ended, SandboxError> {
        let limits = JailLimits {
            memory_bytes,
            cpu_seconds: self.limits.time.saturating_add(GRACE).as_secs(),
            wall: self.limits.time.saturating_mul(BUSY).saturating_add(GRACE),
            output_bytes: ANSWER,
            open_files: DESCRIPTORS,
            file_size: self.limits.unpacked_bytes,
        };
        let profile = Profile { limits: limits.clone(), read, write: vec![write], allow_weaker: self.allow_weaker };
        let text = serde_json::to_string(&Orders { profile, task }).expect("orders hold only what JSON can hold");
        let args = ["__jail".into(), "layer".into(), text.into()];
        Ok(run_child(Child { program: self.program.clone(), args: args.into(), stdin: None, limits }).await?)
    }
}

/// What a child said, as far as it makes sense.
fn lines(ended: &Ended) -> Vec<Line> {
    ended.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// What is wrong with a wheel whose bytes drove a child to this end; nothing where they cannot have.
fn drives(how: How, ended: &Ended, limits: PackageLimits) -> Option<Unavailable> {
    match how {
        How::CpuExceeded | How::OutOfMemory | How::Signalled(libc::SIGXFSZ) => Some(Unavailable::TooLarge),
        How::TimedOut if Duration::from_millis(ended.usage.cpu_ms) >= limits.time => Some(Unavailable::TooLarge),
        How::StackOverflow => Some(Unavailable::Unusable),
        _ => None,
    }
}

/// The jail sees resolved paths; a folder may lie behind a link.
fn resolved(path: &Path) -> Result<PathBuf, SandboxError> {
    path.canonicalize().map_err(|source| SandboxError::Io { what: "find a folder of packages", source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::Usage;

    #[test]
    fn only_what_a_wheel_can_drive_up_is_the_wheels() {
        let limits = PackageLimits { most: 1, unpacked_bytes: 1, files: 1, time: Duration::from_secs(1) };
        let blamed = |how, cpu_ms| {
            let usage = Usage { cpu_ms, ..Usage::default() };
            drives(how, &Ended { how, stdout: Vec::new(), stderr_tail: String::new(), usage }, limits)
        };
        for how in [How::CpuExceeded, How::OutOfMemory, How::Signalled(libc::SIGXFSZ)] {
            assert_eq!(blamed(how, 0), Some(Unavailable::TooLarge), "{how:?}");
        }
        assert_eq!(blamed(How::TimedOut, 1_000), Some(Unavailable::TooLarge));
        assert_eq!(blamed(How::StackOverflow, 0), Some(Unavailable::Unusable));
        let ours = [How::Exited(101), How::Signalled(libc::SIGKILL), How::Signalled(libc::SIGSYS), How::LockDownFailed];
        for how in ours.into_iter().chain([How::OutputExceeded, How::TimedOut]) {
            assert_eq!(blamed(how, 999), None, "{how:?}");
        }
    }
}
