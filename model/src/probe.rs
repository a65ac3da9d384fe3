//! What importing a plugin's entry point tried to do, in a sandbox of its own.

use serde::{Deserialize, Serialize};

use crate::escape;
use crate::finding::Capability;
use crate::run::{Inconclusive, Outcome, Resources, SeenBy, Unavailable};

/// The entry point was imported once, with nothing else to do, among files and
/// variables that look like credentials. None of it needs a test of the plugin's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// The engine, `wasm` or `docker`.
    pub engine: String,
    /// How the import ended, as `ending` and, where there is more to say, `detail`.
    #[serde(flatten)]
    pub ending: ProbeEnding,
    /// What it tried to do meanwhile, each attempt once, in order.
    pub attempts: Vec<Attempt>,
    /// Measured by the host.
    pub resources: Resources,
}

impl ProbeReport {
    /// An import that went well and tried nothing.
    #[must_use]
    pub fn quiet(engine: impl Into<String>) -> Self {
        let (ending, attempts) = (ProbeEnding::Imported, Vec::new());
        Self { engine: engine.into(), ending, attempts, resources: Resources::default() }
    }
}

/// How an import ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", content = "detail", rename_all = "snake_case")]
pub enum ProbeEnding {
    /// The module was imported and holds the class or function.
    Imported,
    /// It raised an exception; the text is the plugin's own, escape before showing.
    Failed(String),
    /// The sandbox lacks what the import needs; the host confirmed it.
    Lacks(Inconclusive),
    /// It ran into a limit, crashed, or meddled with the report.
    Stopped(Outcome),
}

impl ProbeEnding {
    /// One sentence for a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Imported => "the entry point was imported".into(),
            Self::Failed(message) => format!("importing the entry point failed: {}", escape::line(message)),
            Self::Lacks(Inconclusive::MissingPackage { package, because }) => {
                let why = because.as_ref().map_or("is not in the sandbox", Unavailable::sentence);
                format!("not imported: the package {} {why}", escape::quoted(package))
            }
            Self::Lacks(Inconclusive::MissingFeature { feature }) => {
                format!("not imported: the sandbox's interpreter lacks {}", escape::quoted(feature))
            }
            Self::Lacks(_) => "not imported: the sandbox lacks something that it needs".into(),
            Self::Stopped(outcome) => format!("the import was stopped: {}", outcome.as_str().replace('_', " ")),
        }
    }
}

/// One thing that an import tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The call or event, for instance `socket.connect`.
    pub what: String,
    /// The path, address, program or name; escape before showing.
    pub detail: String,
    /// The capability that it takes.
    pub capability: Capability,
    /// It touched something that looks like a credential and was put there to be touched.
    pub decoy: bool,
    /// Who saw it.
    pub seen_by: SeenBy,
}

impl Attempt {
    /// The capability behind an event by that name, if it is one that counts.
    #[must_use]
    pub fn capability_of(what: &str) -> Option<Capability> {
        let room = what.split('.').next().unwrap_or_default();
        Some(match (room, what) {
            (_, "environ" | "os.putenv" | "os.unsetenv") => Capability::Environment,
            (_, "open" | "open for writing" | "os.remove" | "os.rename" | "os.rmdir") | ("shutil", _) => {
                Capability::Filesystem
            }
            ("socket" | "urllib" | "http" | "ftplib" | "smtplib" | "imaplib" | "poplib" | "webbrowser", _) => {
                Capability::Network
            }
            ("subprocess" | "os" | "pty", _) => Capability::Subprocess,
            ("ctypes", _) => Capability::NativeCode,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_capability() {
        let of = Attempt::capability_of;
        assert_eq!(of("socket.connect"), Some(Capability::Network));
        assert_eq!(of("os.system"), Some(Capability::Subprocess));
        assert_eq!(of("os.remove"), Some(Capability::Filesystem));
        assert_eq!(of("environ"), Some(Capability::Environment));
        assert_eq!(of("ctypes.dlopen"), Some(Capability::NativeCode));
        assert_eq!(of("import"), None);
    }

    #[test]
    fn a_failure_is_told_in_one_line() {
        let ending = ProbeEnding::Failed("ValueError: a\n\u{1b}[31mb".into());
        assert_eq!(ending.sentence(), "importing the entry point failed: ValueError: a\\n\\u{1b}[31mb");
    }
}
