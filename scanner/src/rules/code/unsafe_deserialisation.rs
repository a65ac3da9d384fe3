use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;

use crate::python::model::origin::SourceKind;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-unsafe-deserialisation",
        title: "Reads a format that can run code",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        cwe: Some(502),
        bandit: &["B301", "B302", "B614"],
        ruff: &["S301", "S302"],
        remedy: "Use JSON, or another format that holds data only.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(paths::PICKLES, check),
        Hook::Reach(paths::PICKLES_ASKED, asked),
        Hook::Reach(paths::PIPES, received),
    ],
};

/// What reads pickles where a flag says so.
fn asked<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.call.is_some_and(|call| paths::makes_objects(&site.path, call)) {
        self::check(check, site);
    }
}

/// A pipe gives what the program itself put in, unless that was bytes.
fn received<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if check.beside(&["multiprocessing.Pipe()[].send_bytes"]).is_some() {
        self::check(check, site);
    }
}

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called
        && let Some(Expr::Call(inner)) = site.call.and_then(|call| call.arguments.args.first())
        && check
            .model
            .targets(inner, site.place.scope)
            .iter()
            .any(|target| target.path().is_some_and(|path| path.ends_with(".dumps")))
    {
        return;
    }
    let number = match site.path.split('.').next() {
        Some("marshal") => "302",
        Some("torch") => "614",
        Some("numpy" | "keras" | "tensorflow" | "multiprocessing") => "",
        _ => "301",
    };
    if number == "614" && is_weights_only(check, site) {
        return;
    }
    let message = format!("{} {}, which can run code", site.verb(), site.path);
    let mut finding = check.at_only(site.range, message, &[number]);
    if let Some(first) = site.call.and_then(|call| call.arguments.args.first()) {
        let origin = check.model.origin(first, site.place.scope);
        if origin.source.as_ref().is_some_and(|(kind, ..)| matches!(kind, SourceKind::Network | SourceKind::User)) {
            finding = finding.severity(Severity::High).confidence(Confidence::High);
        }
        finding.evidence.extend(check.steps(&origin));
    }
    check.report(finding);
}

/// `torch.load(…, weights_only=True)` reads numbers and no code.
fn is_weights_only<'a>(check: &Check<'_, 'a>, site: &Use<'a>) -> bool {
    let flag = site.call.and_then(|call| call.arguments.find_keyword("weights_only"));
    flag.is_some_and(|flag| check.truth(&flag.value, site.place.scope) == Some(true))
}

const DOC: &str = r##"## What it finds
`pickle` and its relatives (`dill`, `cloudpickle`, `shelve`, `joblib`, `pandas.read_pickle`, `jsonpickle`, `torch.load` without `weights_only=True`, `numpy.load` with `allow_pickle=True`, Keras models with `safe_mode=False`) and `marshal`, reading something that this same expression did not write.

## Why it is dangerous
A pickle is a program. Whoever can choose the bytes runs code in the process that reads them.

## Example
```python
import pickle

def read(data):
    return pickle.loads(data)
```

## Safe form
```python
import json

def read(data):
    return json.loads(data)
```

## References
- [pickle: warning](https://docs.python.org/3/library/pickle.html)
- CWE-502: Deserialization of Untrusted Data
"##;
