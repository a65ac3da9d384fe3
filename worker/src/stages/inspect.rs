//! The inspect stage: archive, manifest, files and source, in the jail. It leaves
//! the canonical archive and the views in quarantine; nobody parses the upload again.

use airlock_gate::{Expected, Inspected, no_tests_because};
use airlock_model::Verdict;
use airlock_store::{Claim, Next, ObjectKey};

use super::Recorded;
use crate::crew::Crew;
use crate::decide;
use crate::error::StageError;
use crate::failpoint::Boundary;
use crate::fetch::fetch;
use crate::insist::insist;

pub(super) async fn carry_out(crew: &Crew, claim: &Claim) -> Result<Recorded, StageError> {
    let settings = crew.settings();
    let upload = fetch(&*settings.quarantine, &claim.upload_key, claim.upload, crew.work_dir()).await?;
    crew.pass(claim, Boundary::AfterFetch).await;
    let listed = settings.store.lookalikes(&claim.plugin).await?;
    let expected = Expected { name: claim.plugin.clone(), version: claim.version.clone(), listed };
    let mut inspected =
        settings.gate.working_in(crew.work_dir().path()).inspect(upload.path(), Some(&expected)).await?;
    let earlier = settings.store.earlier(&claim.plugin, &claim.version).await?;
    settings.gate.compare(&mut inspected.inspection, earlier.as_ref());
    crew.pass(claim, Boundary::AfterWork).await;
    keep(crew, claim, &inspected).await?;

    let inspection = inspected.inspection;
    let waivers = settings.store.waivers(&claim.plugin).await?;
    let judgement = settings.gate.judge(&inspection, None, &waivers);
    let condemned = judgement.verdict == Verdict::Reject;
    // Asked of nobody's sandbox: the worker that inspects need not be one that has one.
    let skipped = no_tests_because(&inspection, condemned);
    let next = if skipped.is_some() { decide::after_verdict(judgement.verdict) } else { Next::Test };
    crew.pass(claim, Boundary::BeforeRecord).await;
    insist(|| settings.store.record_inspection(claim, &inspection, &judgement, next, skipped)).await?;
    crew.pass(claim, Boundary::AfterRecord).await;
    Ok(Recorded::then(next))
}

/// Puts what later stages and reports need into quarantine. Doing it twice leaves the same bytes.
async fn keep(crew: &Crew, claim: &Claim, inspected: &Inspected) -> Result<(), StageError> {
    let quarantine = &crew.settings().quarantine;
    if let Some(canonical) = &inspected.canonical {
        quarantine.put_file(&ObjectKey::canonical(claim.submission), canonical).await?;
    }
    if let Some(views) = &inspected.views {
        quarantine.put_file(&ObjectKey::views(claim.submission), views).await?;
    }
    Ok(())
}
