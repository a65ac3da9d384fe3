//! The rules of the FILES group. Each rule's page is a file of its own, beside this one.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

/// The plugin has no README.
pub const NO_README: RuleMeta = RuleMeta {
    id: "AL-FILES-no-readme",
    title: "No README",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(1059),
    bandit: &[],
    ruff: &[],
    remedy: "Add a README.md beside plugin.yaml that says what the plugin does and how to use it.",
    doc: include_str!("rules/no-readme.md"),
};

/// The README is empty.
pub const EMPTY_README: RuleMeta = RuleMeta {
    id: "AL-FILES-empty-readme",
    title: "Empty README",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(1059),
    bandit: &[],
    ruff: &[],
    remedy: "Say in the README what the plugin does and how to use it.",
    doc: include_str!("rules/empty-readme.md"),
};

/// The README was not written.
pub const TEMPLATE_README: RuleMeta = RuleMeta {
    id: "AL-FILES-template-readme",
    title: "A README that says nothing",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(1059),
    bandit: &[],
    ruff: &[],
    remedy: "Say in the README what the plugin does and how to use it.",
    doc: include_str!("rules/template-readme.md"),
};

/// LICENSE holds the text of another licence than the manifest declares.
pub const LICENSE_DIFFERS: RuleMeta = RuleMeta {
    id: "AL-FILES-license-differs",
    title: "LICENSE is the text of another license",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Let `license` in plugin.yaml and the text in LICENSE be the same license.",
    doc: include_str!("rules/license-differs.md"),
};

/// LICENSE does not hold the text that the manifest declares.
pub const LICENSE_UNRECOGNISED: RuleMeta = RuleMeta {
    id: "AL-FILES-license-unrecognised",
    title: "LICENSE is not the text of the declared license",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Put the whole text of the license into LICENSE.",
    doc: include_str!("rules/license-unrecognised.md"),
};

/// LICENSE limits what the declared licence grants.
pub const LICENSE_ALTERED: RuleMeta = RuleMeta {
    id: "AL-FILES-license-altered",
    title: "LICENSE limits what the declared license grants",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Put the text of the declared license into LICENSE as it is, or write `license: Other` or `license: Proprietary`.",
    doc: include_str!("rules/license-altered.md"),
};

/// A notebook.
pub const NOTEBOOK: RuleMeta = RuleMeta {
    id: "AL-FILES-notebook",
    title: "A notebook",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Nothing needs to be done; clear the outputs before packing, and move what the plugin needs into modules.",
    doc: include_str!("rules/notebook.md"),
};

/// The plugin has no license text.
pub const NO_LICENSE: RuleMeta = RuleMeta {
    id: "AL-FILES-no-license",
    title: "No license text",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(1059),
    bandit: &[],
    ruff: &[],
    remedy: "Add the full text of the license as LICENSE beside plugin.yaml.",
    doc: include_str!("rules/no-license.md"),
};

/// The plugin brings a program or library for a processor.
pub const NATIVE_BINARY: RuleMeta = RuleMeta {
    id: "AL-FILES-native-binary",
    title: "Bundled native code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(506),
    bandit: &[],
    ruff: &[],
    remedy: "Leave the binary out, or declare `permissions: native_code: true` in the manifest and say in the README how it was built.",
    doc: include_str!("rules/native-binary.md"),
};

/// A binary hides behind an ending of something else.
pub const DISGUISED_BINARY: RuleMeta = RuleMeta {
    id: "AL-FILES-disguised-binary",
    title: "Code behind another ending",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(646),
    bandit: &[],
    ruff: &[],
    remedy: "Leave the file out. If it is meant to be there, give it the ending of what it is.",
    doc: include_str!("rules/disguised-binary.md"),
};

/// The plugin brings compiled Python.
pub const BYTECODE: RuleMeta = RuleMeta {
    id: "AL-FILES-bytecode",
    title: "Compiled Python without source",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(506),
    bandit: &[],
    ruff: &[],
    remedy: "Ship the .py file; Python compiles it by itself.",
    doc: include_str!("rules/bytecode.md"),
};

/// A .pth file runs code at every start of Python.
pub const PATH_FILE: RuleMeta = RuleMeta {
    id: "AL-FILES-path-file",
    title: "A .pth file",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(94),
    bandit: &[],
    ruff: &[],
    remedy: "Leave the .pth file out; import what the plugin needs where it needs it.",
    doc: include_str!("rules/path-file.md"),
};

/// A sitecustomize or usercustomize module.
pub const SITE_HOOK: RuleMeta = RuleMeta {
    id: "AL-FILES-site-hook",
    title: "A module that Python runs at start",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(94),
    bandit: &[],
    ruff: &[],
    remedy: "Rename the module, and call it where it is needed.",
    doc: include_str!("rules/site-hook.md"),
};

