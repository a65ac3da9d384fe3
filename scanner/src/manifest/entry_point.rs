//! The entry point: its form here, its existence asked of the Python room.

use airlock_model::escape::quoted;
use airlock_model::finding::Finding;
use airlock_model::manifest::PluginType;
use airlock_model::{Tree, escape};

use crate::python::{self, Defined, EntryPoint};

use super::faults::Faults;
use super::fields::{Block, Lines, Text};
use super::rules;

/// Names and modules that are compared with a wrong one.
const MOST_COMPARED: usize = 1000;

/// Names that a remedy lists.
const MOST_LISTED: usize = 6;

const EXAMPLE: &str = "entry_point: weather.plugin:Weather";

/// Reads and checks the entry point.
pub(super) fn read(root: &Block<'_>, kind: Option<PluginType>, tree: &Tree, faults: &mut Faults<'_>) -> Option<String> {
    let text = root.required("entry_point", Lines::Grammar, EXAMPLE, faults)?;
    match split(text.text) {
        Some((module, name)) => {
            if exists(&text, module, name, tree, faults) {
                methods(&text, kind, (module, name), tree, faults);
            }
        }
        None => malformed(&text, faults),
    }
    Some(text.owned())
}

/// What the framework's own base classes leave to be defined: a class without it cannot be instantiated.
const ABSTRACT: &[(&str, &[&str])] = &[
    ("BaseTool", &["arun", "get_definition"]),
    ("Tool", &["arun", "get_definition"]),
    ("BasePlugin", &["get_info"]),
    ("Plugin", &["get_info"]),
    ("ToolPlugin", &["create_tools"]),
    ("AgentPlugin", &["create_agents"]),
];

/// What a class without a base of the framework's is called by.
const CALLED: &[&str] = &["arun", "run", "execute", "__call__"];

/// What a plugin class hands its tools and agents out by.
const OFFERS: &[&str] = &["get_tools", "get_agents", "enhance_agent"];

/// Warns of a class that lacks what a plugin of its type is called by.
fn methods(
    text: &Text<'_>,
    kind: Option<PluginType>,
    (module, name): (&str, &str),
    tree: &Tree,
    faults: &mut Faults<'_>,
) {
    let Some(kind @ (PluginType::Tool | PluginType::Agent)) = kind else { return };
    let Defined::Class { file, line, methods, outside } = python::defined(tree, module, name) else { return };
    let has = |method: &&str| methods.contains(*method);
    let framework = outside.iter().filter(|base| base.starts_with("agenticraft."));
    let base = framework.map(|base| base.rsplit('.').next().unwrap_or(base)).next();
    let (message, remedy) = if let Some((base, needed)) =
        base.and_then(|base| ABSTRACT.iter().find(|(b, _)| *b == base))
    {
        let missing: Vec<&str> = needed.iter().copied().filter(|method| !has(method)).collect();
        // Bases beside the framework's may define what is missing.
        if missing.is_empty() || outside.len() > 1 {
            return;
        }
        let missing = missing.join(" and ");
        (
            format!(
                "`entry_point` names the class '{name}', which derives from {base} and lacks {missing}: it cannot be instantiated"
            ),
            format!("Define {missing} in {name}."),
        )
    } else if outside.is_empty() && !CALLED.iter().chain(OFFERS).any(has) {
        let (kind, called) = (kind.as_str(), CALLED.join(", "));
        (
            format!(
                "`entry_point` names the class '{name}', which has none of the methods that a plugin of type {kind} is called by: {called}"
            ),
            format!("Define arun in {name}, or let {name} inherit from a base class of the framework."),
        )
    } else {
        return;
    };
    let finding = Finding::of(&rules::ENTRY_POINT_METHODS, message).remedy(remedy);
    faults.add(text.span, finding.evidence(Some(&file), Some(line), format!("{name} is defined here")));
}

