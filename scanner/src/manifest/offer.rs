//! What the plugin offers: settings, endpoints, examples.

use airlock_model::escape;
use airlock_model::finding::Finding;
use airlock_model::manifest::fields::{self as manifest_fields, keys};
use airlock_model::manifest::{ConfigEntry, Endpoint};
use serde_json::{Map, Value as Json};

use super::faults::Faults;
use super::fields::{self, Block, Lines, Null};
use super::json;
use super::node::{self, Node};
use super::rules;

const CONFIG: &[&str] = &keys(&manifest_fields::CONFIG);
const CONFIG_FORM: &str = "config: [{name: api_key, description: Key of the service, type: str, default_value: null}]";
const ENDPOINT: &[&str] = &keys(&manifest_fields::ENDPOINT);
const ENDPOINT_FORM: &str = "endpoints: [{path: /forecast, description: Tells the weather}]";
const EXAMPLE_FORM: &str = "examples: [{title: Berlin, input: {place: Berlin}}]";

/// Reads the settings.
pub(super) fn config(root: &Block<'_>, faults: &mut Faults<'_>) -> Vec<ConfigEntry> {
    let mut entries: Vec<ConfigEntry> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (node, path) in root.list("config", CONFIG_FORM, faults) {
        let Some(entry) = setting(node, path.clone(), faults) else { continue };
        if !seen.insert(entry.name.clone()) {
            let message = format!("`{path}` describes {} a second time", escape::quoted(&entry.name));
            faults.add(node.span, Finding::of(&rules::REPEATED, message));
        }
        entries.push(entry);
    }
    entries
}

fn setting(node: &Node, path: String, faults: &mut Faults<'_>) -> Option<ConfigEntry> {
    let block = Block::of(node, path, CONFIG, CONFIG_FORM, faults)?;
    let name = block.required("name", Lines::One, "name: api_key", faults).map(|text| text.owned());
    let description =
        block.required("description", Lines::Many, "description: Key of the service", faults).map(|text| text.owned());
    let kind = block.required("type", Lines::One, "type: str", faults).map(|text| text.owned());
    let env_var = block.text("env_var", Null::Absent, Lines::One, faults);
    let entry = ConfigEntry {
        name: name?,
        description: description.unwrap_or_default(),
        default_value: default_value(&block, kind.as_deref(), faults),
        kind: kind.unwrap_or_default(),
        required: block.flag("required", faults),
        env_var: env_var.map(|text| text.owned()),
    };
    block.note_unknown(faults);
    Some(entry)
}

/// The default, as text where the setting says that it is text.
fn default_value(block: &Block<'_>, kind: Option<&str>, faults: &mut Faults<'_>) -> Json {
    let Some(node) = node::find(block.entries, "default_value").map(|entry| &entry.value) else { return Json::Null };
    let path = block.path("default_value");
    let is_text = matches!(kind, Some("str" | "string" | "text"));
    if is_text && node.scalar().is_some() && !node.is_null() {
        return match fields::text_of(node, &path, Lines::Many, faults) {
            Some(text) => Json::String(text.owned()),
            None => Json::Null,
        };
    }
    json::json(node, &path, faults)
}

/// Reads the endpoints.
pub(super) fn endpoints(root: &Block<'_>, faults: &mut Faults<'_>) -> Vec<Endpoint> {
    let list = root.list("endpoints", ENDPOINT_FORM, faults);
    list.into_iter().filter_map(|(node, path)| endpoint(node, path, faults)).collect()
}

fn endpoint(node: &Node, path: String, faults: &mut Faults<'_>) -> Option<Endpoint> {
    let block = Block::of(node, path, ENDPOINT, ENDPOINT_FORM, faults)?;
    let path = block.required("path", Lines::One, "path: /forecast", faults).map(|text| text.owned());
    let description =
        block.required("description", Lines::Many, "description: Tells the weather", faults).map(|text| text.owned());
    let method = block.text("method", Null::Odd, Lines::One, faults);
    let input_schema = schema(&block, "input_schema", faults);
    let output_schema = schema(&block, "output_schema", faults);
    block.note_unknown(faults);
    Some(Endpoint {
        path: path?,
        method: method.map_or_else(|| "POST".to_owned(), |method| method.owned()),
        description: description.unwrap_or_default(),
        input_schema,
        output_schema,
    })
}

fn schema(block: &Block<'_>, key: &str, faults: &mut Faults<'_>) -> Option<Json> {
    let node = block.value(key, Null::Absent, faults)?;
    let path = block.path(key);
    if node.entries().is_none() {
        fields::wrong_type(&path, node, "a mapping, a JSON Schema", &format!("{key}: {{type: object}}"), faults);
        return None;
    }
    Some(json::json(node, &path, faults))
}

/// Reads the examples.
pub(super) fn examples(root: &Block<'_>, faults: &mut Faults<'_>) -> Vec<Map<String, Json>> {
    let mut examples = Vec::new();
    for (node, path) in root.list("examples", EXAMPLE_FORM, faults) {
        if node.entries().is_none() {
            fields::wrong_type(&path, node, "a mapping", EXAMPLE_FORM, faults);
        } else {
            examples.push(json::object(node, &path, faults));
        }
    }
    examples
}
