//! The only crate with SQL, object storage and queue clients.
//!
//! Four things are offered to the rest of the house: [`Store`] (the database,
//! which is the truth), [`blobs::Blobs`] (object storage), [`queue::Queue`]
//! (wake-ups, which may be lost or repeated) and [`signal::Signal`] (live news).
//! Every transaction is opened here and named after what it does.
//!
//! This crate must **not** know HTTP, the scanner, the gate or the sandbox, and
//! never looks into an archive. SQL is written once for SQLite and PostgreSQL;
//! what differs between them is in [`dialect`].

pub mod audit;
pub mod blobs;
pub mod catalogue;
pub mod clock;
pub mod database;
pub mod dialect;
pub mod downloads;
pub mod earlier;
pub mod error;
pub mod events;
pub mod findings;
pub mod leases;
pub mod outbox;
pub mod page;
pub mod plugins;
pub mod promotion;
pub mod queue;
pub mod reports;
pub mod requests;
pub mod results;
pub mod reviews;
pub mod signal;
pub mod stages;
pub mod submissions;
pub mod sweep;
mod text;
pub mod tokens;
pub mod users;
pub mod validations;
pub mod versions;
pub mod waiting;
pub mod waivers;
pub mod workers;

pub use audit::AuditEntry;
pub use blobs::{BlobError, Blobs, FsBlobs, ObjectKey, S3Blobs, S3Settings};
pub use catalogue::{Found, SearchQuery};
pub use clock::{Clock, FixedClock};
pub use database::{Store, StoreOptions};
pub use earlier::Materials;
pub use error::StoreError;
pub use page::{Cursor, Page};
pub use promotion::Promoted;
pub use queue::{Lane, MemoryQueue, Queue, QueueError, RedisQueue, Serve, WakeHandler};
pub use requests::{Retried, Withdrawn};
pub use results::{Failed, Fault, Next, Tests};
pub use reviews::{Review, ReviewDecision};
pub use signal::{News, Signal, SignalError};
pub use stages::Claim;
pub use submissions::{Accepted, NewSubmission, SubmitError};
pub use sweep::{Requeued, Swept};
pub use tokens::{Caller, IssuedToken, NewToken, TokenText, TokenView};
pub use users::{NewUser, User, UserName};
pub use validations::{ValidationSummary, ValidationView};
pub use versions::{CatalogueEntry, PluginDetail, Served, VersionSummary};
pub use waiting::StageView;
pub use workers::Worker;
