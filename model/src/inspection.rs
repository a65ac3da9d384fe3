//! What the inspect stage found out about one package.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::advisory::AdvisoryCheck;
use crate::difference::Difference;
use crate::digest::Sha256;
use crate::finding::{Capability, Finding, Permission};
use crate::inventory::Requirement;
use crate::manifest::Manifest;
use crate::run::TestPlan;

/// Bytes that are kept, by hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// SHA-256 of the bytes.
    pub sha256: Sha256,
    /// How many bytes.
    pub size: u64,
}

/// One use of a capability, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityUse {
    /// Which capability.
    pub capability: Capability,
    /// The qualified name that is reached, for instance `subprocess.run`.
    pub what: String,
    /// The function it happens in, `<module>` at the top level.
    pub function: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// How it stands to the manifest's `permissions`.
    pub permission: Permission,
}

/// What a file is, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Python source.
    Python,
    /// Other text.
    Text,
    /// Anything else.
    Binary,
}

/// One file of the canonical archive; its view is `size` bytes at `offset` of
/// the views object, the files' bytes one after the other in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the plugin's top folder; escape before showing.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Where its bytes begin in the views object.
    pub offset: u64,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// What it is.
    pub kind: FileKind,
}

/// How much there is of one kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindSize {
    /// The kind.
    pub kind: FileKind,
    /// Files.
    pub files: u64,
    /// Their bytes together.
    pub bytes: u64,
}

impl KindSize {
    /// The kinds that are there, with how much there is of each.
    #[must_use]
    pub fn of(files: &[FileEntry]) -> Vec<Self> {
        let size = |kind| {
            let of_kind = files.iter().filter(|file| file.kind == kind);
            of_kind.fold(Self { kind, files: 0, bytes: 0 }, |sum, file| Self {
                files: sum.files + 1,
                bytes: sum.bytes + file.size,
                kind,
            })
        };
        let kinds = [FileKind::Python, FileKind::Text, FileKind::Binary].map(size);
        kinds.into_iter().filter(|kind| kind.files > 0).collect()
    }

    /// In words, for instance `12 Python files (34 KB)`.
    #[must_use]
    pub fn sentence(self) -> String {
        let kind = match self.kind {
            FileKind::Python => "Python",
            FileKind::Text => "text",
            FileKind::Binary => "binary",
        };
        let files = if self.files == 1 { "file" } else { "files" };
        let size = match self.bytes {
            0..1_000 => format!("{} bytes", self.bytes),
            1_000..1_000_000 => format!("{} KB", self.bytes / 1_000),
            _ => format!("{}.{} MB", self.bytes / 1_000_000, self.bytes % 1_000_000 / 100_000),
        };
        format!("{} {kind} {files} ({size})", self.files)
    }
}

/// How a text for the catalogue is written, by the ending of its file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Markdown, which the catalogue lays out. What was inspected before formats were kept counts as this.
    #[default]
    Markdown,
    /// reStructuredText, shown as it is written.
    Rst,
    /// Plain text, shown as it is written.
    Plain,
}

impl TextFormat {
    const ALL: [Self; 3] = [Self::Markdown, Self::Rst, Self::Plain];

    /// The format of a file with this name; endings count in any case.
    #[must_use]
    pub fn of(file_name: &str) -> Self {
        let ending = file_name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if ending.eq_ignore_ascii_case("md") {
            Self::Markdown
        } else if ending.eq_ignore_ascii_case("rst") {
            Self::Rst
        } else {
            Self::Plain
        }
    }

    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Rst => "rst",
            Self::Plain => "plain",
        }
    }
}

/// A word that names no [`TextFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a format of text")]
pub struct UnknownTextFormat(String);

impl FromStr for TextFormat {
    type Err = UnknownTextFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.as_str() == word).ok_or_else(|| UnknownTextFormat(word.to_owned()))
    }
}

/// Everything the inspect stage hands on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The upload as it came.
    pub upload: Blob,
    /// The archive that Airlock packed from the tree; absent when there is no tree to pack.
    pub canonical: Option<Blob>,
    /// The manifest; absent when it has a fault that rejects.
    pub manifest: Option<Manifest>,
    /// Settled findings (see [`crate::fingerprint::settle`]), without decisions.
    pub findings: Vec<Finding>,
    /// The uses of capabilities, by place; of very many, the first of each capability.
    pub capabilities: Vec<CapabilityUse>,
    /// What the test stage needs to know.
    pub plan: TestPlan,
    /// The files of the canonical archive, by path.
    pub files: Vec<FileEntry>,
    /// The README's text, for the catalogue.
    pub readme: Option<String>,
    /// How the README is written.
    #[serde(default)]
    pub readme_format: TextFormat,
    /// The changelog's text, for the catalogue.
    pub changelog: Option<String>,
    /// How the changelog is written.
    #[serde(default)]
    pub changelog_format: TextFormat,
    /// The version of the rule set that looked.
    pub rule_set: String,
    /// Everything that the package asks for.
    #[serde(default)]
    pub dependencies: Vec<Requirement>,
    /// What advisories say of it; absent until the gate has asked them.
    #[serde(default)]
    pub advisories: Option<AdvisoryCheck>,
    /// What is different from an earlier version; absent where none was compared.
    #[serde(default)]
    pub difference: Option<Difference>,
}

impl Inspection {
    /// An inspection of `upload` that found nothing out, to be filled.
    #[must_use]
    pub fn empty(upload: Blob, rule_set: impl Into<String>) -> Self {
        Self {
            upload,
            canonical: None,
            manifest: None,
            findings: Vec::new(),
            capabilities: Vec::new(),
            plan: TestPlan::default(),
            files: Vec::new(),
            readme: None,
            readme_format: TextFormat::default(),
            changelog: None,
            changelog_format: TextFormat::default(),
            rule_set: rule_set.into(),
            dependencies: Vec::new(),
            advisories: None,
            difference: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_go_by_the_ending_and_come_back_by_their_word() {
        for (name, format) in [
            ("README.md", TextFormat::Markdown),
            ("Readme.MD", TextFormat::Markdown),
            ("README.rst", TextFormat::Rst),
            ("README.txt", TextFormat::Plain),
            ("README", TextFormat::Plain),
        ] {
            assert_eq!(TextFormat::of(name), format, "{name}");
            assert_eq!(format.as_str().parse(), Ok(format));
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
        }
        assert!("html".parse::<TextFormat>().is_err());
    }

    #[test]
    fn sizes_are_told_by_kind() {
        let file = |kind, size| FileEntry { path: "x".into(), size, offset: 0, sha256: Sha256::of(b""), kind };
        let files = [
            file(FileKind::Text, 900),
            file(FileKind::Python, 1_500),
            file(FileKind::Python, 2_500),
            file(FileKind::Binary, 12_345_678),
        ];
        let told: Vec<String> = KindSize::of(&files).into_iter().map(KindSize::sentence).collect();
        assert_eq!(told, ["2 Python files (4 KB)", "1 text file (900 bytes)", "1 binary file (12.3 MB)"]);
        assert_eq!(KindSize::of(&[]), []);
    }
}
