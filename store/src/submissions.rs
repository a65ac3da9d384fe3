//! Submissions: accepted uploads. One submission of a version stands at a time.

use airlock_model::event::Happening;
use airlock_model::inspection::Blob;
use airlock_model::{PluginName, PluginVersion, Sha256, StageName, SubmissionId, ValidationId, ValidationState};
use sqlx::FromRow;

use crate::audit::{Actor, AuditRecord};
use crate::blobs::ObjectKey;
use crate::database::{Store, Tx};
use crate::error::{StoreError, parsed, whole};
use crate::text::storable;
use crate::tokens::Caller;
use crate::{events, plugins, stages, validations};

/// An upload whose bytes are in quarantine already.
#[derive(Debug, Clone)]
pub struct NewSubmission {
    /// Who uploads.
    pub caller: Caller,
    /// The plugin's name.
    pub name: PluginName,
    /// The version.
    pub version: PluginVersion,
    /// What was received.
    pub upload: Blob,
    /// Where it is kept in quarantine.
    pub object_key: ObjectKey,
    /// The client program, by its own word.
    pub client: Option<String>,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The validation to follow.
    pub validation: ValidationId,
    /// The submission it examines.
    pub submission: SubmissionId,
    /// Whether these very bytes had been accepted before, so that nothing new begins.
    pub repeated: bool,
    /// The validation of other bytes that this one takes the place of.
    pub superseded: Option<ValidationId>,
    /// Objects in quarantine that nothing refers to any more; delete them.
    pub obsolete_objects: Vec<ObjectKey>,
}

/// Why an upload was refused. Its object must be deleted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The name is someone else's.
    #[error("this plugin name belongs to another publisher; choose another name or ask its owner")]
    NotOwner,
    /// The name can be mistaken for another's.
    #[error("this plugin name can be mistaken for the existing plugin '{existing}'; choose a name that differs more")]
    NameConfusable {
        /// The plugin that has the name already.
        existing: PluginName,
    },
    /// Other bytes of this version are on their way into the catalogue, held for a person, or in it.
    #[error("other content of this version is {state} already; raise the version number")]
    VersionBusy {
        /// Where that validation stands.
        state: ValidationState,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(FromRow)]
struct StandingRow {
    submission: String,
    upload_sha256: String,
    object_key: String,
    validation: String,
    state: String,
    published: i64,
}

struct Standing {
    submission: SubmissionId,
    upload_sha256: Sha256,
    object_key: ObjectKey,
    validation: ValidationId,
    state: ValidationState,
    published: bool,
}

impl TryFrom<StandingRow> for Standing {
    type Error = StoreError;

    fn try_from(row: StandingRow) -> Result<Self, StoreError> {
        Ok(Self {
            submission: parsed("submissions.id", &row.submission)?,
            upload_sha256: parsed("submissions.upload_sha256", &row.upload_sha256)?,
            object_key: parsed("submissions.object_key", &row.object_key)?,
            validation: parsed("validations.id", &row.validation)?,
            state: parsed("validations.state", &row.state)?,
            published: row.published > 0,
        })
    }
}

impl Store {
    /// Accepts an upload in one transaction: checks ownership, claims the folded name, and writes submission,
    /// validation, first stage, events and audit row.
    ///
    /// The same bytes for the same version are the same validation (`repeated`; the new object is obsolete).
    /// Other bytes are refused while the version is promoting, held or published; otherwise they supersede the
    /// earlier ones, whose validation ends `withdrawn` if it had not ended.
    pub async fn accept_submission(&self, new: &NewSubmission) -> Result<Accepted, SubmitError> {
        let mut tx = self.write().await?;
        plugins::claim_name(&mut tx, &new.caller, &new.name).await?;
        let standing = standing(&mut tx, new).await?;
        let mut obsolete_objects = Vec::new();
        let mut superseded = None;
        let submission = SubmissionId::new(tx.id());
        if let Some(standing) = standing {
            if standing.upload_sha256 == new.upload.sha256 && standing.state != ValidationState::Withdrawn {
                return Ok(Accepted {
                    validation: standing.validation,
                    submission: standing.submission,
                    repeated: true,
                    superseded: None,
                    obsolete_objects: vec![new.object_key.clone()],
                });
            }
            obsolete_objects = supersede(&mut tx, &new.caller, &standing, submission).await?;
            superseded = Some(standing.validation);
        }
        let validation = insert(&mut tx, new, submission).await?;
        if let Some(old) = superseded {
            validations::mark_superseded(&mut tx, old, validation).await?;
        }
        tx.commit().await?;
        Ok(Accepted { validation, submission, repeated: false, superseded, obsolete_objects })
    }
}

