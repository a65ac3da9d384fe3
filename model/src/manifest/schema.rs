//! The JSON Schema of `plugin.yaml`, made of the same tables that the checker reads,
//! for editors that complete and check while one types.
//!
//! It says what a schema can say. What it cannot: whether the entry point exists, whether
//! a name is taken, keys that stand twice, features of YAML, hidden characters that not
//! every reader of patterns can name (those beyond 16 bits) or that stand in free mappings.
//! What only earns a warning (a description over its length, an odd contact) is no fault
//! here either.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::fields::{Field, LONGEST_URL, MANIFEST, Shape};
use crate::escape;
use crate::name::{ROUTE_WORDS, devices};
use crate::stdlib::STANDARD_MODULES;

/// Semantic versions without build metadata.
const SEMVER: &str = r"(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?";
const NAME: &str = r"^[a-z](?:-?[a-z0-9])+$";
const URL: &str = r#"^[hH][tT][tT][pP][sS]?://[^\s<>"\\/?#][^\s<>"\\]*$"#;
const ENTRY_POINT: &str = r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$";
/// A release of PEP 440, and what may follow it up to a local part, which only equality takes.
const RELEASE: &str = r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*";
const LATER: &str = r"(?:[-_.]?(?:alpha|beta|preview|pre|rc|a|b|c)(?:[-_.]?[0-9]+)?)?(?:-[0-9]+|[-_.]?(?:post|rev|r)(?:[-_.]?[0-9]+)?)?(?:[-_.]?dev(?:[-_.]?[0-9]+)?)?";
const LOCAL: &str = r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?";
/// A host name, `*` for any, `*.` before a name for all below it, or an IPv6 address.
const HOST: &str = r"^(?:\*|(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*|[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*)$";
const VARIABLE: &str = r"^(?:\*|[A-Za-z0-9_]+)$";

/// What stands between brackets for a character that bars one line of text, and for one that bars several lines.
static BARRED: LazyLock<[String; 2]> =
    LazyLock::new(|| [barred(|_| false), barred(|c| matches!(c, '\n' | '\r' | '\t'))]);

/// The schema, which calls itself `id`. It is written in draft 7, which every editor reads.
#[must_use]
pub fn schema(id: &str) -> Value {
    let mut schema = block(&MANIFEST, true);
    let head = [
        ("$schema", json!("http://json-schema.org/draft-07/schema#")),
        ("$id", json!(id)),
        ("title", json!("plugin.yaml")),
        ("description", json!("The manifest of a plugin, as this registry reads it.")),
    ];
    schema.extend(head.map(|(key, value)| (key.to_owned(), value)));
    Value::Object(schema)
}

/// A mapping with these fields; `open` when it may have others.
fn block(fields: &[Field], open: bool) -> Map<String, Value> {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.key.to_owned(), property(field))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let mut block = Map::new();
    block.insert("type".into(), json!("object"));
    block.insert("properties".into(), Value::Object(properties));
    if !required.is_empty() {
        block.insert("required".into(), json!(required));
    }
    if !open {
        block.insert("additionalProperties".into(), json!(false));
    }
    block
}

fn property(field: &Field) -> Value {
    let mut property = value(&field.shape, field.required);
    if !field.required {
        or_nothing(&mut property);
    }
    property.insert("description".into(), json!(field.about));
    if let Some(default) = field.default {
        property.insert("default".into(), json!(default));
    }
    Value::Object(property)
}

/// A key without a value counts as one that is not there, unless the field is required.
fn or_nothing(property: &mut Map<String, Value>) {
    if let Some(kind) = property.get_mut("type") {
        *kind = json!([kind.clone(), "null"]);
    }
    if let Some(Value::Array(words)) = property.get_mut("enum") {
        words.push(Value::Null);
    }
}

