//! The states of validations, stages and published versions, and which may
//! follow which. Every state a person sees is one of these, and truthful.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text in the database names no state we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {}", crate::escape::quoted(.text))]
pub struct StateError {
    /// What kind of state was expected.
    pub what: &'static str,
    /// What was found.
    pub text: String,
}

macro_rules! states {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every state, in the order of a submission's journey.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The state's name, as the database and the API write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = StateError;

            fn from_str(text: &str) -> Result<Self, StateError> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err(StateError { what: $what, text: other.to_owned() }),
                }
            }
        }
    };
}

states!(
    /// Where a validation stands.
    ValidationState, "validation state" {
        /// Accepted; no worker has started on it.
        Queued = "queued",
        /// Archive, manifest, files and source are being examined.
        Inspecting = "inspecting",
        /// Its own tests run, or wait to run, in the sandbox.
        Testing = "testing",
        /// Passed; on its way into the catalogue.
        Promoting = "promoting",
        /// In the catalogue.
        Published = "published",
        /// Waits for a person's decision.
        Held = "held",
        /// Refused, with reasons.
        Rejected = "rejected",
        /// Our fault, not the plugin's; can be retried.
        Errored = "errored",
        /// Taken back by its publisher, or superseded by a newer upload of the version.
        Withdrawn = "withdrawn",
    }
);

impl ValidationState {
    /// Whether nothing will happen any more without a person asking for it.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Published | Self::Held | Self::Rejected | Self::Errored | Self::Withdrawn)
    }

    /// Whether the validation has ended for good.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Published | Self::Rejected | Self::Withdrawn)
    }
}

states!(
    /// The stages of a validation, each done by workers of its own kind.
    StageName, "stage" {
        /// Archive, manifest, files, AST scan; needs no engine.
        Inspect = "inspect",
        /// The plugin's own test suite in the sandbox.
        Test = "test",
        /// Into the catalogue.
        Promote = "promote",
    }
);

states!(
    /// What runs a plugin's tests.
    Engine, "engine" {
        /// An interpreter in WebAssembly, inside this program.
        Wasm = "wasm",
        /// A fresh container for each run.
        Docker = "docker",
    }
);

impl From<Engine> for String {
    fn from(engine: Engine) -> Self {
        engine.as_str().to_owned()
    }
}

states!(
    /// Where one stage stands.
    StageState, "stage state" {
        /// Waits for a worker (or for its back-off to pass).
        Pending = "pending",
        /// A worker holds its lease.
        Running = "running",
        /// Its result is recorded.
        Done = "done",
        /// Gave up after retries or crashes: ours to mend, retry offered.
        Errored = "errored",
        /// No longer wanted (withdrawn or superseded).
        Cancelled = "cancelled",
    }
);

states!(
    /// Where a published version stands.
    VersionState, "version state" {
        /// Listed and served.
        Published = "published",
        /// Served, with a warning.
        Deprecated = "deprecated",
        /// Served only to those who name it exactly.
        Yanked = "yanked",
        /// Not served at all.
        Quarantined = "quarantined",
    }
);

impl VersionState {
    /// Whether lists and searches show it.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Published | Self::Deprecated)
    }

    /// Whether its bytes are served to someone who names it.
    #[must_use]
    pub const fn is_served(self) -> bool {
        !matches!(self, Self::Quarantined)
    }
}
