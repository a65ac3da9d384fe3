use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::python::model::{CallSite, Place};
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-unpinned-model",
        title: "A model or data set that can change under its name",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(494),
        bandit: &["B615"],
        ruff: &[],
        remedy: "Pass `revision=` with the hash of the commit that was examined.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(DOWNLOADS, function),
        Hook::Method(&["from_pretrained"], method),
        Hook::Reach(&["torch.hub.load"], hub),
    ],
};

/// Functions that download by name.
const DOWNLOADS: &[&str] = &[
    "datasets.load_dataset",
    "huggingface_hub.hf_hub_download",
    "huggingface_hub.snapshot_download",
    "huggingface_hub.file_download.hf_hub_download",
];

/// Libraries whose classes have `from_pretrained`.
const LIBRARIES: &[&str] = &["transformers", "diffusers", "sentence_transformers"];

fn function<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if let Some(call) = site.call.filter(|_| site.how == How::Called) {
        examine(check, call, &site.path, site.place);
    }
}

fn method<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let targets = check.model.targets(site.call, site.place.scope);
    let is_library = |path: &&str| LIBRARIES.iter().any(|library| path.split('.').next() == Some(library));
    if let Some(path) = targets.iter().filter_map(|target| target.path()).find(is_library) {
        examine(check, site.call, path, site.place);
    }
}

/// `torch.hub.load("owner/repository:tag", …)` runs the repository's own `hubconf.py`.
fn hub<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let text = |name, position| site.argument(name, position).and_then(|value| check.text(value, site.place.scope));
    let commit = text("repo_or_dir", 0).and_then(|name| Some(name.split_once(':')?.1.to_owned()));
    let is_commit = commit.is_some_and(|at| at.len() >= 7 && at.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !is_commit && text("source", usize::MAX).as_deref() != Some("local") {
        let finding = check.at_only(call.range(), "torch.hub.load runs what a repository holds today", &[]);
        check.report(finding);
    }
}

fn examine<'a>(check: &mut Check<'_, 'a>, call: &'a ExprCall, path: &str, place: Place) {
    let keyword = |name| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
    if let Some(revision) = keyword("revision").or_else(|| keyword("commit_id")) {
        let is_commit = |text: String| text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        // One that is not a constant may well be a commit.
        if check.text(revision, place.scope).is_none_or(is_commit) {
            return;
        }
    }
    let first = call.arguments.args.first().and_then(|first| check.beginning(first, place.scope));
    if first.is_some_and(|name| name.starts_with(['.', '/', '~'])) {
        return;
    }
    let finding = check.at(call.range(), format!("{path} downloads what stands under a name today"));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
`from_pretrained` of `transformers`, `diffusers` and `sentence_transformers`, `datasets.load_dataset`, and the downloads of `huggingface_hub`, without a `revision` that is the hash of a commit; `torch.hub.load` of a repository without one. Bandit rates it medium; most code of the field is written so, and it is low here.

## Why it is dangerous
Whoever holds the name on the hub can put another model under it tomorrow. A model may hold code that runs when it is loaded.

## Example
```python
from transformers import AutoModel

model = AutoModel.from_pretrained("example/model")
```

## Safe form
```python
from transformers import AutoModel

model = AutoModel.from_pretrained("example/model", revision="5d0f2e8a7f1c4c52a1c8d7f7d5a3a0d3b9a1e6c2")
```

## References
- [Hugging Face: download from the hub](https://huggingface.co/docs/huggingface_hub/en/guides/download)
- CWE-494: Download of Code Without Integrity Check
"##;