fn value(shape: &Shape, filled: bool) -> Map<String, Value> {
    let value = match shape {
        Shape::Name => name(true),
        Shape::OtherName => name(false),
        Shape::Version => pattern(&format!("^{SEMVER}$"), Some(64)),
        // An address that looks odd earns a warning, which a schema cannot give.
        Shape::Line | Shape::Email => pattern(&text(&BARRED[0], filled), None),
        Shape::Text => pattern(&text(&BARRED[1], filled), None),
        Shape::Word(words) => json!({"type": "string", "enum": words}),
        Shape::Url => {
            json!({"type": "string", "format": "iri", "pattern": URL, "maxLength": LONGEST_URL})
        }
        Shape::EntryPoint => pattern(ENTRY_POINT, Some(255)),
        Shape::Specifier => pattern(&specifier(), None),
        Shape::DependencyVersion => pattern(&dependency_version(), None),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Any | Shape::Owned => json!({}),
        Shape::Object => json!({"type": "object"}),
        Shape::TextMap => {
            let line = text(&BARRED[0], false);
            json!({
                "type": "object",
                "propertyNames": {"pattern": line},
                "additionalProperties": {"type": "string", "pattern": line},
            })
        }
        Shape::Lines => list(pattern(&text(&BARRED[0], false), None)),
        Shape::Hosts => list(pattern(HOST, Some(255))),
        Shape::Variables => list(pattern(VARIABLE, None)),
        Shape::Objects => list(json!({"type": "object"})),
        Shape::Block(fields) => Value::Object(block(fields, true)),
        Shape::ClosedBlock(fields) => Value::Object(block(fields, false)),
        Shape::Blocks(fields) => list(Value::Object(block(fields, true))),
    };
    let Value::Object(mut value) = value else { return Map::new() };
    if matches!(shape, Shape::Owned) {
        value.insert("readOnly".into(), json!(true));
    }
    value
}

/// A text without the `barred` characters; `filled` when something must be seen of it.
fn text(barred: &str, filled: bool) -> String {
    if filled { format!("^[^{barred}]*[^\\s{barred}][^{barred}]*$") } else { format!("^[^{barred}]*$") }
}

/// The characters that bar a text and that every reader of patterns can name, as ranges.
fn barred(stays: impl Fn(char) -> bool) -> String {
    let bars = |code: &u32| char::from_u32(*code).is_some_and(|c| escape::hides(c) && !stays(c));
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in (0..=0xffff).filter(bars) {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == code => *end = code,
            _ => ranges.push((code, code)),
        }
    }
    ranges.iter().fold(String::new(), |mut all, (start, end)| {
        let _ = write!(all, r"\u{start:04x}-\u{end:04x}");
        all
    })
}

/// The comparisons of a PEP 440 specifier: a version that ends in `.*` is only equal or not, a local part likewise, and
/// `~=` needs two numbers.
fn specifier() -> String {
    let equal = format!(r"(?:==|!=)\s*{RELEASE}(?:\.\*|{LATER}{LOCAL})");
    let arbitrary = format!(r"===\s*{RELEASE}{LATER}{LOCAL}");
    let ordered = format!(r"(?:<=?|>=?)\s*{RELEASE}{LATER}");
    let compatible = format!(r"~=\s*v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)+{LATER}");
    let comparison = either_case(&format!(r"\s*(?:{equal}|{arbitrary}|{ordered}|{compatible})\s*"));
    format!("^{comparison}(?:,{comparison})*$")
}

/// A pattern whose letters count in either case; the letter of an escape stays.
fn either_case(pattern: &str) -> String {
    let mut out = String::new();
    let (mut escaped, mut in_class) = (false, false);
    for c in pattern.chars() {
        match c {
            '[' if !escaped => in_class = true,
            ']' if !escaped => in_class = false,
            _ => {}
        }
        if escaped || !c.is_ascii_lowercase() {
            out.push(c);
        } else if in_class {
            // Only the class of all letters is written here.
            out.push_str(match c {
                'a' => "A-Za",
                other => {
                    debug_assert_eq!(other, 'z', "a class holds all letters");
                    "z"
                }
            });
        } else {
            let _ = write!(out, "[{}{c}]", c.to_ascii_uppercase());
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

fn pattern(pattern: &str, longest: Option<u32>) -> Value {
    match longest {
        Some(longest) => json!({"type": "string", "pattern": pattern, "maxLength": longest}),
        None => json!({"type": "string", "pattern": pattern}),
    }
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// A name, and for the plugin's own those that no plugin may have. (Those are no dependency either, but a list of
/// them in two places would be long, and no such plugin can exist to be depended on.)
fn name(own: bool) -> Value {
    let mut name = json!({"type": "string", "pattern": NAME, "minLength": 2, "maxLength": 64});
    if own {
        let modules = STANDARD_MODULES.iter().filter(|module| !module.starts_with('_'));
        let reserved: Vec<String> = ROUTE_WORDS
            .iter()
            .map(|word| (*word).to_owned())
            .chain(modules.map(|module| module.replace('_', "-")))
            .chain(devices())
            .collect();
        name["not"] = json!({"enum": reserved});
    }
    name
}

fn dependency_version() -> String {
    let number = "(?:0|[1-9][0-9]{0,8})";
    format!(r"^(?:\*|{number}(?:\.{number})?\.\*|(?:>=|<=|=|>|<|~|\^){SEMVER})$")
}
