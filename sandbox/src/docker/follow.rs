//! A job in a container, from the plugin's arrival to its end, and what is known of it then.

use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::query_parameters::{StatsOptions, WaitContainerOptions};
use futures::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::container::Container;
use super::engine::failed;
use super::image::Carried;
use super::session::{PREPARE, Session, Work};
use super::wire::{Ended, Frame, Used};
use crate::SandboxError;
use crate::verdict::{Printed, REPORT};

/// How often the engine is asked for CPU time; it cannot be used up faster than on every CPU.
const LOOK: Duration = Duration::from_millis(250);
/// How long the engine may take to tell what was used by a container that is about to be ended.
const LAST_LOOK: Duration = Duration::from_secs(2);
/// How long the engine may take to tell how a container ended.
const AFTERMATH: Duration = Duration::from_secs(10);

/// How a run ended, as far as the host's side knows.
#[derive(Debug)]
pub(super) enum How {
    /// The supervisor told.
    Ended(Box<Ended>),
    /// Our wall clock ended it.
    TimedOut,
    /// The engine's account of CPU time ended it.
    CpuExceeded,
    /// Somebody else wrote to the supervisor's pipe.
    Forged,
    /// The container ended before the supervisor told anything.
    Vanished {
        /// The first process's exit code.
        code: i64,
        /// What the supervisor said, escaped.
        said: String,
    },
}

/// What a run left.
pub(super) struct Run {
    pub(super) how: How,
    /// The engine says that the kernel ended a process for want of memory.
    pub(super) oom_killed: bool,
    pub(super) printed: Printed,
    pub(super) output_bytes: u64,
    pub(super) report: Vec<u8>,
    pub(super) nonce: String,
    pub(super) wall: Duration,
    /// What the supervisor told last and the engine's own account, whichever is more.
    pub(super) used: Used,
}

/// Counts and keeps what arrives during a run.
struct Taken {
    printed: Printed,
    output_bytes: u64,
    report: Vec<u8>,
    used: Used,
}

impl Session {
    /// Hands the plugin over and follows the job to its end, and gives the container too where
    /// nothing is left in it that could run. An error is ours.
    pub(super) async fn run(mut self, work: &Work<'_>) -> Result<(Run, Carried, Option<Container>), SandboxError> {
        let nonce = format!("{:032x}", rand::random::<u128>());
        let hand_over = tokio::time::timeout(PREPARE, self.hand_over(work, &nonce)).await;
        hand_over.map_err(|_| SandboxError::Prepare("the container did not take the plugin in time".into()))??;
        let mut taken =
            Taken { printed: Printed::default(), output_bytes: 0, report: Vec::new(), used: Used::default() };
        let (how, wall) = self.follow(&mut taken).await?;
        let (how, oom_killed) = self.settle(how).await?;
        let carried = std::mem::take(&mut self.carried);
        let Taken { printed, output_bytes, report, used } = taken;
        // Before the supervisor tells of the end it kills whatever the tests left, and then ends itself.
        // Every other end may leave something that runs.
        let ended = if let How::Ended(_) = how {
            Some(self.container)
        } else {
            self.container.remove().await.map_err(failed("remove a container"))?;
            None
        };
        let run = Run { how, oom_killed, printed, output_bytes, report, nonce, wall, used };
        Ok((run, carried, ended))
    }