/// Asks the source whether the class is there.
fn exists(text: &Text<'_>, module: &str, name: &str, tree: &Tree, faults: &mut Faults<'_>) -> bool {
    let (message, remedy) = match python::entry_point(tree, module, name) {
        EntryPoint::Found => return true,
        EntryPoint::ModuleMissing { looked_at } => (
            format!("`entry_point` names the module '{module}', which is not in the archive"),
            match module_near(module, tree) {
                Some(near) => format!("Write `entry_point: {near}:{name}`, or add the module."),
                None => format!("Add one of {}.", listed(&looked_at)),
            },
        ),
        EntryPoint::NameMissing { file, defined } => {
            let defined: Vec<&str> = defined.iter().map(String::as_str).collect();
            let near = similar(name, &defined);
            let names = listed(&defined.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            (
                format!("`entry_point` names '{name}', which {} does not define at its top level", quoted(&file)),
                match near {
                    Some(near) => format!("Write `entry_point: {module}:{}`.", escape::line(near)),
                    None if defined.is_empty() => format!("Define {name} there, or name another module."),
                    None => format!("Define {name} there, or name what it defines: {names}."),
                },
            )
        }
        EntryPoint::Unparseable { file } => (
            format!("`entry_point` names a module whose source cannot be read as Python: {}", quoted(&file)),
            "Mend the source; its own finding names the place.".to_owned(),
        ),
    };
    faults.say(&rules::ENTRY_POINT_MISSING, text.span, message, remedy);
    false
}

/// The module of the tree that was likely meant.
fn module_near(module: &str, tree: &Tree) -> Option<String> {
    let modules: Vec<String> = tree
        .iter()
        .filter_map(|(path, _)| path.as_str().strip_suffix(".py"))
        .map(|path| path.strip_prefix("src/").unwrap_or(path).trim_end_matches("/__init__").replace('/', "."))
        .filter(|module| module.split('.').all(is_identifier))
        .take(MOST_COMPARED)
        .collect();
    let borrowed: Vec<&str> = modules.iter().map(String::as_str).collect();
    similar(module, &borrowed).map(str::to_owned)
}

fn similar<'w>(seen: &str, words: &[&'w str]) -> Option<&'w str> {
    words
        .iter()
        .take(MOST_COMPARED)
        .map(|word| (strsim::jaro_winkler(seen, word), *word))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// A few of the names, quoted.
fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(MOST_LISTED).map(|name| quoted(name)).collect();
    if names.len() > MOST_LISTED {
        shown.push(format!("and {} more", names.len() - MOST_LISTED));
    }
    shown.join(", ")
}

/// Module and name of an entry point.
fn split(text: &str) -> Option<(&str, &str)> {
    let (module, name) = text.split_once(':')?;
    (text.len() <= 255 && module.split('.').all(is_identifier) && is_identifier(name)).then_some((module, name))
}

fn is_identifier(text: &str) -> bool {
    text.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) && python::is_name(text)
}

fn malformed(text: &Text<'_>, faults: &mut Faults<'_>) {
    let message =
        format!("`entry_point` is {}, which is not `package.module:Class` in ASCII identifiers", quoted(text.text));
    let remedy = match nearest(text.text) {
        Some(near) => format!("Write `entry_point: {near}`."),
        None => format!("Write the module's dotted name, a colon and the class, for instance `{EXAMPLE}`."),
    };
    faults.say(&rules::ENTRY_POINT, text.span, message, remedy);
}

/// The entry point that a path or a dotted name likely means.
fn nearest(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).take(256).collect();
    let compact = compact.replace("::", ":").replace(".py", "").replace(['/', '\\'], ".");
    let compact = compact.trim_matches('.').trim_end_matches("()");
    let near = match compact.split_once(':') {
        Some(_) => compact.to_owned(),
        None => {
            let (module, class) = compact.rsplit_once('.')?;
            class.starts_with(|c: char| c.is_ascii_uppercase()).then(|| format!("{module}:{class}"))?
        }
    };
    split(&near).is_some().then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_are_split() {
        assert_eq!(split("weather.plugin:Weather"), Some(("weather.plugin", "Weather")));
        for bad in ["weather", "weather:", ":Weather", "a..b:C", "a:b:C", "a:b.C", "1a:B", "a-b:C", "wеather:W", "a :B"]
        {
            assert_eq!(split(bad), None, "{bad}");
        }
        for (seen, near) in [
            ("weather.plugin.Weather", Some("weather.plugin:Weather")),
            ("weather/plugin.py:Weather", Some("weather.plugin:Weather")),
            ("./weather/plugin.py:Weather()", Some("weather.plugin:Weather")),
            ("weather.plugin : Weather", Some("weather.plugin:Weather")),
            ("weather/plugin.py", None),
            ("", None),
        ] {
            assert_eq!(nearest(seen).as_deref(), near, "{seen}");
        }
    }
}
