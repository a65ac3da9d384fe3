//! Putting the tree together from contents, within the amounts that are allowed.

use airlock_model::escape::quoted;
use airlock_model::limits::ArchiveLimits;
use airlock_model::tree::Tree;

use super::faults::{Fault, Faults};
use super::intake::Fate;
use super::rules;

/// The tree as it grows.
#[derive(Debug)]
pub(crate) struct Assembly<'a> {
    limits: &'a ArchiveLimits,
    packed: u64,
    inflated: u64,
    /// The files so far.
    pub(crate) tree: Tree,
    /// The one folder that everything is under.
    pub(crate) top_folder: Option<String>,
}

impl<'a> Assembly<'a> {
    /// Nothing yet, of an upload of `packed` bytes.
    pub(crate) fn new(limits: &'a ArchiveLimits, packed: u64) -> Self {
        Self { limits, packed, inflated: 0, tree: Tree::new(), top_folder: None }
    }

    /// How many bytes the next content may have at most.
    pub(crate) fn room(&self, fate: &Fate) -> u64 {
        let total = self.most().saturating_sub(self.inflated);
        if matches!(fate, Fate::Pass) { total } else { total.min(self.limits.file_bytes) }
    }

    /// All contents together may have this many bytes.
    fn most(&self) -> u64 {
        most_inflated(self.limits, self.packed)
    }

    /// What to say about a content that had more than [`Self::room`].
    pub(crate) fn over(&self, fate: &Fate, name: &[u8], size: u64) -> Fault {
        let lossy = String::from_utf8_lossy(name);
        if !matches!(fate, Fate::Pass) && size > self.limits.file_bytes {
            let most = self.limits.file_bytes;
            let message = format!("{} has more than {most} bytes, the most that one file may have.", quoted(&lossy));
            return Fault::at(&rules::TOO_LARGE, name, message);
        }
        too_much(self.limits, self.packed)
    }

    /// Counts a content that was inflated.
    pub(crate) fn grow(&mut self, bytes: u64) {
        self.inflated += bytes;
    }

    /// Puts a content where it belongs.
    pub(crate) fn put(&mut self, fate: &Fate, content: &[u8], faults: &mut Faults) {
        match fate {
            Fate::File(path) => self.tree.insert(path.clone(), content),
            Fate::Repeat(path) => {
                if self.tree.get(path.as_str()) != Some(content) {
                    let message = format!("{} is in the archive twice, with different content.", quoted(path.as_str()));
                    faults.fatal(&rules::DUPLICATE_MEMBER, Some(path.as_str()), message);
                }
            }
            Fate::Pass => {}
        }
    }
}

/// How much an upload of `packed` bytes may inflate to.
pub(crate) fn most_inflated(limits: &ArchiveLimits, packed: u64) -> u64 {
    limits.ratio_from_bytes.max(packed.saturating_mul(limits.ratio)).min(limits.inflated_bytes)
}

/// What to say about an upload that inflates to more than that.
pub(crate) fn too_much(limits: &ArchiveLimits, packed: u64) -> Fault {
    if most_inflated(limits, packed) == limits.inflated_bytes {
        let message = format!("The upload inflates to more than {} bytes.", limits.inflated_bytes);
        return Fault::new(&rules::TOO_LARGE, message);
    }
    let message = format!("{packed} bytes of upload inflate to more than {} times as many.", limits.ratio);
    Fault::new(&rules::BOMB, message)
}
