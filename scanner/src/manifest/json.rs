//! Values that are handed on to clients as JSON, whatever they are.

use airlock_model::escape;
use serde_json::{Map, Number, Value as Json};

use super::faults::Faults;
use super::fields::{Lines, hidden};
use super::node::{Node, Scalar, Value};
use super::rules;
use super::scalar::Resolved;

/// The JSON that clients get for a value; what JSON cannot carry is a fault.
pub(super) fn json(node: &Node, path: &str, faults: &mut Faults<'_>) -> Json {
    match &node.value {
        Value::Scalar(scalar) => of_scalar(scalar, node, path, faults),
        Value::List(nodes) => Json::Array(nodes.iter().map(|node| json(node, path, faults)).collect()),
        Value::Map(_) => Json::Object(object(node, path, faults)),
    }
}

/// The JSON object for a mapping; empty for anything else, which the caller has refused.
pub(super) fn object(node: &Node, path: &str, faults: &mut Faults<'_>) -> Map<String, Json> {
    let mut object = Map::new();
    for entry in node.entries().unwrap_or_default() {
        hidden(&entry.key, path, entry.key_span, Lines::One, faults);
        object.insert(entry.key.clone(), json(&entry.value, path, faults));
    }
    object
}

fn of_scalar(scalar: &Scalar, node: &Node, path: &str, faults: &mut Faults<'_>) -> Json {
    let resolved = scalar.resolve();
    if scalar.is_disputed() {
        let message = format!(
            "`{path}` holds {} without quotation marks, which some readers take for text and others for {}",
            escape::quoted(&scalar.text),
            if resolved == Resolved::Text { "a number" } else { scalar.kind() },
        );
        let plain = match &resolved {
            Resolved::Bool(value) => format!("otherwise {value}"),
            Resolved::Int(value) => format!("otherwise {value}"),
            Resolved::Float(value) => format!("otherwise {value}"),
            _ => "otherwise a plain number".to_owned(),
        };
        let remedy = format!("Write \"{}\" if text is meant, {plain}.", escape::line(&scalar.text));
        faults.say(&rules::AMBIGUOUS, node.span, message, remedy);
    }
    match resolved {
        Resolved::Null => Json::Null,
        Resolved::Bool(value) => Json::Bool(value),
        Resolved::Int(value) => Json::Number(value.into()),
        Resolved::Float(value) => Number::from_f64(value).map_or(Json::Null, Json::Number),
        Resolved::Huge | Resolved::NotFinite => {
            let shown = escape::quoted(&scalar.text);
            let message = format!("`{path}` holds {shown}, a number that JSON cannot carry to clients");
            let remedy = "Write a number between -9223372036854775808 and 9223372036854775807, or quote it as text.";
            faults.say(&rules::NOT_JSON, node.span, message, remedy);
            Json::Null
        }
        Resolved::Date | Resolved::Text => {
            hidden(&scalar.text, path, node.span, Lines::Many, faults);
            Json::String(scalar.text.clone())
        }
    }
}
