//! README, LICENSE and changelog: what must be there, and what the catalogue shows.

use airlock_model::finding::Finding;
use airlock_model::inspection::TextFormat;
use airlock_model::manifest::Manifest;
use airlock_model::tree::{Tree, TreePath};

use super::{encodings, licences, readme as readme_text, rules};

/// How much of a text the catalogue shows, in bytes.
const SHOWN_BYTES: usize = 256 * 1024;
/// Endings that these files may have.
const ENDINGS: &[&str] = &["md", "rst", "txt", ""];
const CHANGELOGS: &[&str] = &["changelog", "changes", "history", "news"];
const LICENSES: &[&str] = &["license", "licence", "copying", "unlicense"];

/// The texts that the catalogue shows, cut to a bound.
#[derive(Debug, Clone, Default)]
pub struct Papers {
    /// The README.
    pub readme: Option<String>,
    /// How the README is written.
    pub readme_format: TextFormat,
    /// The changelog.
    pub changelog: Option<String>,
    /// How the changelog is written.
    pub changelog_format: TextFormat,
}

/// Looks for the three at the tree's root.
pub(crate) fn check(tree: &Tree, manifest: Option<&Manifest>, findings: &mut Vec<Finding>) -> Papers {
    let readme = find(tree, &["readme"]);
    match readme {
        None => findings.push(Finding::of(&rules::NO_README, "There is no README.md at the top of the plugin.")),
        Some((path, bytes)) if is_blank(bytes) => {
            findings.push(Finding::of(&rules::EMPTY_README, format!("{path} is empty.")).in_file(path.as_str()));
        }
        Some((path, bytes)) => readme_text::check(path, bytes, findings),
    }
    match find(tree, LICENSES) {
        None => findings.push(Finding::of(&rules::NO_LICENSE, "There is no LICENSE at the top of the plugin.")),
        Some((path, bytes)) if is_blank(bytes) => {
            findings.push(Finding::of(&rules::NO_LICENSE, format!("{path} is empty.")).in_file(path.as_str()));
        }
        Some((path, bytes)) => {
            if let Some(manifest) = manifest {
                licences::check(path, &encodings::readable(bytes), manifest.license, findings);
            }
        }
    }
    let changelog = find(tree, CHANGELOGS);
    let text = |found: Option<(&TreePath, &[u8])>| found.map(|(_, bytes)| shown(bytes));
    let format = |found: Option<(&TreePath, &[u8])>| {
        found.map_or_else(TextFormat::default, |(path, _)| TextFormat::of(path.as_str()))
    };
    Papers {
        readme: text(readme),
        readme_format: format(readme),
        changelog: text(changelog),
        changelog_format: format(changelog),
    }
}

/// The first file at the root with one of these names, the preferred ending first.
fn find<'a>(tree: &'a Tree, names: &[&str]) -> Option<(&'a TreePath, &'a [u8])> {
    ENDINGS.iter().find_map(|ending| {
        tree.iter().find(|(path, _)| {
            let name = path.as_str().to_lowercase();
            let (stem, own) = name.rsplit_once('.').unwrap_or((&name, ""));
            own == *ending && names.contains(&stem)
        })
    })
}

fn is_blank(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).chars().all(|c| c.is_whitespace() || c == '\u{feff}')
}

fn shown(bytes: &[u8]) -> String {
    let bytes = &*encodings::readable(bytes);
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_BYTES)]);
    let text = text.trim_start_matches('\u{feff}');
    // A character cut in half at the bound is not the author's.
    if bytes.len() > SHOWN_BYTES { text.trim_end_matches('\u{fffd}').to_owned() } else { text.to_owned() }
}
