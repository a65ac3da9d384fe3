mod configured;

use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};

use crate::python::model::Verb;
use crate::python::model::constant::Const;
use crate::python::model::object::Object;
use crate::python::model::scope::Value;
use crate::rules::check::{Check, Need, Payload, Use, narrow};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-dynamic-code",
        title: "Runs code made at run time",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(94),
        bandit: &["B102", "B307"],
        ruff: &["S102", "S307"],
        remedy: "Declare `dynamic_code: true` under `permissions` in plugin.yaml, or replace it: `ast.literal_eval` for data, a dictionary of functions for choices.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(paths::EVALUATORS, check),
        Hook::Reach(paths::CODE_MAKERS, check),
        Hook::Reach(REFERENCES, examine),
        Hook::Reach(DOCTESTS, examples),
        Hook::Reach(COMMAND_LINES, command_line),
        Hook::Reach(CONSOLES, console),
        Hook::Reach(CONFIGURATIONS, configuration),
        Hook::Reach(configured::DICTIONARIES, configured::examine),
        Hook::File(annotations),
        Hook::File(written_code),
    ],
};

/// Text that is evaluated once somebody asks for type hints, or runs the example.
const REFERENCES: &[&str] = &["typing.ForwardRef", "annotationlib.ForwardRef", "doctest.Example"];

/// How many calls that write are looked at in one file.
const WRITES: usize = 4096;
/// What loads a module or runs a file by its name.
const LOADERS: &[&str] = &[
    "runpy.run_path",
    "runpy.run_module",
    "importlib.import_module",
    "builtins.__import__",
    "importlib.util.spec_from_file_location",
    "importlib.machinery.SourceFileLoader",
    "zipimport.zipimporter",
];

/// A constant that is written into a file which is then imported, or which every interpreter reads, is code.
fn written_code(check: &mut Check<'_, '_>) {
    let model = check.model;
    let mut payloads = Vec::new();
    let writes = model.calls.iter().filter(|site| site.verb == Verb::Write);
    let writes = writes.filter_map(|site| match &*site.call.func {
        Expr::Attribute(method) => Some((site, method)),
        _ => None,
    });
    for (at, (site, method)) in writes.enumerate() {
        if at >= WRITES {
            model.exhausted.set(true);
            break;
        }
        let scope = site.place.scope;
        let arguments = &site.call.arguments.args;
        let (file, data) = match (&**arguments, method.attr == *"writestr") {
            ([name, data, ..], true) => (name, data),
            ([data, ..], false) => (&*method.value, data),
            _ => continue,
        };
        // What is no text by its form is none.
        if data.is_lambda_expr() || data.is_number_literal_expr() {
            continue;
        }
        let file = model.written(file, scope).replace('\\', "/");
        let name = file.rsplit('/').next().unwrap_or_default();
        let Some((stem, ending)) = name.rsplit_once('.').filter(|(_, ending)| matches!(*ending, "py" | "pyw" | "pth"))
        else {
            continue;
        };
        let is_loaded = || {
            ending == "pth"
                || file.contains("site-packages/")
                || matches!(stem, "sitecustomize" | "usercustomize")
                || model.imports.iter().any(|import| import.path.split('.').next() == Some(stem))
                || check.beside(LOADERS).is_some()
        };
        if is_loaded()
            && let Some(text) = model.constant(data, scope).and_then(|data| data.value.into_text())
        {
            let sink = format!("{}, which it writes and loads", airlock_model::escape::quoted(name));
            payloads.push(Payload { text, range: site.call.range(), sink, at_import: site.place.at_import });
        }
    }
    check.found.payloads.extend(payloads);
}

/// What runs the examples in docstrings.
const DOCTESTS: &[&str] = &[
    "doctest.testmod",
    "doctest.run_docstring_examples",
    "doctest.DocTestSuite",
    "doctest.DocTestFinder",
    "doctest.DocTestParser().get_doctest",
    "doctest.DocTestParser().get_examples",
    "doctest.DocTestParser().parse",
    "doctest.DocTestRunner().run",
];

/// Programs of the library that are given code on their command line.
const COMMAND_LINES: &[&str] = &["timeit.main"];

/// Consoles that run what a function of the caller's reads for them.
const CONSOLES: &[&str] = &["code.interact"];

/// What evaluates parts of a configuration file.
const CONFIGURATIONS: &[&str] = &["logging.config.fileConfig"];

/// Parameters that hold code.
const CODE: &[&str] = &["source", "statement", "stmt", "setup", "cmd", "expression", "arg"];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}", site.verb(), site.path);
    check.capability(site, &Need::DynamicCode, message);
    if let Some(finding) = check.found.findings.last_mut() {
        narrow(finding, equivalents(&site.path));
    }
    examine(check, site);
}

/// The numbers of other tools' rules about a path.
pub(crate) fn equivalents(path: &str) -> &'static [&'static str] {
    match path {
        "builtins.exec" => &["102"],
        "builtins.eval" => &["307"],
        _ => &[],
    }
}

