//! What the guest has used of its limits. Charged before anything is granted.

use airlock_model::limits::RunLimits;
use serde::{Deserialize, Serialize};
use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

use super::paths::{Paths, is_ours};
use crate::verdict::{Printed, REPORT};

/// How many opened paths are remembered by name; the others are only counted.
const REMEMBERED: usize = 512;

/// Counted by the host, whatever the guest says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Highest linear memory, in bytes.
    pub(crate) peak_memory: u64,
    /// Bytes charged to the disk.
    pub(crate) disk: u64,
    /// Files and directories created.
    pub(crate) created: u64,
    /// Successful and refused opens.
    pub(crate) opened: u64,
    /// Bytes printed.
    pub(crate) output: u64,
    /// A growth of memory was refused.
    pub(crate) memory_refused: bool,
    /// A write or a new file was refused.
    pub(crate) disk_refused: bool,
    /// A descriptor was refused.
    pub(crate) descriptors_refused: bool,
    /// More was printed than allowed.
    pub(crate) output_refused: bool,
    /// More was reported than any honest suite does.
    pub(crate) report_refused: bool,
    /// The host's own disk refused what the guest may have, which is no fault of the guest's.
    pub(crate) host_full: bool,
    /// Links that the guest asked for, all refused.
    pub(crate) links: u64,
    /// Paths outside the runtime's own folders that were opened, each once, in
    /// order, absolute as the guest sees them.
    pub(crate) paths: Vec<String>,
    /// Opens of further paths, after as many as are remembered.
    pub(crate) paths_unlisted: u64,
}

/// The meter of one run.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) counts: Counts,
    limits: RunLimits,
    memory: StoreLimits,
    descriptors: u64,
    paths: Paths,
    output: Printed,
    report: Vec<u8>,
}

impl Meter {
    /// `folders` are those that the guest finds open, in their order.
    pub(crate) fn new(limits: RunLimits, folders: &[&str]) -> Self {
        let memory = StoreLimitsBuilder::new()
            .instances(1)
            .memories(1)
            .tables(4)
            .table_elements(100_000)
            .memory_size(usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX))
            .build();
        let (counts, paths) = (Counts::default(), Paths::preopened(folders));
        Self { counts, limits, memory, descriptors: 0, paths, output: Printed::default(), report: Vec::new() }
    }

    /// Charges bytes to the disk; false refuses.
    pub(crate) fn charge_disk(&mut self, bytes: u64) -> bool {
        let total = self.counts.disk.saturating_add(bytes);
        if total > self.limits.disk_bytes {
            self.counts.disk_refused = true;
            return false;
        }
        self.counts.disk = total;
        true
    }

    /// Charges one new file or directory; false refuses.
    pub(crate) fn charge_file(&mut self) -> bool {
        if self.counts.created >= self.limits.files {
            self.counts.disk_refused = true;
            return false;
        }
        self.counts.created += 1;
        self.charge_disk(512)
    }

    /// Whether one more descriptor may be opened.
    pub(crate) fn may_open(&mut self) -> bool {
        self.counts.opened += 1;
        let granted = self.descriptors < self.limits.descriptors;
        self.counts.descriptors_refused |= !granted;
        granted
    }

    /// Records that `fd` was opened as `path` below `dir`.
    pub(crate) fn opened(&mut self, fd: i32, dir: i32, path: &[u8]) {
        self.descriptors += 1;
        let path = self.paths.opened(fd, dir, path);
        let counts = &mut self.counts;
        if is_ours(path) || counts.paths.iter().any(|known| known == path) {
            return;
        }
        if counts.paths.len() < REMEMBERED {
            counts.paths.push(path.to_owned());
        } else {
            counts.paths_unlisted += 1;
        }
    }

    pub(crate) fn closed(&mut self, fd: i32) {
        self.descriptors = self.descriptors.saturating_sub(1);
        self.paths.closed(fd);
    }

    /// Takes printed bytes; false refuses.
    pub(crate) fn print(&mut self, bytes: &[u8]) -> bool {
        self.counts.output = self.counts.output.saturating_add(bytes.len() as u64);
        if self.counts.output > self.limits.output_bytes {
            self.counts.output_refused = true;
            return false;
        }
        self.output.take(bytes);
        true
    }

    /// Takes bytes of report frames; false refuses.
    pub(crate) fn report(&mut self, bytes: &[u8]) -> bool {
        if self.report.len() + bytes.len() > REPORT {
            self.counts.report_refused = true;
            return false;
        }
        self.report.extend_from_slice(bytes);
        true
    }

    /// The counts, the record of the output, and the report's frames.
    pub(crate) fn finish(self) -> (Counts, Printed, String) {
        (self.counts, self.output, String::from_utf8_lossy(&self.report).into_owned())
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = self.memory.memory_growing(current, desired, maximum)?;
        if granted {
            self.counts.peak_memory = self.counts.peak_memory.max(desired as u64);
        } else {
            self.counts.memory_refused = true;
        }
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.memory.table_growing(current, desired, maximum)
    }

    fn instances(&self) -> usize {
        self.memory.instances()
    }

    fn tables(&self) -> usize {
        self.memory.tables()
    }

    fn memories(&self) -> usize {
        self.memory.memories()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> Meter {
        Meter::new(RunLimits { disk_bytes: 1000, files: 1, ..RunLimits::default() }, &["/settings", "/plugin", "/site"])
    }

    #[test]
    fn paths_are_remembered_once_and_within_bounds() {
        let mut meter = meter();
        for _ in 0..3 {
            meter.opened(9, 4, b"a.py");
            meter.opened(9, 5, b"pytest/__init__.py");
        }
        assert_eq!((&*meter.counts.paths, meter.counts.paths_unlisted), (&["/plugin/a.py".to_owned()][..], 0));
        for n in 0..REMEMBERED {
            meter.opened(9, 4, n.to_string().as_bytes());
        }
        assert_eq!((meter.counts.paths.len(), meter.counts.paths_unlisted), (REMEMBERED, 1));
    }

    #[test]
    fn a_refusal_charges_nothing_and_is_remembered() {
        let mut meter = meter();
        assert!(meter.charge_disk(900) && !meter.charge_disk(u64::MAX) && meter.charge_disk(100));
        assert!(meter.counts.disk == 1000 && meter.counts.disk_refused);
    }
}
