//! The JSON Schema of `plugin.yaml`, made of the same tables that the checker reads,
//! for editors that complete and check while one types.
//!
//! It says what a schema can say. What it cannot: whether the entry point exists, whether
//! a name is taken, keys that stand twice, features of YAML, characters that hide text.
//! What only earns a warning (a description over its length, an odd contact) is no fault
//! here either.

use serde_json::{Map, Value, json};

use super::fields::{Field, LONGEST_URL, MANIFEST, Shape};
use crate::name::{ROUTE_WORDS, devices};
use crate::stdlib::STANDARD_MODULES;

/// Semantic versions without build metadata.
const SEMVER: &str = r"(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?";
const NAME: &str = r"^[a-z](?:-?[a-z0-9])+$";
const LINE: &str = r"^[^\n\r\t]*$";
const FILLED_LINE: &str = r"^[^\n\r\t]*\S[^\n\r\t]*$";
const URL: &str = r#"^[hH][tT][tT][pP][sS]?://[^\s<>"\\/?#][^\s<>"\\]*$"#;
const ENTRY_POINT: &str = r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$";
/// One comparison of a PEP 440 specifier.
const COMPARISON: &str = r"\s*(?:~=|===?|!=|<=?|>=?)\s*v?[0-9][0-9A-Za-z.!+*_-]*\s*";
/// A host name, `*` for any, `*.` before a name for all below it, or an IPv6 address.
const HOST: &str = r"^(?:\*|(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*|[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*)$";
const VARIABLE: &str = r"^(?:\*|[A-Za-z0-9_]+)$";

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
        Shape::Line if filled => pattern(FILLED_LINE, None),
        Shape::Line => pattern(LINE, None),
        Shape::Text if filled => pattern(r"\S", None),
        // An address that looks odd earns a warning, which a schema cannot give.
        Shape::Text | Shape::Email => json!({"type": "string"}),
        Shape::Word(words) => json!({"type": "string", "enum": words}),
        Shape::Url => {
            json!({"type": "string", "format": "iri", "pattern": URL, "maxLength": LONGEST_URL})
        }
        Shape::EntryPoint => pattern(ENTRY_POINT, Some(255)),
        Shape::Specifier => pattern(&format!("^{COMPARISON}(?:,{COMPARISON})*,?\\s*$"), None),
        Shape::DependencyVersion => pattern(&dependency_version(), None),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Any | Shape::Owned => json!({}),
        Shape::Object => json!({"type": "object"}),
        Shape::TextMap => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Shape::Lines => list(pattern(LINE, None)),
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
