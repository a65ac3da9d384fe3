//! Dependencies on other plugins and the version forms that clients resolve.

use airlock_model::finding::Finding;
use airlock_model::manifest::Dependency;
use airlock_model::manifest::fields::{DEPENDENCY, keys};
use airlock_model::{PluginName, PluginVersion, escape};

use super::faults::Faults;
use super::fields::{self, Block, Lines, Null, Text};
use super::node::Node;
use super::{nearest, rules};

const KNOWN: &[&str] = &keys(&DEPENDENCY);
const FORM: &str = "{name: other-plugin, version: \">=1.2.3\"}";
const LIST_FORM: &str = "dependencies: [{name: other-plugin, version: \">=1.2.3\"}]";

/// The forms that clients resolve, as messages name them.
const FORMS: &str = "*, =1.2.3, >1.2.3, >=1.2.3, <1.2.3, <=1.2.3, ~1.2.3, ^1.2.3, 1.2.* and 1.*";

/// Reads the list of dependencies; `own` is the plugin's own name.
pub(super) fn read_all(requirements: &Block<'_>, own: &str, faults: &mut Faults<'_>) -> Vec<Dependency> {
    let mut all: Vec<Dependency> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (node, path) in requirements.list("dependencies", LIST_FORM, faults) {
        let Some(dependency) = read(node, path.clone(), own, faults) else { continue };
        if seen.insert(dependency.name.clone()) {
            all.push(dependency);
        } else {
            let shown = escape::quoted(&dependency.name);
            faults.add(node.span, Finding::of(&rules::REPEATED, format!("`{path}` names {shown} a second time")));
        }
    }
    all
}

fn read(node: &Node, path: String, own: &str, faults: &mut Faults<'_>) -> Option<Dependency> {
    if let Some(scalar) = node.scalar() {
        fields::wrong_type(&path, node, "a mapping", &from_text(&scalar.text), faults);
        return None;
    }
    let block = Block::of(node, path, KNOWN, FORM, faults)?;
    let name = block.required("name", Lines::Grammar, "name: other-plugin", faults);
    if let Some(name) = &name {
        check_name(name, &block, own, faults);
    }
    let version = block.text("version", Null::Odd, Lines::Grammar, faults);
    if let Some(version) = version.filter(|version| !is_form(version.text)) {
        let message = format!(
            "`{}` is {}, which clients do not resolve; they resolve {FORMS}",
            block.path("version"),
            escape::quoted(version.text)
        );
        let near = nearest_form(version.text);
        faults.say(&rules::DEPENDENCY, version.span, message, format!("Write `version: \"{near}\"`."));
    }
    let optional = block.flag("optional", faults);
    if let Some(name) = name.filter(|_| !optional) {
        let written = version.map_or("*", |version| version.text);
        let message = format!(
            "clients install {} as a plugin of this registry and take {} as one exact version",
            escape::quoted(name.text),
            escape::quoted(written)
        );
        faults.add(version.map_or(name.span, |version| version.span), Finding::of(&rules::DEPENDENCY_INSTALL, message));
    }
    block.note_unknown(faults);
    Some(Dependency {
        name: name?.owned(),
        version: version.map_or_else(|| "*".to_owned(), |version| version.owned()),
        optional,
    })
}

fn check_name(name: &Text<'_>, block: &Block<'_>, own: &str, faults: &mut Faults<'_>) {
    let path = block.path("name");
    if name.text == own {
        let message = format!("`{path}` is the plugin's own name; a plugin cannot need itself");
        faults.say(&rules::DEPENDENCY, name.span, message, "Delete this entry.");
        return;
    }
    if let Err(error) = name.text.parse::<PluginName>() {
        let message = format!("`{path}` is {}, which no plugin can be called: {error}", escape::quoted(name.text));
        let remedy = match nearest::name(name.text) {
            Some(near) => format!("Write `name: {near}` if that is the plugin; Python packages do not belong here."),
            None => "Name a plugin of this registry; Python packages do not belong here.".to_owned(),
        };
        faults.say(&rules::DEPENDENCY, name.span, message, remedy);
    } else {
        name.must_be_text(&path, faults);
    }
}

/// Whether clients resolve this version text.
fn is_form(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    if let Some(front) = text.strip_suffix(".*") {
        return (1..=2).contains(&front.split('.').count()) && front.split('.').all(is_number);
    }
    let operators = [">=", "<=", "=", ">", "<", "~", "^"];
    let version = operators.iter().find_map(|operator| text.strip_prefix(operator));
    version.is_some_and(|version| version.parse::<PluginVersion>().is_ok())
}

