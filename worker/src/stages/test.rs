//! The test stage: the plugin's own tests, in the sandbox.

use airlock_gate::Tested;
use airlock_model::Engine;
use airlock_store::{Claim, ObjectKey, Tests};

use super::Recorded;
use crate::crew::Crew;
use crate::decide;
use crate::error::StageError;
use crate::failpoint::Boundary;
use crate::fetch::fetch;
use crate::insist::insist;

pub(super) async fn carry_out(crew: &Crew, claim: &Claim) -> Result<Recorded, StageError> {
    let settings = crew.settings();
    let inspection = settings.store.inspection(claim.validation).await?;
    let recorded = inspection.canonical.ok_or(StageError::NoCanonical)?;
    let key = ObjectKey::canonical(claim.submission);
    let canonical = fetch(&*settings.quarantine, &key, recorded, crew.work_dir()).await?;
    crew.pass(claim, Boundary::AfterFetch).await;
    let waivers = settings.store.waivers(&claim.plugin).await?;
    let gate = settings.gate.preferring(claim.needs);
    let tested = gate.test(canonical.path(), &inspection, &waivers).await?;
    crew.pass(claim, Boundary::AfterWork).await;

    crew.pass(claim, Boundary::BeforeRecord).await;
    if let Some(engine) = passed_on(crew, claim, &tested).await? {
        crew.pass(claim, Boundary::AfterRecord).await;
        return Ok(Recorded::passed_on(engine));
    }
    let judgement = settings.gate.judge(&inspection, tested.report(), &waivers);
    let next = decide::after_verdict(judgement.verdict);
    let tests = match &tested {
        Tested::Ran(report) => Tests::Ran(report),
        Tested::NotRun(why) => Tests::NotRun(why),
    };
    insist(|| settings.store.record_test(claim, tests, &judgement, next)).await?;
    crew.pass(claim, Boundary::AfterRecord).await;
    Ok(Recorded::then(next))
}

/// Leaves tests that lack a feature here to a worker that has it, if there is one; tells its engine.
async fn passed_on(crew: &Crew, claim: &Claim, tested: &Tested) -> Result<Option<Engine>, StageError> {
    let Some(report) = tested.report() else { return Ok(None) };
    let passed_on = insist(|| crew.settings().store.pass_on(claim, report)).await?;
    if passed_on.is_some() {
        tracing::info!(
            validation.id = %claim.validation, stage.name = %claim.name, plugin.name = %claim.plugin,
            plugin.version = %claim.version, run.engine = report.engine, run.outcome = report.outcome.sentence(),
            "a run is passed on to a worker that has what it lacks here"
        );
    }
    Ok(passed_on)
}
