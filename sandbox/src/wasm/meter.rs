//! What the guest has used of its limits. Charged before anything is granted.

use airlock_model::limits::RunLimits;
use serde::{Deserialize, Serialize};
use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

/// How many opened paths are remembered by name; the others are only counted.
const REMEMBERED: usize = 512;
/// How much of the guest's output is kept: its end.
const TAIL: usize = 64 * 1024;
/// How many bytes of report frames are taken.
const REPORT: usize = 8 << 20;

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
    /// Links that the guest asked for, all refused.
    pub(crate) links: u64,
    /// Paths that were opened, each once, in order, as the guest wrote them.
    pub(crate) paths: Vec<String>,
}

/// The meter of one run.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) counts: Counts,
    limits: RunLimits,
    memory: StoreLimits,
    descriptors: u64,
    output: Vec<u8>,
    report: Vec<u8>,
}

impl Meter {
    pub(crate) fn new(limits: RunLimits) -> Self {
        let memory = StoreLimitsBuilder::new()
            .instances(1)
            .memories(1)
            .tables(4)
            .table_elements(100_000)
            .memory_size(usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX))
            .build();
        Self { counts: Counts::default(), limits, memory, descriptors: 0, output: Vec::new(), report: Vec::new() }
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

    pub(crate) fn opened(&mut self, path: &[u8]) {
        self.descriptors += 1;
        let path = String::from_utf8_lossy(&path[..path.len().min(256)]);
        if self.counts.paths.len() < REMEMBERED && !self.counts.paths.iter().any(|known| *known == path) {
            self.counts.paths.push(path.into_owned());
        }
    }

    pub(crate) fn closed(&mut self) {
        self.descriptors = self.descriptors.saturating_sub(1);
    }

    /// Takes printed bytes; false refuses.
    pub(crate) fn print(&mut self, bytes: &[u8]) -> bool {
        self.counts.output = self.counts.output.saturating_add(bytes.len() as u64);
        if self.counts.output > self.limits.output_bytes {
            self.counts.output_refused = true;
            return false;
        }
        self.output.extend_from_slice(bytes);
        if self.output.len() > 2 * TAIL {
            self.output.drain(..self.output.len() - TAIL);
        }
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

    /// The counts, the end of the output, and the report's frames.
    pub(crate) fn finish(self) -> (Counts, String, String) {
        let from = self.output.len().saturating_sub(TAIL);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (self.counts, text(&self.output[from..]), text(&self.report))
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
