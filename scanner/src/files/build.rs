//! What a build of the package would run: a back end that the package brings itself.

use std::sync::LazyLock;

use airlock_model::finding::Finding;
use airlock_model::tree::TreePath;
use regex::Regex;

use super::rules;

/// `backend-path` names folders of the package that the back end is imported from (PEP 517).
static BACKEND_PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*(?:build-system[ \t]*\.[ \t]*)?["']?backend-path["']?[ \t]*=[ \t]*(.{0,80})"#)
        .expect("the pattern is tested to compile")
});

/// Checks one file.
pub(crate) fn check(path: &TreePath, bytes: &[u8], findings: &mut Vec<Finding>) {
    if path.as_str() != "pyproject.toml" {
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    let Some(found) = BACKEND_PATH.captures(&text) else { return };
    let at = found.get(0).map_or(0, |whole| whole.start());
    let folders = airlock_model::escape::quoted(found.get(1).map_or("", |folders| folders.as_str().trim()));
    let message = format!("A build of the package runs code from {folders} in the package itself.");
    let mut finding = Finding::of(&rules::BUILD_BACKEND, message).in_file(path.as_str());
    finding.line = u32::try_from(text[..at].matches('\n').count() + 1).ok();
    findings.push(finding);
}