    /// Takes frames until the job ends or a clock ends it.
    async fn follow(&mut self, taken: &mut Taken) -> Result<(Option<How>, Duration), SandboxError> {
        let before = match tokio::time::timeout(PREPARE, self.frame()).await {
            Ok(Ok(Some(Frame::Started(started)))) => started.cpu_us.unwrap_or(0),
            Ok(Ok(Some(_))) => return Err(SandboxError::Protocol("it began with something else".into())),
            Ok(Ok(None)) => return Err(self.ended_early()),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(SandboxError::Prepare("the plugin was not unpacked in time".into())),
        };
        let seal = self.frames.seal();
        // On a busy machine a short run can be over before this thread goes on after the seal.
        let since = Instant::now();
        if let Err(error) = self.input.write_all(format!("{seal}\n").as_bytes()).await {
            tracing::debug!(error = %error, "a container did not take its seal");
        }
        let (docker, id) = (self.container.docker().clone(), self.container.id().to_owned());
        let deadline = tokio::time::sleep(Duration::from_millis(self.limits.wall_ms));
        // However long the engine takes to answer, frames are taken meanwhile.
        let looks = futures::stream::unfold((), |()| async {
            tokio::time::sleep(LOOK).await;
            Some((account(&docker, &id, before).await, ()))
        });
        tokio::pin!(deadline, looks);
        let how = loop {
            let frame = tokio::select! {
                biased;
                () = &mut deadline => break Some(How::TimedOut),
                Some(account) = looks.next() => {
                    let account = account.unwrap_or_default();
                    taken.used = taken.used.at_least(account);
                    if account.cpu_us.is_some_and(|used| used / 1000 >= self.limits.cpu_ms) {
                        break Some(How::CpuExceeded);
                    }
                    continue;
                }
                frame = self.frame() => frame?,
            };
            match frame {
                Some(Frame::Output(bytes)) => taken.output(&bytes),
                Some(Frame::Report(bytes)) => taken.report(&bytes)?,
                Some(Frame::Forged) => break Some(How::Forged),
                Some(Frame::Used(used)) => taken.used = taken.used.at_least(used),
                Some(Frame::Ended(ended)) => {
                    taken.used = taken.used.or_finally(ended.used);
                    break Some(How::Ended(ended));
                }
                Some(_) => return Err(SandboxError::Protocol("it began twice".into())),
                None => break None,
            }
        };
        let wall = since.elapsed();
        if let Some(How::TimedOut | How::Forged) = how {
            let account = tokio::time::timeout(LAST_LOOK, account(&docker, &id, before)).await;
            taken.used = taken.used.at_least(account.ok().flatten().unwrap_or_default());
        }
        Ok((how, wall))
    }

    /// Asks the engine how the container ended, where the supervisor could not tell:
    /// its own end, or the want of memory where it sees no counters.
    async fn settle(&mut self, how: Option<How>) -> Result<(How, bool), SandboxError> {
        match how {
            Some(How::Ended(ended)) if ended.used.oom_kills.is_some() => Ok((How::Ended(ended), false)),
            Some(how @ (How::TimedOut | How::CpuExceeded | How::Forged)) => Ok((how, false)),
            how => {
                let (docker, id) = (self.container.docker(), self.container.id());
                let mut ended = docker.wait_container(id, None::<WaitContainerOptions>);
                if tokio::time::timeout(AFTERMATH, ended.next()).await.is_err() {
                    return Err(SandboxError::Protocol("it closed its output and went on".into()));
                }
                let container = docker.inspect_container(id, None).await.map_err(failed("look at a container"))?;
                let state = container.state.unwrap_or_default();
                let code = state.exit_code.unwrap_or_default();
                let vanished = How::Vanished { code, said: self.last_words() };
                Ok((how.unwrap_or(vanished), state.oom_killed.unwrap_or_default()))
            }
        }
    }
}

impl Taken {
    fn output(&mut self, bytes: &[u8]) {
        self.output_bytes += bytes.len() as u64;
        self.printed.take(bytes);
    }

    fn report(&mut self, bytes: &[u8]) -> Result<(), SandboxError> {
        if self.report.len() + bytes.len() > REPORT {
            return Err(SandboxError::Protocol("its report is longer than the supervisor lets it be".into()));
        }
        self.report.extend_from_slice(bytes);
        Ok(())
    }
}

/// What a container used by the engine's account, beside the CPU time that it had used before.
async fn account(docker: &Docker, id: &str, before: u64) -> Option<Used> {
    let once = StatsOptions { stream: false, one_shot: true };
    let stats = docker.stats(id, Some(once)).next().await?.ok()?;
    let cpu_ns = stats.cpu_stats.and_then(|cpu| cpu.cpu_usage?.total_usage);
    let memory = stats.memory_stats.and_then(|memory| memory.max_usage.or(memory.usage));
    Some(Used {
        cpu_us: cpu_ns.map(|used| (used / 1000).saturating_sub(before)),
        peak_memory: memory.unwrap_or_default(),
        ..Used::default()
    })
}
