//! What `plugin.yaml` asks for.

use airlock_model::Manifest;
use airlock_model::inventory::{Requirement, RequirementKind, Scope, normalised};

use super::inventory::Inventory;
use super::specifier;

const FILE: &str = "plugin.yaml";

/// Takes over the manifest's requirements, which the manifest's own rules have checked.
pub(super) fn read(manifest: &Manifest, inventory: &mut Inventory<'_>) {
    let requirements = &manifest.requirements;
    let text = inventory.tree.get(FILE).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let asks = |kind, name: &str, specifier: &str, key: &str| {
        let mut asked = Requirement::of(kind, name, Scope::Plugin, FILE);
        asked.specifier = specifier.trim().to_owned();
        asked.line = line_of(text, key);
        asked
    };
    inventory.keep(asks(RequirementKind::Interpreter, "python", &requirements.python, "python"));
    let mut framework = asks(RequirementKind::Package, "agenticraft", &requirements.agenticraft, "agenticraft");
    framework.pinned = specifier::parse(&framework.specifier).ok().as_ref().and_then(specifier::pinned);
    inventory.keep(framework);
    for plugin in &requirements.dependencies {
        let mut asked = asks(RequirementKind::Plugin, &normalised(&plugin.name), &plugin.version, &plugin.name);
        asked.pinned = plugin.version.strip_prefix('=').map(|version| version.trim().to_owned());
        if plugin.optional {
            asked.scope = Scope::Optional;
        }
        inventory.keep(asked);
    }
    for (name, version) in &requirements.system {
        inventory.keep(asks(RequirementKind::System, name, version, name));
    }
}

/// The first line below `requirements:` that holds a word.
fn line_of(text: &str, word: &str) -> Option<u32> {
    let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let holds = |line: &str| {
        line.match_indices(word)
            .any(|(at, _)| edge(line[..at].chars().last()) && edge(line[at + word.len()..].chars().next()))
    };
    let below = text.lines().enumerate().skip_while(|(_, line)| !line.trim_start().starts_with("requirements"));
    let found =
        below.filter(|(_, line)| !line.trim_start().starts_with('#')).find(|(_, line)| !word.is_empty() && holds(line));
    found.and_then(|(index, _)| u32::try_from(index + 1).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_the_one_that_names_it() {
        let text = "name: maps-plus\ntags: [maps]\nrequirements:\n  # maps\n  dependencies:\n    - name: maps-plus\n    - {name: maps}\n";
        assert_eq!(line_of(text, "maps"), Some(7));
        assert_eq!(line_of(text, "python"), None);
    }
}