/// The submission of this version that stands now, with its newest validation.
async fn standing(tx: &mut Tx, new: &NewSubmission) -> Result<Option<Standing>, StoreError> {
    let row: Option<StandingRow> = sqlx::query_as(
        "SELECT s.id AS submission, s.upload_sha256, s.object_key, v.id AS validation, v.state, \
                (SELECT COUNT(*) FROM versions x WHERE x.plugin = s.plugin AND x.version = s.version) AS published \
         FROM submissions s JOIN validations v ON v.submission_id = s.id \
         WHERE s.plugin = $1 AND s.version = $2 AND s.superseded_by IS NULL ORDER BY v.id DESC LIMIT 1",
    )
    .bind(new.name.as_str())
    .bind(new.version.to_string())
    .fetch_optional(tx.sql())
    .await?;
    row.map(Standing::try_from).transpose()
}

/// Ends what stood before, unless it is too far on its way.
async fn supersede(
    tx: &mut Tx,
    caller: &Caller,
    old: &Standing,
    by: SubmissionId,
) -> Result<Vec<ObjectKey>, SubmitError> {
    // The state read before the row was locked may be old by now.
    let state = validations::lock(tx, old.validation).await?.state;
    if old.published {
        return Err(SubmitError::VersionBusy { state: ValidationState::Published });
    }
    if matches!(state, ValidationState::Promoting | ValidationState::Held | ValidationState::Published) {
        return Err(SubmitError::VersionBusy { state });
    }
    let mut obsolete = vec![old.object_key.clone(), ObjectKey::canonical(old.submission)];
    if !state.is_terminal() {
        validations::end_withdrawn(tx, old.validation, "superseded by a newer upload of this version").await?;
        // The views of a rejected upload stay: its report points into them.
        obsolete.push(ObjectKey::views(old.submission));
    }
    sqlx::query("UPDATE submissions SET superseded_by = $1 WHERE id = $2")
        .bind(by.to_string())
        .bind(old.submission.to_string())
        .execute(tx.sql())
        .await
        .map_err(StoreError::from)?;
    AuditRecord::new(Actor::Caller(caller), "submission.supersede", "submission", &old.submission.to_string())
        .detail(&serde_json::json!({"by": by, "validation": old.validation}))
        .write(tx)
        .await?;
    Ok(obsolete)
}

async fn insert(tx: &mut Tx, new: &NewSubmission, submission: SubmissionId) -> Result<ValidationId, StoreError> {
    let (validation, now) = (ValidationId::new(tx.id()), tx.now);
    sqlx::query(
        "INSERT INTO submissions \
           (id, plugin, version, submitted_by, upload_sha256, upload_size, object_key, client, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(submission.to_string())
    .bind(new.name.as_str())
    .bind(new.version.to_string())
    .bind(new.caller.user.to_string())
    .bind(new.upload.sha256.to_string())
    .bind(whole(new.upload.size))
    .bind(new.object_key.as_str())
    .bind(new.client.as_deref().map(storable))
    .bind(now.micros())
    .execute(tx.sql())
    .await?;
    sqlx::query(
        "INSERT INTO validations (id, submission_id, plugin, version, owner_id, state, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(validation.to_string())
    .bind(submission.to_string())
    .bind(new.name.as_str())
    .bind(new.version.to_string())
    .bind(new.caller.user.to_string())
    .bind(ValidationState::Queued.as_str())
    .bind(now.micros())
    .execute(tx.sql())
    .await?;
    let queued = Happening::State { state: ValidationState::Queued, reason: None };
    events::append(tx, validation, &[queued]).await?;
    stages::add(tx, validation, new.caller.user, StageName::Inspect).await?;
    AuditRecord::new(Actor::Caller(&new.caller), "submission.accept", "submission", &submission.to_string())
        .detail(&serde_json::json!({
            "plugin": new.name, "version": new.version, "validation": validation,
            "sha256": new.upload.sha256, "size": new.upload.size,
        }))
        .write(tx)
        .await?;
    Ok(validation)
}