fn is_number(text: &str) -> bool {
    text.len() <= 9
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

/// The form that works and says nearly the same.
fn nearest_form(text: &str) -> String {
    const ANY: &str = "*";
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).take(100).collect();
    let first = compact.split([',', '|']).next().unwrap_or("").trim_matches(['(', ')']);
    let front = first.trim_start_matches(['v', 'V']);
    let wild: Vec<&str> = front.trim_start_matches(['=', '^', '~']).split('.').collect();
    let parts: Vec<&str> = front.trim_start_matches('=').split('.').collect();
    if let [rest @ .., "x" | "X" | "*"] = wild.as_slice() {
        let near = format!("{}.*", rest.iter().take(2).copied().collect::<Vec<_>>().join("."));
        return if is_form(&near) { near } else { ANY.to_owned() };
    }
    if parts.len() < 3 && parts.iter().all(|part| is_number(part)) {
        return format!("{}.*", parts.join("."));
    }
    let table =
        [("===", "="), ("==", "="), ("~=", "~"), ("~>", "~"), (">=", ">="), ("=>", ">="), ("<=", "<="), ("=<", "<=")];
    let short = [(">", ">"), ("<", "<"), ("~", "~"), ("^", "^"), ("=", "=")];
    let (operator, version) = table
        .iter()
        .chain(&short)
        .find_map(|(foreign, ours)| Some((*ours, first.strip_prefix(foreign)?)))
        .unwrap_or(("=", front));
    // Of two bounds the pair is kept where a caret says the same, otherwise the lower one.
    let version = version.trim_end_matches(".*");
    // `~=1.2` ends before 2, `~=1.2.3` before 1.3.
    let operator = if first.starts_with("~=") && version.split('.').count() == 2 { "^" } else { operator };
    match nearest::version(version) {
        Some(version) if operator == ">=" && ends_at_next_major(&compact, &version) => format!("^{version}"),
        Some(version) => format!("{operator}{version}"),
        None => ANY.to_owned(),
    }
}

fn ends_at_next_major(compact: &str, lower: &PluginVersion) -> bool {
    let Some((_, upper)) = compact.split_once(",<") else { return false };
    nearest::version(upper).is_some_and(|upper| {
        let (upper, lower) = (upper.semver(), lower.semver());
        lower.major.checked_add(1) == Some(upper.major) && (upper.minor, upper.patch) == (0, 0)
    })
}

/// The mapping that says what a requirement line says.
pub(super) fn from_text(text: &str) -> String {
    let end = text.find(|c: char| matches!(c, '<' | '>' | '=' | '~' | '^' | '!' | '[' | ';') || c.is_whitespace());
    let (name, version) = text.split_at(end.unwrap_or(text.len()));
    let name = nearest::name(name).map_or_else(|| "other-plugin".to_owned(), |name| name.to_string());
    format!("{{name: {name}, version: \"{}\"}}", version_of(version.trim()))
}

/// A version text as it stands where it works, otherwise the nearest that does.
pub(super) fn version_of(text: &str) -> String {
    if is_form(text) { text.to_owned() } else { nearest_form(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_the_contract_are_taken_and_no_others() {
        for good in [
            "*",
            "=1.2.3",
            ">1.2.3",
            ">=1.2.3",
            "<1.2.3",
            "<=1.2.3",
            "~1.2.3",
            "^1.2.3",
            "^0.2.1",
            "1.2.*",
            "1.*",
            "0.*",
            "=1.2.3-beta.1",
        ] {
            assert!(is_form(good), "{good}");
        }
        for (bad, near) in [
            ("1.2.3", "=1.2.3"),
            ("==1.2.3", "=1.2.3"),
            ("v1.2.3", "=1.2.3"),
            ("1.2", "1.2.*"),
            ("1", "1.*"),
            ("1.2.x", "1.2.*"),
            ("1.2.3.*", "1.2.*"),
            (">=1.2", ">=1.2.0"),
            (">= 1.2.3", ">=1.2.3"),
            ("~=1.2.3", "~1.2.3"),
            ("~=1.2", "^1.2.0"),
            ("^1.x", "1.*"),
            (">=1.0.0,<2.0.0", "^1.0.0"),
            (">=1.0.0,<3", ">=1.0.0"),
            ("latest", "*"),
            ("", "*"),
            ("!=1.0.0", "*"),
            ("==1.2.*", "1.2.*"),
            ("==1.2", "1.2.*"),
        ] {
            assert!(!is_form(bad), "{bad}");
            assert_eq!(nearest_form(bad), near, "{bad}");
            assert!(is_form(&nearest_form(bad)), "{bad}");
        }
        assert!(!is_form("01.*"));
        assert_eq!(from_text("web_search>=1.0"), "{name: web-search, version: \">=1.0.0\"}");
        assert_eq!(from_text("web-search"), "{name: web-search, version: \"*\"}");
    }
}
