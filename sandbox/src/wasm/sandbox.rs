//! The parent's side of a run: one private folder, one jailed child, one report.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use airlock_model::limits::RunLimits;
use airlock_model::run::{Resources, RunEvent, SeenBy, TestPlan};
use airlock_model::{Outcome, RunReport, escape};
use async_trait::async_trait;
use tempfile::TempDir;

use super::blame::blame;
use super::facts::{Answer, Facts, Orders};
use crate::jail::{Child, Ended, How, JailLimits, Profile, run_child};
use crate::runtime::Runtime;
use crate::verdict::{self, Carries, Ending, paths};
use crate::{RunRequest, Sandbox, SandboxError};

/// Memory of the child beside the guest's: wasmtime, buffers, stacks, the report.
const HEADROOM: u64 = 256 << 20;
/// Wall time of the child beside the guest's: start, unpacking, the answer.
const GRACE: Duration = Duration::from_secs(20);
/// CPU seconds beside the guest's.
const GRACE_CPU: u64 = 10;
/// The largest answer: the report's frames, the end of the output and paths, escaped as JSON.
const ANSWER: u64 = 64 << 20;
/// Descriptors of the child beside the guest's.
const OWN_DESCRIPTORS: u64 = 64;
/// The largest file that unpacking may write.
const LARGEST_FILE: u64 = 256 << 20;

impl Carries for Runtime {
    fn carries(&self, module: &str) -> bool {
        self.carries(module)
    }

    fn lacks_standard(&self, module: &str) -> bool {
        self.lacks_standard(module)
    }

    fn operator_carries(&self, module: &str) -> bool {
        self.operator_carries(module)
    }

    fn operator_imports(&self, module: &str) -> bool {
        self.operator_imports(module)
    }
}

/// Runs suites in CPython for WASI, each in a jailed child of its own.
#[derive(Debug, Clone)]
pub struct WasmSandbox {
    runtime: Runtime,
    program: PathBuf,
    allow_weaker: bool,
}

impl WasmSandbox {
    /// `program` is started as `<program> __jail wasm <orders>` and must hand the
    /// orders to [`jailed_main`](super::jailed_main) before it does anything else.
    #[must_use]
    pub const fn new(runtime: Runtime, program: PathBuf, allow_weaker: bool) -> Self {
        Self { runtime, program, allow_weaker }
    }

    fn orders(&self, request: &RunRequest, private: PathBuf) -> Orders {
        let limits = &request.limits;
        let jail = JailLimits {
            memory_bytes: limits.memory_bytes.saturating_add(HEADROOM),
            cpu_seconds: limits.cpu_ms.div_ceil(1000).saturating_add(GRACE_CPU),
            wall: Duration::from_millis(limits.wall_ms).saturating_add(GRACE),
            output_bytes: ANSWER,
            open_files: limits.descriptors.saturating_add(OWN_DESCRIPTORS),
            file_size: limits.disk_bytes.max(LARGEST_FILE),
        };
        let mut read = vec![self.runtime.compiled(), self.runtime.site()];
        read.extend(self.runtime.extra_site().map(PathBuf::from));
        Orders {
            profile: Profile { limits: jail, read, write: vec![private.clone()], allow_weaker: self.allow_weaker },
            limits: limits.clone(),
            compiled: self.runtime.compiled(),
            site: self.runtime.site(),
            extra_site: self.runtime.extra_site().map(PathBuf::from),
            private,
            plugin: request.plan.plugin.clone(),
            paths: paths(&request.plan),
        }
    }
}

