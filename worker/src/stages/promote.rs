//! The promote stage: the canonical archive goes into the catalogue under its
//! hash, then one transaction makes the version visible.

use airlock_store::{Claim, ObjectKey};

use super::Recorded;
use crate::crew::Crew;
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
    // Under its hash: whoever else puts it there puts the same bytes.
    settings.catalogue.put_file(&ObjectKey::catalogue(&canonical.blob.sha256), canonical.path()).await?;
    crew.pass(claim, Boundary::AfterWork).await;
    crew.pass(claim, Boundary::BeforeRecord).await;
    let promoted = insist(|| settings.store.record_promotion(claim, canonical.blob)).await?;
    crew.pass(claim, Boundary::AfterRecord).await;
    tracing::info!(
        validation.id = %claim.validation, plugin.name = %promoted.plugin, plugin.version = %promoted.version,
        plugin.latest = %promoted.latest, archive.sha256 = %canonical.blob.sha256, "a version is published"
    );
    Ok(Recorded::PUBLISHED)
}
