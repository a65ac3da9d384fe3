//! An operator's YARA rules on their way into the confined child.

use std::io::{self, Write as _};
use std::path::Path;

use airlock_model::Severity;
use airlock_model::limits::ScanLimits;
use airlock_scanner::yara::{Bounds, Rules, Sources, YaraError};
use tempfile::TempPath;

use crate::child::YaraOrders;

/// Rules that are known to compile. They are read once: what was checked is what
/// runs, whatever happens to the folder afterwards.
#[derive(Debug, Clone)]
pub struct YaraSettings {
    /// [`Sources`] as JSON.
    sources: Vec<u8>,
    rules: usize,
    worst: Severity,
}

impl YaraSettings {
    /// Reads and compiles the rules below `folder`; a match of one is never worse than `worst`.
    pub fn read(folder: &Path, worst: Severity) -> Result<Self, YaraError> {
        let sources = Sources::read(folder)?;
        let rules = Rules::compile(&sources)?.len();
        let sources = serde_json::to_vec(&sources).expect("rule texts are plain values");
        Ok(Self { sources, rules, worst })
    }

    /// How many rules there are.
    #[must_use]
    pub const fn rules(&self) -> usize {
        self.rules
    }

    /// Writes the rules into a file of `room`, for one child to read.
    pub(crate) fn lay_out(&self, room: &Path) -> io::Result<TempPath> {
        let mut file = tempfile::NamedTempFile::new_in(room)?;
        file.write_all(&self.sources)?;
        Ok(file.into_temp_path())
    }

    /// What the child is told about them.
    pub(crate) fn orders(&self, sources: &Path, limits: &ScanLimits) -> YaraOrders {
        let bounds = Bounds { file_ms: limits.yara_file_ms, tree_ms: limits.yara_ms, worst: self.worst };
        YaraOrders { sources: sources.to_owned(), bounds }
    }
}
