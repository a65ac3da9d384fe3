//! The manifest room: `plugin.yaml` from bytes to a typed [`Manifest`], with one
//! finding for each fault, all in one pass, each with its line and column.
//!
//! It must not know archives, Python source (but for one question about the
//! entry point) or the catalogue.

mod author;
mod decode;
mod dependency;
mod dialect;
mod entry_point;
mod faults;
mod fields;
mod json;
mod likeness;
mod nearest;
mod node;
mod notation;
mod offer;
mod permissions;
mod requirements;
mod root;
pub mod rules;
mod scalar;
mod url;
mod words;
mod yaml;

use airlock_model::finding::{Finding, Span};
use airlock_model::limits::ScanLimits;
use airlock_model::{Manifest, PluginName, Tree};

use faults::{FILE, Faults};

/// What became of `plugin.yaml`.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestCheck {
    /// The manifest; absent when a finding bars it.
    pub manifest: Option<Manifest>,
    /// Every fault, warning and note.
    pub findings: Vec<Finding>,
}

/// The first character of the file.
const TOP: Span = Span { line: 1, column: 1, end_line: 1, end_column: 2 };

/// What a manifest is held against besides its own rules.
struct Around<'a> {
    /// The plugin's files.
    tree: &'a Tree,
    /// Listed plugins of other publishers.
    listed: &'a [PluginName],
}

/// Reads and checks the plugin's manifest. Total: any tree gives findings, never a panic.
#[must_use]
pub fn check(tree: &Tree, limits: &ScanLimits) -> ManifestCheck {
    check_among(tree, limits, &[])
}

/// The same, and holds the plugin's name against those of listed plugins of other publishers.
#[must_use]
pub fn check_among(tree: &Tree, limits: &ScanLimits, listed: &[PluginName]) -> ManifestCheck {
    let Some(bytes) = tree.get(FILE) else {
        return barred(missing(tree));
    };
    let decoded = match decode::decode(bytes, limits) {
        Ok(decoded) => decoded,
        Err(finding) => return barred(*finding),
    };
    let mut faults = Faults::new(decoded.text);
    if decoded.marked {
        faults.add(TOP, Finding::of(&rules::BYTE_ORDER_MARK, "plugin.yaml begins with a byte-order mark"));
    }
    let manifest = document(decoded.text, &Around { tree, listed }, &mut faults);
    let manifest = manifest.filter(|_| !faults.barred());
    ManifestCheck { manifest, findings: faults.into_findings() }
}

fn document(text: &str, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<Manifest> {
    let root = match yaml::read(text, faults) {
        yaml::Document::Read(root) => root,
        yaml::Document::Empty => {
            faults.add(TOP, Finding::of(&rules::NOT_A_MAPPING, "plugin.yaml holds nothing"));
            return None;
        }
        yaml::Document::Unreadable => return None,
    };
    if root.entries().is_none() {
        let message = format!("plugin.yaml is {}; a manifest is a mapping of keys to values", root.kind());
        faults.add(root.span, Finding::of(&rules::NOT_A_MAPPING, message));
        return None;
    }
    if dialect::report(&root, faults) {
        return None;
    }
    root::read(&root, around, faults)
}

fn barred(finding: Finding) -> ManifestCheck {
    let mut faults = Faults::new("");
    faults.add_whole(finding);
    ManifestCheck { manifest: None, findings: faults.into_findings() }
}

/// There is no plugin.yaml; a file that was likely meant is named.
fn missing(tree: &Tree) -> Finding {
    let finding = Finding::of(&rules::MISSING, "there is no plugin.yaml at the top of the plugin's folder");
    let meant = tree.iter().map(|(path, _)| path).find(|path| {
        let name = path.file_name().to_ascii_lowercase();
        matches!(
            name.as_str(),
            "plugin.yaml" | "plugin.yml" | "plugin.json" | "plugin.toml" | "manifest.yaml" | "manifest.yml"
        )
    });
    match meant {
        Some(path) => {
            let shown = airlock_model::escape::quoted(path.as_str());
            finding.remedy(format!("Move {shown} to plugin.yaml at the top of the plugin's folder."))
        }
        None => finding,
    }
}

#[cfg(test)]
mod tests;
