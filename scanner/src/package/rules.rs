//! Rules about a package as a whole.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

/// Every rule of this room.
pub const ALL: &[&RuleMeta] = &[&CLAIM_DIFFERS, &FOLDER_NAME, &EXAMINATION_LIMIT, &NO_TESTS];

/// The upload claimed another name or version than the archive holds.
pub const CLAIM_DIFFERS: RuleMeta = RuleMeta {
    id: "AL-MANIFEST-claim-differs",
    title: "The upload and its manifest disagree",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(345),
    bandit: &[],
    ruff: &[],
    remedy: "Upload the package under the name and version that its plugin.yaml gives.",
    doc: "## What it finds\n\
        An upload whose address or `manifest` part names another plugin or version than `plugin.yaml` inside the archive.\n\n\
        ## Why it is dangerous\n\
        Ownership and the version's slot are claimed under the name in the upload. If the archive could say otherwise, \
        one plugin could be published as another.\n\n\
        ## Example\n\
        `PUT /api/v1/plugins/web-search/1.0.0` with an archive whose `plugin.yaml` says `version: 1.0.1`.\n\n\
        ## Safe form\n\
        Name and version are the same in both places; `airlock publish` takes them from `plugin.yaml`.\n\n\
        ## References\n\
        CWE-345: Insufficient Verification of Data Authenticity\n",
};

/// The top folder is not called as the plugin is.
pub const FOLDER_NAME: RuleMeta = RuleMeta {
    id: "AL-ARCHIVE-folder-name",
    title: "The top folder has another name than the plugin",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Nothing needs to be done: the catalogue's archive is packed anew. To be exact, call the folder as the plugin is called.",
    doc: "## What it finds\n\
        An archive whose one top folder is not called as `name` in `plugin.yaml`.\n\n\
        ## Why it is dangerous\n\
        It is not: clients are served an archive that the registry packs itself, always under the plugin's name. It is \
        told because tools that unpack the upload itself would see another folder.\n\n\
        ## Example\n\
        `my-plugin-main/plugin.yaml` with `name: my-plugin`.\n\n\
        ## Safe form\n\
        `my-plugin/plugin.yaml` with `name: my-plugin`, as `airlock pack` writes it.\n\n\
        ## References\n\
        The canonical archive, in ARCHITECTURE.md\n",
};

/// The examination ran into one of its limits.
pub const EXAMINATION_LIMIT: RuleMeta = RuleMeta {
    id: "AL-ARCHIVE-examination-limit",
    title: "The package exhausts its examination",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(400),
    bandit: &[],
    ruff: &[],
    remedy: "Remove generated or deeply nested content; no honest package needs as much time or memory to be read.",
    doc: "## What it finds\n\
        A package whose examination used up its CPU time, memory, stack or output.\n\n\
        ## Why it is dangerous\n\
        What cannot be examined cannot be vouched for, and content made to exhaust a scanner is an attack on everyone \
        who waits behind it. The examination runs in a process of its own, so it harms nobody else.\n\n\
        ## Example\n\
        A source file of several megabytes of nested brackets.\n\n\
        ## Safe form\n\
        Data in data files, code in modules of ordinary size.\n\n\
        ## References\n\
        CWE-400: Uncontrolled Resource Consumption\n",
};

/// No tests.
pub const NO_TESTS: RuleMeta = RuleMeta {
    id: "AL-TESTS-none",
    title: "The package has no tests",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Add a tests/ folder with test_*.py files; they are run in a sandbox at every upload.",
    doc: "## What it finds\n\
        A package in which no test function or class was found.\n\n\
        ## Why it is dangerous\n\
        It is not; it is shown so that users of the plugin know that nothing was run.\n\n\
        ## Example\n\
        A package without a `tests/` folder.\n\n\
        ## Safe form\n\
        `tests/test_plugin.py` with at least one function whose name starts with `test`.\n\n\
        ## References\n\
        The publisher's guide in README.md\n",
};
