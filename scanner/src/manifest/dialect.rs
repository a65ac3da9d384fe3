//! The older dialect of `plugin.yaml` that written guides show. It cannot be
//! served, so it is answered with one finding that writes each of its keys anew.

use airlock_model::escape;
use airlock_model::finding::{Finding, Span};

use super::faults::{FILE, Faults};
use super::node::{self, Entry, Node, Value};
use super::root::KNOWN;
use super::{author, dependency, nearest, rules};

/// Entries that are written anew one by one; the rest is only counted.
const MOST_SHOWN: usize = 20;

/// Reports the older dialect; tells whether it is one.
pub(super) fn report(root: &Node, faults: &mut Faults<'_>) -> bool {
    let Some(entries) = root.entries().filter(|entries| is_older(entries)) else { return false };
    let mut rewriting = Rewriting::default();
    for entry in entries {
        rewriting.entry(entry);
    }
    let finding = rewriting.finding(entries);
    let first = entries.iter().find(|entry| is_mark(entry)).map_or(root.span, |entry| entry.key_span);
    faults.add(Span { end_line: first.line, ..first }, finding);
    true
}

/// Keys of the older dialect are there, and what stands in their place here is not.
fn is_older(entries: &[Entry]) -> bool {
    let text_author = node::find(entries, "author").is_some_and(|entry| entry.value.scalar().is_some());
    let lacks = ["type", "title", "entry_point"].iter().any(|key| node::find(entries, key).is_none());
    entries.iter().any(is_mark) && (text_author || lacks)
}

/// Whether an entry belongs to the older dialect alone.
fn is_mark(entry: &Entry) -> bool {
    match entry.key.as_str() {
        "metadata" => matches!(entry.value.value, Value::Map(_)),
        "tools" => matches!(entry.value.value, Value::List(_)),
        "dependencies" | "configuration" => matches!(entry.value.value, Value::Map(_) | Value::List(_)),
        "python_requires" => true,
        _ => false,
    }
}

/// The manifest as it is to be written, gathered key by key.
#[derive(Default)]
struct Rewriting {
    kept: Vec<String>,
    changed: Vec<(Span, String, String)>,
    lines: Vec<String>,
    python: Option<String>,
    dependencies: Vec<String>,
}

impl Rewriting {
    fn entry(&mut self, entry: &Entry) {
        let value = &entry.value;
        match (entry.key.as_str(), &value.value) {
            ("author", Value::Scalar(scalar)) => {
                let line = author::from_text(&scalar.text);
                self.change(entry, &line);
                self.lines.push(line);
            }
            ("metadata", Value::Map(inner)) => self.metadata(entry, inner),
            ("tools", Value::List(tools)) => {
                let names: Vec<String> = tools.iter().take(MOST_SHOWN).map(name_of).collect();
                let line = format!("capabilities: [{}]", names.join(", "));
                self.change(entry, &format!("{line}, and the class that offers them in entry_point"));
                self.lines.push(line);
            }
            ("dependencies", Value::Map(_) | Value::List(_)) => {
                self.dependencies.extend(dependencies(value));
                self.change(
                    entry,
                    "a list under requirements.dependencies, for plugins alone: Python packages do not belong there",
                );
            }
            ("configuration", Value::Map(_) | Value::List(_)) => {
                self.change(entry, "a list `config` with name, description, type and default_value of each");
                self.lines.push("config:".to_owned());
                self.lines.extend(settings(value));
            }
            ("python_requires", Value::Scalar(scalar)) => {
                self.python = Some(written(&scalar.text));
                self.change(entry, "requirements.python");
            }
            (key, _) if KNOWN.contains(&key) => self.kept.push(format!("`{key}`")),
            (key, _) => {
                let near = nearest::key(key, KNOWN.iter().copied());
                self.change(entry, near.as_deref().unwrap_or("a key that is kept and means nothing here"));
            }
        }
    }

    fn metadata(&mut self, entry: &Entry, inner: &[Entry]) {
        let names: Vec<String> = inner.iter().take(MOST_SHOWN).map(|inner| shown(&inner.key)).collect();
        self.change(entry, &format!("its keys at the top level: {}", names.join(", ")));
        for inner in inner.iter().take(MOST_SHOWN) {
            let stays_text = inner.key != "author" || inner.value.scalar().is_none();
            if KNOWN.contains(&inner.key.as_str()) && stays_text {
                self.lines.push(format!("{}: {}", inner.key, brief(&inner.value)));
            } else {
                self.entry(inner);
            }
        }
    }

    fn change(&mut self, entry: &Entry, to: &str) {
        self.changed.push((entry.key_span, shown(&entry.key), to.to_owned()));
    }

