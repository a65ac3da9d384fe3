//! Limits: one value per room, deny by default, applied while reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::manifest::PluginType;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Everything that bounds the examination of one package.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Reading the archive.
    pub archive: ArchiveLimits,
    /// Parsing and scanning.
    pub scan: ScanLimits,
    /// Running the tests.
    pub run: RunLimits,
    /// What differs for plugins of a type.
    pub types: BTreeMap<PluginType, RunOverrides>,
}

impl Limits {
    /// What a run of a plugin of this type may use; without a type, what any may.
    #[must_use]
    pub fn run_of(&self, kind: Option<PluginType>) -> RunLimits {
        let own = kind.and_then(|kind| self.types.get(&kind));
        own.map_or_else(|| self.run.clone(), |own| own.over(&self.run))
    }
}

/// What an archive may hold. Sizes are bytes actually inflated, never declared ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArchiveLimits {
    /// The upload itself, in bytes.
    pub compressed_bytes: u64,
    /// All members inflated, in bytes.
    pub inflated_bytes: u64,
    /// One member inflated, in bytes.
    pub file_bytes: u64,
    /// Members of any kind.
    pub members: u64,
    /// Components of a path below the top folder.
    pub depth: u32,
    /// Inflated to compressed, asked only above [`Self::ratio_from_bytes`].
    pub ratio: u64,
    /// Inflated bytes from which the ratio is asked.
    pub ratio_from_bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            compressed_bytes: 50 * MIB,
            inflated_bytes: 200 * MIB,
            file_bytes: 20 * MIB,
            members: 10_000,
            depth: 32,
            ratio: 100,
            ratio_from_bytes: MIB,
        }
    }
}

/// What scanning one package may cost; enforced by the jail around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScanLimits {
    /// The largest Python file that is parsed, in bytes.
    pub source_bytes: u64,
    /// The largest manifest that is read, in bytes.
    pub manifest_bytes: u64,
    /// Writable memory of the child, in bytes.
    pub memory_bytes: u64,
    /// CPU time of the child, in seconds.
    pub cpu_seconds: u64,
    /// Wall time of the child, in seconds.
    pub wall_seconds: u64,
    /// Time for an operator's YARA rules on one file, in milliseconds.
    pub yara_file_ms: u64,
    /// Time for them on all files of a package together, in milliseconds.
    pub yara_ms: u64,
}

impl Default for ScanLimits {
    fn default() -> Self {
        Self {
            source_bytes: 5 * MIB,
            manifest_bytes: 256 * KIB,
            memory_bytes: 3 * 1024 * MIB,
            cpu_seconds: 60,
            wall_seconds: 120,
            yara_file_ms: 10_000,
            yara_ms: 30_000,
        }
    }
}

/// What one run of a test suite may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunLimits {
    /// Wall time, in milliseconds.
    pub wall_ms: u64,
    /// CPU time, in milliseconds.
    pub cpu_ms: u64,
    /// Memory of the guest, in bytes.
    pub memory_bytes: u64,
    /// Standard output and error together, in bytes.
    pub output_bytes: u64,
    /// Bytes written to the guest's own disk.
    pub disk_bytes: u64,
    /// Files and directories the guest may create.
    pub files: u64,
    /// Descriptors open at once.
    pub descriptors: u64,
    /// Processes and threads, where the engine has them.
    pub processes: u64,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            wall_ms: 60_000,
            cpu_ms: 30_000,
            memory_bytes: 512 * MIB,
            output_bytes: MIB,
            disk_bytes: 64 * MIB,
            files: 4096,
            descriptors: 128,
            processes: 64,
        }
    }
}

/// Limits of runs that differ for one type of plugin; what is absent is as for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunOverrides {
    /// Wall time, in milliseconds.
    pub wall_ms: Option<u64>,
    /// CPU time, in milliseconds.
    pub cpu_ms: Option<u64>,
    /// Memory of the guest, in bytes.
    pub memory_bytes: Option<u64>,
    /// Standard output and error together, in bytes.
    pub output_bytes: Option<u64>,
    /// Bytes written to the guest's own disk.
    pub disk_bytes: Option<u64>,
    /// Files and directories the guest may create.
    pub files: Option<u64>,
    /// Descriptors open at once.
    pub descriptors: Option<u64>,
    /// Processes and threads, where the engine has them.
    pub processes: Option<u64>,
}

impl RunOverrides {
    fn over(&self, all: &RunLimits) -> RunLimits {
        RunLimits {
            wall_ms: self.wall_ms.unwrap_or(all.wall_ms),
            cpu_ms: self.cpu_ms.unwrap_or(all.cpu_ms),
            memory_bytes: self.memory_bytes.unwrap_or(all.memory_bytes),
            output_bytes: self.output_bytes.unwrap_or(all.output_bytes),
            disk_bytes: self.disk_bytes.unwrap_or(all.disk_bytes),
            files: self.files.unwrap_or(all.files),
            descriptors: self.descriptors.unwrap_or(all.descriptors),
            processes: self.processes.unwrap_or(all.processes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_plugin_may_have_limits_of_its_own() {
        let agents = RunOverrides { wall_ms: Some(120_000), processes: Some(8), ..RunOverrides::default() };
        let limits = Limits { types: [(PluginType::Agent, agents)].into(), ..Limits::default() };
        let wanted = RunLimits { wall_ms: 120_000, processes: 8, ..RunLimits::default() };
        assert_eq!(limits.run_of(Some(PluginType::Agent)), wanted);
        assert_eq!(limits.run_of(Some(PluginType::Tool)), RunLimits::default());
        assert_eq!(limits.run_of(None), RunLimits::default());
    }
}