/// A file at an import root has the name of a standard module or of the test runner.
pub const SHADOWS_MODULE: RuleMeta = RuleMeta {
    id: "AL-FILES-shadows-module",
    title: "A file in the place of a known module",
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: Some(427),
    bandit: &[],
    ruff: &[],
    remedy: "Rename the file, or move it into the plugin's own package.",
    doc: include_str!("rules/shadows-module.md"),
};

/// A file holds a private key.
pub const PRIVATE_KEY: RuleMeta = RuleMeta {
    id: "AL-FILES-private-key",
    title: "A private key",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(321),
    bandit: &[],
    ruff: &[],
    remedy: "Remove the key, consider it stolen, and replace it wherever it is in use.",
    doc: include_str!("rules/private-key.md"),
};

/// A file holds a credential of a known form.
pub const CREDENTIAL: RuleMeta = RuleMeta {
    id: "AL-FILES-credential",
    title: "A credential",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(798),
    bandit: &[],
    ruff: &[],
    remedy: "Revoke the credential at once, then remove it; read it from the environment at run time.",
    doc: include_str!("rules/credential.md"),
};

/// A file is an archive or compressed stream, which is not opened.
pub const NESTED_ARCHIVE: RuleMeta = RuleMeta {
    id: "AL-FILES-nested-archive",
    title: "An archive in the archive",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(434),
    bandit: &[],
    ruff: &[],
    remedy: "Ship the files themselves, or let the plugin fetch the data on first use.",
    doc: include_str!("rules/nested-archive.md"),
};

/// A file is code that no part of the scanner reads.
pub const UNSCANNED_SCRIPT: RuleMeta = RuleMeta {
    id: "AL-FILES-unscanned-script",
    title: "Code that is not examined",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(646),
    bandit: &[],
    ruff: &[],
    remedy: "Give the script the ending .py, so that it is examined as Python.",
    doc: include_str!("rules/unscanned-script.md"),
};

/// A script fetches a program and runs it.
pub const SCRIPT_DOWNLOAD: RuleMeta = RuleMeta {
    id: "AL-FILES-script-download",
    title: "A script fetches a program and runs it",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(494),
    bandit: &[],
    ruff: &[],
    remedy: "Leave the script out, and say in the README what is to be installed beforehand.",
    doc: include_str!("rules/script-download.md"),
};

/// The package brings the program that builds it.
pub const BUILD_BACKEND: RuleMeta = RuleMeta {
    id: "AL-FILES-build-backend",
    title: "The package brings the program that builds it",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(506),
    bandit: &[],
    ruff: &[],
    remedy: "Build with a published back end, such as setuptools or hatchling, and remove `backend-path`.",
    doc: include_str!("rules/build-backend.md"),
};

/// Opening the folder runs a command.
pub const RUNS_WHEN_OPENED: RuleMeta = RuleMeta {
    id: "AL-FILES-runs-when-opened",
    title: "Opening the folder runs a command",
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: Some(829),
    bandit: &[],
    ruff: &[],
    remedy: "Leave the file out; what the plugin needs, it does when it is called.",
    doc: include_str!("rules/runs-when-opened.md"),
};

/// A hook of git.
pub const GIT_HOOK: RuleMeta = RuleMeta {
    id: "AL-FILES-git-hook",
    title: "A hook of git",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    cwe: Some(829),
    bandit: &[],
    ruff: &[],
    remedy: "Leave the hook out; it belongs to the plugin's repository, not to the package.",
    doc: include_str!("rules/git-hook.md"),
};

/// A file that a tool of developers runs.
pub const WORKFLOW: RuleMeta = RuleMeta {
    id: "AL-FILES-workflow",
    title: "A file that a tool of developers runs",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Nothing needs to be done; leave out of the package what only its repository needs.",
    doc: include_str!("rules/workflow.md"),
};

/// Every rule of the group.
pub const ALL: &[&RuleMeta] = &[
    &NO_README,
    &EMPTY_README,
    &TEMPLATE_README,
    &NO_LICENSE,
    &LICENSE_DIFFERS,
    &LICENSE_UNRECOGNISED,
    &LICENSE_ALTERED,
    &NATIVE_BINARY,
    &DISGUISED_BINARY,
    &BYTECODE,
    &PATH_FILE,
    &SITE_HOOK,
    &SHADOWS_MODULE,
    &PRIVATE_KEY,
    &CREDENTIAL,
    &NESTED_ARCHIVE,
    &UNSCANNED_SCRIPT,
    &SCRIPT_DOWNLOAD,
    &NOTEBOOK,
    &BUILD_BACKEND,
    &RUNS_WHEN_OPENED,
    &GIT_HOOK,
    &WORKFLOW,
];