    fn finding(mut self, entries: &[Entry]) -> Finding {
        let names: Vec<&str> = self.changed.iter().take(MOST_SHOWN).map(|(_, name, _)| name.as_str()).collect();
        let message = format!(
            "plugin.yaml is written in an older dialect that clients cannot read; to be rewritten: {}",
            names.join(", ")
        );
        if self.python.is_some() || !self.dependencies.is_empty() {
            self.lines.push("requirements:".to_owned());
            self.lines.extend(self.python.iter().map(|python| format!("  python: {python}")));
            if !self.dependencies.is_empty() {
                self.lines.push("  dependencies:".to_owned());
                self.lines.extend(self.dependencies.iter().map(|line| format!("    - {line}")));
            }
        }
        for (key, line) in EXAMPLES {
            let written = self.lines.iter().any(|have| have.split(':').next() == Some(key));
            let there = node::find(entries, key).is_some() || written;
            if !there {
                self.lines.push((*line).to_owned());
            }
        }
        let kept = if self.kept.is_empty() {
            String::new()
        } else {
            self.kept.dedup();
            format!("{} stay. ", self.kept.join(", "))
        };
        let remedy = format!("{kept}Write the rest so:\n{}", self.lines.join("\n"));
        self.changed
            .iter()
            .take(MOST_SHOWN)
            .fold(Finding::of(&rules::OLDER_DIALECT, message).remedy(remedy), |finding, (span, name, to)| {
                finding.evidence(Some(FILE), Some(span.line), format!("{name} becomes {to}"))
            })
    }
}

/// What a manifest of this dialect often lacks.
const EXAMPLES: &[(&str, &str)] = &[
    ("name", "name: my-plugin"),
    ("version", "version: 1.0.0"),
    ("type", "type: tool"),
    ("title", "title: What people call it"),
    ("description", "description: One sentence."),
    ("author", author::FORM),
    ("entry_point", "entry_point: package.module:Class"),
];

fn dependencies(value: &Node) -> Vec<String> {
    match &value.value {
        Value::Map(entries) => entries
            .iter()
            .take(MOST_SHOWN)
            .map(|entry| {
                let version = entry.value.scalar().map_or("*", |scalar| scalar.text.as_str());
                format!("{{name: {}, version: \"{}\"}}", slug(&entry.key), dependency::version_of(version))
            })
            .collect(),
        Value::List(nodes) => nodes
            .iter()
            .take(MOST_SHOWN)
            .filter_map(|node| node.scalar().map(|scalar| dependency::from_text(&scalar.text)))
            .collect(),
        Value::Scalar(_) => Vec::new(),
    }
}

fn slug(text: &str) -> String {
    nearest::name(text).map_or_else(|| written(text), |name| name.to_string())
}

fn settings(value: &Node) -> Vec<String> {
    let setting = |name: &str, value: &Node| {
        let field = |keys: &[&str]| {
            let entries = value.entries().unwrap_or_default();
            keys.iter().find_map(|key| node::find(entries, key)).map(|entry| brief(&entry.value))
        };
        let default = if value.entries().is_some() { field(&["default_value", "default"]) } else { Some(brief(value)) };
        format!(
            "  - {{name: {}, description: {}, type: {}, default_value: {}{}}}",
            written(name),
            field(&["description", "help"]).unwrap_or_else(|| "What it sets".to_owned()),
            field(&["type"]).unwrap_or_else(|| "str".to_owned()),
            default.unwrap_or_else(|| "null".to_owned()),
            field(&["required"]).map(|required| format!(", required: {required}")).unwrap_or_default()
        )
    };
    match &value.value {
        Value::Map(entries) => entries.iter().take(MOST_SHOWN).map(|entry| setting(&entry.key, &entry.value)).collect(),
        Value::List(nodes) => nodes.iter().take(MOST_SHOWN).map(|node| setting(&name_of(node), node)).collect(),
        Value::Scalar(_) => Vec::new(),
    }
}

/// The name of a list's entry: the text itself, or its `name`.
fn name_of(node: &Node) -> String {
    let inner = node.entries().and_then(|entries| node::find(entries, "name")).map(|entry| &entry.value);
    brief(inner.unwrap_or(node))
}

/// A value on one line, cut short.
fn brief(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) if scalar.plain && scalar.kind() != "text" => escape::line(&scalar.text),
        Value::Scalar(scalar) => written(&scalar.text),
        Value::List(nodes) => {
            let inner: Vec<String> = nodes.iter().take(MOST_SHOWN).map(name_of_scalar).collect();
            format!("[{}]", inner.join(", "))
        }
        Value::Map(_) => "{…}".to_owned(),
    }
}

fn name_of_scalar(node: &Node) -> String {
    if node.scalar().is_some() { brief(node) } else { "…".to_owned() }
}

fn shown(key: &str) -> String {
    format!("`{}`", escape::line(&key.chars().take(40).collect::<String>()))
}

/// A text as YAML writes it on one line: plain where that is safe, otherwise quoted.
pub(super) fn written(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    let safe = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-' | '/' | '@' | '+' | '(' | ')');
    let scalar = node::Scalar { text: cut.clone(), plain: true };
    let plain = cut.starts_with(char::is_alphanumeric)
        && !cut.ends_with(' ')
        && cut.chars().all(safe)
        && scalar.kind() == "text"
        && !scalar.is_disputed();
    if plain { cut } else { format!("\"{}\"", escape::line(&cut.replace('\\', "\\\\").replace('"', "\\\""))) }
}
