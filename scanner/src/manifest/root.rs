//! The manifest as a whole: every field once, then the typed value.

use airlock_model::finding::Finding;
use airlock_model::manifest::fields::{self, LONGEST_DESCRIPTION, Shape};
use airlock_model::manifest::{Category, License, PluginType};
use airlock_model::version::VersionError;
use airlock_model::{Manifest, PluginName, PluginVersion, escape};

use super::faults::Faults;
use super::fields::{Block, Lines, Null, Text};
use super::node::{self, Node};
use super::{
    Around, author, entry_point, json, likeness, nearest, offer, permissions, requirements, rules, url, words,
};

/// Every key that means something at the top level.
pub(super) const KNOWN: &[&str] = &fields::keys(&fields::MANIFEST);

/// Reads every field; `None` when a required one cannot be had.
pub(super) fn read(root: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<Manifest> {
    let block = Block::of(root, String::new(), KNOWN, "name: my-plugin", faults)?;
    let name = name(&block, around, faults);
    let version = version(&block, faults);
    let kind = words::required(&block, "type", PluginType::WORDS, PluginType::from_word, faults);
    let category = words::or(&block, "category", Category::Other, Category::WORDS, Category::from_word, faults);
    let title = block.required("title", Lines::One, "title: Weather", faults).map(|text| text.owned());
    let description = description(&block, faults);
    let long_description = block.text("long_description", Null::Absent, Lines::Many, faults);
    let author = author::read(&block, faults);
    let license: License = words::license(&block, faults);
    let homepage = url::field(&block, "homepage", faults);
    let repository = url::field(&block, "repository", faults);
    let documentation = url::field(&block, "documentation", faults);
    let entry_point = entry_point::read(&block, kind, around.tree, faults);
    let own = name.as_ref().map_or("", PluginName::as_str);
    let requirements = requirements::read(&block, own, faults);
    let config = offer::config(&block, faults);
    let tags = block.texts("tags", "tags: [weather]", faults);
    let capabilities = block.texts("capabilities", "capabilities: [forecast]", faults);
    let endpoints = offer::endpoints(&block, faults);
    let examples = offer::examples(&block, faults);
    let permissions = permissions::read(&block, faults);
    note_owned(&block, faults);
    let extra = extra(&block, faults);
    let owned = |texts: Vec<Text<'_>>| texts.iter().map(Text::owned).collect();
    Some(Manifest {
        name: name?,
        version: version?,
        kind: kind?,
        category,
        title: title?,
        description: description?,
        long_description: long_description.map(|text| text.owned()),
        author,
        license,
        homepage,
        repository,
        documentation,
        entry_point: entry_point?,
        requirements,
        config,
        tags: owned(tags),
        capabilities: owned(capabilities),
        endpoints,
        examples,
        permissions,
        extra,
    })
}

fn name(block: &Block<'_>, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<PluginName> {
    let text = block.required("name", Lines::Grammar, "name: my-plugin", faults)?;
    match text.text.parse() {
        Ok(name) => {
            text.must_be_text("name", faults);
            likeness::report(&name, text.span, around.listed, faults);
            Some(name)
        }
        Err(error) => {
            let message = format!("`name` is {}: {error}", escape::quoted(text.text));
            let remedy = match nearest::name(text.text) {
                Some(near) => format!("Write `name: {near}`."),
                None => "Write 2 to 64 characters of a-z, 0-9 and single hyphens.".to_owned(),
            };
            faults.say(&rules::NAME, text.span, message, remedy);
            None
        }
    }
}

fn version(block: &Block<'_>, faults: &mut Faults<'_>) -> Option<PluginVersion> {
    let text = block.required("version", Lines::Grammar, "version: 1.0.0", faults)?;
    text.text
        .parse()
        .map_err(|error: VersionError| {
            let message = format!("`version` is {}: {error}", escape::quoted(text.text));
            let remedy = match nearest::version(text.text) {
                Some(near) => format!("Write `version: {near}`."),
                None => "Write for instance `version: 1.0.0`.".to_owned(),
            };
            faults.say(&rules::VERSION, text.span, message, remedy);
        })
        .ok()
}

fn description(block: &Block<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let example = "description: Tells the weather of a place.";
    let text = block.required("description", Lines::Many, example, faults)?;
    let length = text.text.trim_end().chars().count();
    if length > LONGEST_DESCRIPTION {
        let message =
            format!("`description` has {length} characters; lists show {LONGEST_DESCRIPTION} and cut the rest");
        faults.add(text.span, Finding::of(&rules::LONG_DESCRIPTION, message));
    }
    Some(text.owned())
}

fn note_owned(block: &Block<'_>, faults: &mut Faults<'_>) {
    let owned = fields::MANIFEST.iter().filter(|field| matches!(field.shape, Shape::Owned));
    for entry in owned.filter_map(|field| node::find(block.entries, field.key)) {
        let message = format!("`{}` is filled in by the registry; the value written here is not used", entry.key);
        faults.add(entry.key_span, Finding::of(&rules::REGISTRY_OWNED, message));
    }
}

/// The keys that are not ours, kept and noted.
fn extra(block: &Block<'_>, faults: &mut Faults<'_>) -> serde_json::Map<String, serde_json::Value> {
    let mut extra = serde_json::Map::new();
    for entry in block.unknown() {
        block.report_unknown(entry, &rules::UNKNOWN_KEY, "means nothing here; it is kept and handed on", faults);
        super::fields::hidden(&entry.key, "the manifest", entry.key_span, Lines::One, faults);
        extra.insert(entry.key.clone(), json::json(&entry.value, &escape::line(&entry.key), faults));
    }
    extra
}
