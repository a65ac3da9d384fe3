//! Two engines in a row: what the first cannot run for want of something, the second may.

use std::sync::Arc;

use airlock_model::probe::{ProbeEnding, ProbeReport};
use airlock_model::run::{Inconclusive, RunEvent, SeenBy};
use airlock_model::{Engine, Outcome, RunReport};
use async_trait::async_trait;

use crate::{ProbeRequest, RunRequest, Sandbox, SandboxError};

/// Runs a suite in the first engine, and in the second if the first lacks a package
/// or a feature that the suite needs. The second's report is the answer then; an
/// event tells why it was asked.
#[derive(Clone)]
pub struct PassOn {
    first: Arc<dyn Sandbox>,
    second: Arc<dyn Sandbox>,
}

impl PassOn {
    /// `first` is the one that costs less.
    #[must_use]
    pub fn new(first: Arc<dyn Sandbox>, second: Arc<dyn Sandbox>) -> Self {
        Self { first, second }
    }
}

#[async_trait]
impl Sandbox for PassOn {
    fn engine(&self) -> Engine {
        self.first.engine()
    }

    fn engines(&self) -> Vec<Engine> {
        [self.first.engines(), self.second.engines()].concat()
    }

    async fn answering(&self) -> Vec<Engine> {
        [self.first.answering().await, self.second.answering().await].concat()
    }

    fn part(&self, engine: Engine) -> Option<&dyn Sandbox> {
        [&*self.first, &*self.second].into_iter().find(|part| part.engine() == engine)
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        let report = self.first.run(request.clone()).await?;
        let Some(lacks) = lacks(&report.outcome) else { return Ok(report) };
        tracing::debug!(engine = %self.second.engine(), lacks, "suite passed on");
        let mut second = self.second.run(request).await?;
        let detail = format!("from {}, which lacks {lacks}", report.engine);
        second.events.insert(0, RunEvent { kind: "passed on".into(), detail, seen_by: SeenBy::Host });
        Ok(second)
    }

    async fn probe(&self, request: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        let report = self.first.probe(request.clone()).await?;
        if matches!(report.ending, ProbeEnding::Lacks(_)) { self.second.probe(request).await } else { Ok(report) }
    }

    async fn close(&self) -> Result<(), SandboxError> {
        let first = self.first.close().await;
        self.second.close().await.and(first)
    }
}

/// What an engine lacks that another may have.
fn lacks(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Inconclusive(Inconclusive::MissingPackage { package, .. }) => Some(package),
        Outcome::Inconclusive(Inconclusive::MissingFeature { feature }) => Some(feature),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// An engine that always ends in the same way.
    struct Ends(Engine, Outcome);

    #[async_trait]
    impl Sandbox for Ends {
        fn engine(&self) -> Engine {
            self.0
        }

        async fn run(&self, _: RunRequest) -> Result<RunReport, SandboxError> {
            Ok(RunReport::of(self.0, self.1.clone()))
        }

        async fn probe(&self, _: ProbeRequest) -> Result<ProbeReport, SandboxError> {
            Ok(ProbeReport::quiet(self.0))
        }
    }

    /// An engine that tells whether it was closed.
    struct Closes(Arc<AtomicBool>, bool);

    #[async_trait]
    impl Sandbox for Closes {
        fn engine(&self) -> Engine {
            Engine::Docker
        }

        async fn run(&self, _: RunRequest) -> Result<RunReport, SandboxError> {
            Ok(RunReport::of(Engine::Docker, Outcome::Passed))
        }

        async fn probe(&self, _: ProbeRequest) -> Result<ProbeReport, SandboxError> {
            Ok(ProbeReport::quiet(Engine::Docker))
        }

        async fn close(&self) -> Result<(), SandboxError> {
            self.0.store(true, Ordering::Relaxed);
            if self.1 { Err(SandboxError::LockDown("it fails".into())) } else { Ok(()) }
        }
    }

    fn both(first: Outcome) -> PassOn {
        PassOn::new(Arc::new(Ends(Engine::Wasm, first)), Arc::new(Ends(Engine::Docker, Outcome::Passed)))
    }

    fn finished<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    fn passed_on(first: Outcome) -> RunReport {
        let request = RunRequest {
            canonical: "unused".into(),
            plan: airlock_model::run::TestPlan::default(),
            limits: airlock_model::limits::RunLimits::default(),
        };
        finished(both(first).run(request)).expect("a report")
    }

    #[test]
    fn only_what_is_lacking_is_passed_on() {
        let lacking = Outcome::Inconclusive(Inconclusive::MissingFeature { feature: "threads".into() });
        let report = passed_on(lacking);
        assert_eq!((report.engine.as_str(), &report.outcome), ("docker", &Outcome::Passed));
        assert_eq!(report.events[0].detail, "from wasm, which lacks threads");
        for own in [Outcome::Failed { failed: 1 }, Outcome::Inconclusive(Inconclusive::AllSkipped), Outcome::TimedOut] {
            let report = passed_on(own.clone());
            assert_eq!((report.engine.as_str(), report.outcome), ("wasm", own));
        }
    }

    #[test]
    fn each_part_can_be_asked_for() {
        let both = both(Outcome::Passed);
        assert_eq!(both.engines(), [Engine::Wasm, Engine::Docker]);
        assert_eq!(finished(both.answering()), [Engine::Wasm, Engine::Docker]);
        for engine in [Engine::Wasm, Engine::Docker] {
            assert_eq!(both.part(engine).map(Sandbox::engine), Some(engine));
        }
        assert!(both.first.part(Engine::Wasm).is_none(), "it is made of nothing else");
    }

    #[test]
    fn both_parts_are_closed_even_where_one_fails() {
        for (first, second) in [(true, false), (false, true), (false, false)] {
            let closed = [Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false))];
            let [one, other] = closed.clone();
            let both = PassOn::new(Arc::new(Closes(one, first)), Arc::new(Closes(other, second)));
            assert_eq!(finished(both.close()).is_err(), first || second);
            assert!(closed.iter().all(|closed| closed.load(Ordering::Relaxed)));
        }
    }
}
