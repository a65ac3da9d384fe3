//! The inventory while it is being filled, and the bounds of filling it.

use airlock_model::finding::{Finding, Span};
use airlock_model::inventory::{Requirement, RequirementKind, Scope};
use airlock_model::{RuleMeta, Severity, Tree, escape};

use super::pep508::{self, Parsed};
use super::{Asked, rules, specifier};
use crate::python::decode::{self, DecodeFault};

/// The largest file of requirements that is read, in bytes.
const FILE_BYTES: usize = 1 << 20;
/// Requirements that are kept, over all files.
const MOST_REQUIREMENTS: usize = 5_000;
/// Findings of one package; reading ends with the last of them.
const MOST_FINDINGS: usize = 1_000;
/// The longest snippet, in characters.
const SNIPPET: usize = 160;

/// What stands around a requirement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The file, relative to the plugin's top folder.
    pub(super) file: &'a str,
    /// The line, from 1.
    pub(super) line: u32,
    /// When it is needed.
    pub(super) scope: Scope,
    /// The extra or group.
    pub(super) group: Option<&'a str>,
}

/// The inventory while it is being filled.
pub(super) struct Inventory<'t> {
    /// The package's files.
    pub(super) tree: &'t Tree,
    /// What is asked for so far.
    pub(super) requirements: Vec<Requirement>,
    findings: Vec<Finding>,
    full: bool,
}

impl<'t> Inventory<'t> {
    pub(super) const fn new(tree: &'t Tree) -> Self {
        Self { tree, requirements: Vec::new(), findings: Vec::new(), full: false }
    }

    pub(super) fn into_asked(mut self) -> Asked {
        self.requirements.sort();
        self.requirements.dedup();
        Asked { requirements: self.requirements, findings: self.findings }
    }

    /// Whether so much is asked for, or wrong, that nothing more is read.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    /// The text of a file that asks for something; a finding says why there is none.
    pub(super) fn text(&mut self, path: &str) -> Option<&'t str> {
        let bytes = self.tree.get(path)?;
        let refuse = |why: String, line: u32| {
            let at = Span { line, column: 1, end_line: line, end_column: 2 };
            Finding::of(&rules::UNREADABLE, format!("{} {why}", escape::quoted(path))).in_file(path).at(at)
        };
        let decoded = if bytes.len() > FILE_BYTES {
            Err(refuse(format!("has {} bytes; at most {FILE_BYTES} are read", bytes.len()), 1))
        } else {
            decoded(path, bytes).map_err(|fault| {
                refuse(format!("cannot be read: {}", sentence(&fault)), fault.line()).remedy("Save the file as UTF-8.")
            })
        };
        decoded.map_err(|finding| self.find(finding)).ok()
    }

    /// Keeps a finding, or says for the last time that there are too many.
    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else if !self.full {
            self.overflow(&format!("more than {MOST_FINDINGS} things are wrong with what the package asks for"));
        }
    }

    /// Keeps a requirement, unless there are too many.
    pub(super) fn keep(&mut self, requirement: Requirement) {
        if self.requirements.len() < MOST_REQUIREMENTS {
            self.requirements.push(requirement);
        } else if !self.full {
            self.overflow(&format!("the package asks for more than {MOST_REQUIREMENTS} things"));
        }
    }

    fn overflow(&mut self, what: &str) {
        self.full = true;
        self.findings.push(Finding::of(&rules::UNREADABLE, format!("{what}; what follows was not read")));
    }

    /// Reads one PEP 508 requirement; `hashes` are those that stand with it.
    pub(super) fn requirement(&mut self, text: &str, place: Place<'_>, hashes: u32) {
        match pep508::parse(text) {
            Ok(parsed) => self.parsed(parsed, text, place, hashes),
            Err(fault) => {
                let nearest = pep508::nearest(text);
                let message = format!("{} is no requirement: {fault}", escape::quoted(&redacted(text.trim())));
                let finding = at(&rules::UNPARSEABLE, place, text, message);
                self.find(match nearest {
                    Some(nearest) => finding.remedy(format!("Write `{}`.", escape::line(&redacted(&nearest)))),
                    None => finding,
                });
            }
        }
    }

    fn parsed(&mut self, parsed: Parsed, text: &str, place: Place<'_>, hashes: u32) {
        if let Some(url) = &parsed.url {
            self.direct(url, text, place);
        }
        let mut asked = Requirement::of(RequirementKind::Package, parsed.name, place.scope, place.file);
        asked.pinned = specifier::pinned(&parsed.specifiers);
        asked.specifier = parsed.specifier;
        asked.extras = parsed.extras;
        asked.marker = parsed.marker;
        asked.source = parsed.url.as_deref().map(redacted);
        asked.hashes = hashes;
        asked.line = Some(place.line);
        asked.group = place.group.map(str::to_owned);
        self.keep(asked);
    }

    /// Says that code comes from somewhere else than an index.
    pub(super) fn direct(&mut self, source: &str, text: &str, place: Place<'_>) {
        let shown = escape::quoted(&redacted(source));
        let mut say = |severity: Severity, message: String| {
            self.find(at(&rules::DIRECT_REFERENCE, place, text, message).severity(severity));
        };
        if let Some(path) = local(source) {
            if inside(place.file, path).is_some() {
                say(Severity::Note, format!("{shown} is installed from the package's own files"));
            } else {
                say(
                    Severity::Medium,
                    format!("{shown} is a path outside the package, on the machine that installs it"),
                );
            }
            return;
        }
        let how = if ["git+", "hg+", "svn+", "bzr+"].iter().any(|vcs| source.starts_with(vcs)) {
            "a repository, whatever is in it on the day of the installation"
        } else if source.starts_with("http://") {
            "an address without TLS, which anyone on the way can answer"
        } else {
            "an address, whatever is there on the day of the installation"
        };
        say(Severity::Medium, format!("{shown} is fetched from {how}"));
    }
}

