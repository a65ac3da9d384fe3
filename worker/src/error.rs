//! What can go wrong on our side. None of it says anything about a plugin.

use std::io;
use std::time::Duration;

use airlock_gate::GateError;
use airlock_model::Sha256;
use airlock_store::{BlobError, Fault, ObjectKey, StoreError};

/// Why a worker could not start.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It would have nothing to do.
    #[error("a worker needs at least one stage to carry out and a concurrency of at least 1")]
    Idle,
    /// The folder for the bytes it works on cannot be used.
    #[error("the work folder {} cannot be used: {source}; it must be a folder that this user may write to", path.display())]
    WorkDir {
        /// The folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database does not answer at the start.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a stage could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StageError {
    /// The gate failed.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The database failed, or the lease is lost.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Object storage failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A file of ours could not be written.
    #[error("the worker's own copy of {key} could not be written: {source}")]
    Io {
        /// The object that was copied.
        key: ObjectKey,
        /// What the system said.
        source: io::Error,
    },
    /// The storage answers with other bytes than were recorded.
    #[error("the object {key} holds other bytes than were recorded: sha256 {found} instead of {recorded}")]
    OtherBytes {
        /// The object.
        key: ObjectKey,
        /// What it should be.
        recorded: Sha256,
        /// What it is.
        found: Sha256,
    },
    /// What an earlier stage should have left behind is not there.
    #[error("the inspection left no canonical archive to go on with")]
    NoCanonical,
    /// The stage took longer than any may.
    #[error("the stage took longer than {} s and was ended", .0.as_secs())]
    TookTooLong(Duration),
    /// Our own code panicked; the text is what it said.
    #[error("the stage panicked: {0}")]
    Panicked(String),
}

impl StageError {
    /// Whether the lease is lost, so that nothing may be written any more.
    pub(crate) const fn is_lease_lost(&self) -> bool {
        matches!(self, Self::Store(StoreError::LeaseLost))
    }

    /// The kind of error, for metrics.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Gate(GateError::Sandbox(_)) => "sandbox",
            Self::Gate(_) => "gate",
            Self::Store(_) => "database",
            Self::Blob(BlobError::Missing(_)) => "object_missing",
            Self::Blob(_) => "object_storage",
            Self::Io { .. } => "disk",
            Self::OtherBytes { .. } => "other_bytes",
            Self::NoCanonical => "no_canonical",
            Self::TookTooLong(_) => "took_too_long",
            Self::Panicked(_) => "panic",
        }
    }

    /// What is to be done about it on the `attempt`th attempt.
    ///
    /// A panic of ours in the examination may be chance once; the second time it is this very input, and a
    /// person looks. An object that is gone does not come back by itself, and neither does a contradiction
    /// between what is recorded and what is there.
    pub(crate) const fn fault(&self, attempt: u32) -> Fault {
        match self {
            Self::Gate(error) if error.is_ours_on_this_input() && attempt > 1 => Fault::Hold,
            Self::Blob(BlobError::Missing(_)) => Fault::Park("the bytes that it needs are gone from our storage"),
            Self::NoCanonical => Fault::Park("the inspection left no archive to go on with"),
            Self::Store(StoreError::Contradiction(_)) => Fault::Park("what is recorded contradicts what is stored"),
            Self::Store(StoreError::Taken { .. }) => Fault::Park("this version is in the catalogue already"),
            _ => Fault::Retry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_retried_and_never_blamed_on_the_plugin() {
        let outages = [
            StageError::Gate(GateError::Killed(9)),
            StageError::Gate(GateError::Unprotected("no Landlock".into())),
            StageError::Gate(GateError::Io { what: "reading", source: io::Error::other("disk full") }),
            StageError::Blob(BlobError::Service("503".into())),
            StageError::Panicked("index out of bounds".into()),
            StageError::TookTooLong(Duration::from_secs(900)),
        ];
        for error in outages {
            for attempt in 1..5 {
                assert_eq!(error.fault(attempt), Fault::Retry, "{error}");
            }
        }
    }

    #[test]
    fn a_panic_of_ours_that_repeats_is_for_a_person() {
        let error = StageError::Gate(GateError::Failed("exit 101: panicked".into()));
        assert_eq!(error.fault(1), Fault::Retry);
        assert_eq!(error.fault(2), Fault::Hold);
    }

    #[test]
    fn what_is_gone_stays_gone() {
        let error = StageError::Blob(BlobError::Missing(ObjectKey::new_upload()));
        assert!(matches!(error.fault(1), Fault::Park(because) if because.contains("gone")));
    }
}