/// Has every constant that the call is given as code examined in turn.
fn examine<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call else { return };
    // `timeit` takes code to prepare with as well.
    let count = if site.path.starts_with("timeit.") { 2 } else { 1 };
    let named = call
        .arguments
        .keywords
        .iter()
        .filter(|keyword| keyword.arg.as_ref().is_some_and(|name| CODE.contains(&name.as_str())));
    let arguments = call.arguments.args.iter().take(count).chain(named.map(|keyword| &keyword.value));
    for code in arguments {
        for folded in check.model.constants(code, site.place.scope) {
            if let Some(text) = folded.value.into_text() {
                check.payload(site, text);
            }
        }
    }
}

/// The examples of all docstrings, which run when one of these is asked to run them.
fn examples<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let given = site.call.and_then(|call| call.arguments.args.first());
    let given =
        given.and_then(|text| check.model.constant(text, site.place.scope)).and_then(|text| text.value.into_text());
    let docstrings = check.model.literals.iter().filter(|literal| literal.is_statement);
    let texts = docstrings.filter_map(|literal| match literal.expr {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        _ => None,
    });
    let code: Vec<String> = given.into_iter().chain(texts).flat_map(|text| prompted(&text)).collect();
    if !code.is_empty() {
        check.payload(site, code.join("\n"));
    }
}

/// The lines behind the prompts of an interactive session.
fn prompted(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if let Some(code) = line.strip_prefix(">>> ").or_else(|| line.strip_prefix("... ")) {
            lines.push(code.to_owned());
        }
    }
    lines
}

/// The words of a command line that are code.
fn command_line<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(words) = site.argument("args", 0) else { return };
    let words = check.model.constant(words, site.place.scope).and_then(|words| words.value.into_items());
    for word in words.into_iter().flatten().filter_map(Const::into_text).filter(|word| !word.starts_with('-')) {
        check.payload(site, word);
    }
}

/// What the function gives that stands for the keyboard.
fn console<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(reader) = site.argument("readfunc", 1) else { return };
    for reached in check.model.resolve(reader, site.place.scope) {
        let Object::Function(function) = reached.object else { continue };
        for line in &check.model.scopes[function.index()].returns {
            if let Some(text) = check.text(line, function) {
                check.payload(site, text);
            }
        }
    }
}

/// The `args` and `kwargs` of handlers in texts that are configuration files.
fn configuration<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let texts: Vec<String> = check
        .model
        .literals
        .iter()
        .filter_map(|literal| match literal.expr {
            Expr::StringLiteral(text) if text.value.to_str().contains("[handler") => {
                Some(text.value.to_str().to_owned())
            }
            _ => None,
        })
        .collect();
    for line in texts.iter().flat_map(|text| text.lines()) {
        if let Some((key, value)) = line.split_once(['=', ':'])
            && matches!(key.trim(), "args" | "kwargs" | "class")
        {
            check.payload(site, value.trim().to_owned());
        }
    }
}

/// Annotations that are text are evaluated by whoever asks for type hints; one that calls
/// something is code.
fn annotations(check: &mut Check<'_, '_>) {
    let mut payloads = Vec::new();
    for annotation in &check.model.annotations {
        if let Some(text) =
            check.model.constant(annotation.value, annotation.place.scope).and_then(|text| text.value.into_text())
            && text.contains('(')
        {
            payloads.push(payload(annotation.value.range(), text));
        }
    }
    for bound in check.model.attributes.get("__annotations__").into_iter().flatten() {
        let Value::Expr(Expr::Dict(dict)) = bound.value else { continue };
        for value in dict.items.iter().map(|item| &item.value) {
            let folded = check.model.constant(value, bound.scope).and_then(|text| text.value.into_text());
            payloads.extend(folded.map(|text| payload(value.range(), text)));
        }
    }
    check.found.payloads.extend(payloads);
}

fn payload(range: TextRange, text: String) -> Payload {
    Payload { text, range, sink: "typing.get_type_hints".to_owned(), at_import: false }
}

const DOC: &str = r##"## What it finds
`exec`, `eval`, `compile`, `types.FunctionType`, `code`, `runpy` and other ways to run code that is not in the plugin's own files as such, by whatever name they are reached. Code in constants is examined in turn, wherever it is run from: `timeit`, `code`, `doctest`, string annotations, logging configurations, modules that the code itself writes and then loads.

## Why it is dangerous
Code that is made at run time is not there to be examined. Where the text is a constant, it is examined in place; where it is not, see AL-CODE-dynamic-code.

## Example
```python
eval("1 + 1")
```

## Safe form
```python
import ast

ast.literal_eval("[1, 2]")
```

## References
- [ast.literal_eval](https://docs.python.org/3/library/ast.html#ast.literal_eval)
- CWE-94: Improper Control of Generation of Code
"##;