/// The text of a file. Only requirements files can say that they are in another encoding.
fn decoded<'b>(path: &str, bytes: &'b [u8]) -> Result<&'b str, DecodeFault> {
    match decode::decode(bytes) {
        Err(DecodeFault::Cookie { .. }) if !path.ends_with(".txt") && !path.ends_with(".in") => {
            std::str::from_utf8(bytes).map_err(|_| DecodeFault::NotUtf8 { line: 1 })
        }
        other => other,
    }
}

/// What is wrong with a file that is no Python source.
fn sentence(fault: &DecodeFault) -> String {
    match fault {
        DecodeFault::WideByteOrderMark => {
            "it starts with a byte order mark of UTF-16 or UTF-32, and must be UTF-8".into()
        }
        DecodeFault::Nul { .. } => "it holds a NUL byte".into(),
        DecodeFault::Cookie { .. } | DecodeFault::NotUtf8 { .. } => fault.sentence(),
    }
}

/// A finding at a line, which it shows.
pub(super) fn at(rule: &RuleMeta, place: Place<'_>, shown: &str, message: String) -> Finding {
    let shown: String = redacted(shown.trim()).chars().take(SNIPPET).collect();
    let length = u32::try_from(shown.chars().count()).unwrap_or(0).max(1);
    let span = Span { line: place.line, column: 1, end_line: place.line, end_column: length + 1 };
    Finding::of(rule, message).in_file(place.file).at(span).snippet(escape::line(&shown))
}

/// A text without the user names and passwords of the addresses in it.
pub(super) fn redacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#')).unwrap_or(after.len());
        let host = after[..end].rfind('@');
        if host.is_some() {
            out.push_str("***");
        }
        rest = &after[host.unwrap_or(0)..];
    }
    out.push_str(rest);
    out
}

/// The path in a source that is one.
pub(super) fn local(source: &str) -> Option<&str> {
    let source = source.strip_prefix("file:").map_or(source, |rest| rest.trim_start_matches("//"));
    (!source.contains("://")).then_some(source)
}

/// Where a path that is written in `file` leads inside the tree; nothing when it leads out of it.
pub(super) fn inside(file: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~', '\\']) || path.contains([':', '\0', '\\']) {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        assert_eq!(redacted("-i https://ann:s3cret@host/simple x"), "-i https://***@host/simple x");
        assert_eq!(redacted("a @ git+https://tok@h/x@v1 b://u@h"), "a @ git+https://***@h/x@v1 b://***@h");
        assert_eq!(redacted("https://h/x@v1"), "https://h/x@v1");
    }

    #[test]
    fn paths_stay_inside_or_lead_nowhere() {
        assert_eq!(inside("requirements.txt", "./base.txt").as_deref(), Some("base.txt"));
        assert_eq!(inside("requirements/dev.txt", "../base.txt").as_deref(), Some("base.txt"));
        assert_eq!(inside("requirements/dev.txt", "."), Some("requirements".to_owned()));
        for out in ["../base.txt", "/etc/passwd", "~/x", "a/../../x", "c:x", "\\\\host\\x"] {
            assert_eq!(inside("requirements.txt", out), None, "{out}");
        }
    }
}
