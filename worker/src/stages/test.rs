//! The test stage: the plugin's own tests, in the sandbox.

use airlock_gate::Tested;
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
    let tested = settings.gate.test(canonical.path(), &inspection, &waivers).await?;
    crew.pass(claim, Boundary::AfterWork).await;

    let judgement = settings.gate.judge(&inspection, tested.report(), &waivers);
    let next = decide::after_verdict(judgement.verdict);
    let tests = match &tested {
        Tested::Ran(report) => Tests::Ran(report),
        Tested::NotRun(why) => Tests::NotRun(why),
    };
    crew.pass(claim, Boundary::BeforeRecord).await;
    insist(|| settings.store.record_test(claim, tests, &judgement, next)).await?;
    crew.pass(claim, Boundary::AfterRecord).await;
    Ok(Recorded::then(next))
}