#[async_trait]
impl Sandbox for WasmSandbox {
    fn engine(&self) -> &'static str {
        "wasm"
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        let io = |what| move |source| SandboxError::Io { what, source };
        let archive = File::open(&request.canonical).map_err(io("open the canonical archive"))?;
        let private = TempDir::with_prefix("airlock-run-").map_err(io("make a folder for the run"))?;
        // The jail sees resolved paths; a temporary folder may lie behind a link.
        let place = private.path().canonicalize().map_err(io("find its own folder"))?;
        let orders = self.orders(&request, place);
        let text = serde_json::to_string(&orders).expect("orders hold only what JSON can hold");
        let limits = orders.profile.limits;
        let args = ["__jail".into(), "wasm".into(), text.into()];
        let child = Child { program: self.program.clone(), args: args.into(), stdin: Some(archive), limits };
        let ended = run_child(child).await?;
        tokio::task::spawn_blocking(move || private.close())
            .await
            .map_err(|error| SandboxError::Protocol(error.to_string()))?
            .map_err(io("remove the folder of a run"))?;
        self.report(&request.plan, &request.limits, &ended)
    }
}

impl WasmSandbox {
    fn report(&self, plan: &TestPlan, limits: &RunLimits, ended: &Ended) -> Result<RunReport, SandboxError> {
        let facts = match ended.how {
            How::Exited(0) => match serde_json::from_slice(&ended.stdout) {
                Ok(Answer::Facts(facts)) => facts,
                Ok(Answer::Failed(why)) => return Err(SandboxError::Prepare(escape::line(&why))),
                Err(error) => return Err(SandboxError::Protocol(error.to_string())),
            },
            _ => return Ok(silent(blame(ended, limits)?, ended)),
        };
        let told = verdict::read(&facts.report, &facts.nonce);
        let outcome = verdict::judge(plan, &facts.judged(), &told, &self.runtime);
        tracing::debug!(
            run.outcome = outcome.as_str(),
            run.guest_ms = facts.guest_ms,
            run.wall_ms = ended.usage.wall_ms,
            "suite ended"
        );
        Ok(RunReport {
            outcome,
            engine: "wasm".into(),
            tests: told.results,
            resources: Resources {
                wall_ms: ended.usage.wall_ms,
                cpu_ms: ended.usage.cpu_ms,
                peak_memory_bytes: facts.counts.peak_memory,
                disk_bytes: facts.counts.disk,
                output_bytes: facts.counts.output,
                files_opened: facts.counts.opened,
                processes: 1,
            },
            events: events(&facts),
            output_truncated: facts.output_cut,
            output: facts.output,
        })
    }
}

/// The report on a child that said nothing; `outcome` names what the guest did.
fn silent(outcome: Outcome, ended: &Ended) -> RunReport {
    let usage = ended.usage;
    RunReport {
        outcome,
        engine: "wasm".into(),
        tests: Vec::new(),
        resources: Resources {
            wall_ms: usage.wall_ms,
            cpu_ms: usage.cpu_ms,
            peak_memory_bytes: usage.peak_rss,
            processes: 1,
            ..Resources::default()
        },
        events: Vec::new(),
        output: String::new(),
        output_truncated: false,
    }
}

/// What the host saw, for the report.
fn events(facts: &Facts) -> Vec<RunEvent> {
    let host = |kind: &str, detail: String| RunEvent { kind: kind.into(), detail, seen_by: SeenBy::Host };
    let mut events = Vec::new();
    let counts = &facts.counts;
    let limits = [
        (counts.memory_refused, "memory"),
        (counts.disk_refused, "disk"),
        (counts.descriptors_refused, "descriptors"),
        (counts.output_refused, "output"),
        (counts.report_refused, "report"),
        (facts.ending == Ending::TimedOut, "wall time"),
        (facts.ending == Ending::CpuExceeded, "CPU time"),
    ];
    events.extend(limits.into_iter().filter(|(hit, _)| *hit).map(|(_, which)| host("limit", which.into())));
    if counts.links > 0 {
        events.push(host("link", format!("{} links refused", counts.links)));
    }
    if !facts.protection.is_full() {
        events.push(host("jail", "the system lacks Landlock or seccomp; this run was protected by wasm alone".into()));
    }
    events.extend(counts.paths.iter().map(|path| host("open", path.clone())));
    if counts.paths_unlisted > 0 {
        events.push(host("open", format!("{} more opens are not listed", counts.paths_unlisted)));
    }
    events
}
