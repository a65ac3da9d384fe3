//! `pyproject.toml`: what the project, its build, its groups and the tables of
//! Poetry, uv and PDM ask for.

use airlock_model::escape;
use airlock_model::finding::{Finding, Span};
use airlock_model::inventory::{Requirement, RequirementKind, Scope, normalised};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::inventory::{Inventory, Place, at, redacted};
use super::{poetry, rules, specifier};

const FILE: &str = "pyproject.toml";

type Value<'t> = Spanned<DeValue<'t>>;

/// Reads `pyproject.toml` at the top of the package.
pub(super) fn read(inventory: &mut Inventory<'_>) {
    let Some(text) = inventory.text(FILE) else { return };
    // The reader bounds the depth; the size is bounded already.
    let root = match DeTable::parse(text) {
        Ok(root) => root.into_inner(),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = line_at(text, start);
            let span = Span { line, column: 1, end_line: line, end_column: 2 };
            let message = format!("{FILE} is no TOML: {}", escape::line(error.message()));
            let remedy = format!("Mend line {line} of {FILE}, so that it is TOML.");
            inventory.find(Finding::of(&rules::UNREADABLE, message).in_file(FILE).at(span).remedy(remedy));
            return;
        }
    };
    let mut reader = Reader { text, inventory };
    reader.project(&root);
    reader.groups(&root);
    reader.poetry(&root);
    reader.sources(&root);
}

struct Reader<'r, 't> {
    text: &'r str,
    inventory: &'r mut Inventory<'t>,
}

impl Reader<'_, '_> {
    fn project(&mut self, root: &DeTable<'_>) {
        self.list(path(root, &["build-system", "requires"]), Scope::Build, None);
        self.list(path(root, &["project", "dependencies"]), Scope::Runtime, None);
        for (extra, list) in table(path(root, &["project", "optional-dependencies"])) {
            self.list(Some(list), Scope::Optional, Some(extra));
        }
        for (group, list) in table(path(root, &["tool", "pdm", "dev-dependencies"])) {
            self.list(Some(list), Scope::Dev, Some(group));
        }
        self.list(path(root, &["tool", "uv", "dev-dependencies"]), Scope::Dev, None);
        if let Some(value) = path(root, &["project", "requires-python"]) {
            self.interpreter(value);
        }
    }

    fn groups(&mut self, root: &DeTable<'_>) {
        for (group, list) in table(path(root, &["dependency-groups"])) {
            self.list(Some(list), Scope::Dev, Some(group));
        }
    }

    /// A list of requirements as text; tables in it include other groups, which are read on their own.
    fn list(&mut self, value: Option<&Value<'_>>, scope: Scope, group: Option<&str>) {
        let Some(value) = value else { return };
        let Some(items) = value.get_ref().as_array() else {
            self.odd(value, scope, "this is no list of requirements");
            return;
        };
        for item in items {
            if self.inventory.is_full() {
                return;
            }
            match item.get_ref() {
                DeValue::String(text) => {
                    let place = Place { file: FILE, line: self.line(item), scope, group };
                    self.inventory.requirement(text, place, 0);
                }
                DeValue::Table(table) if table.contains_key("include-group") => {}
                _ => self.odd(item, scope, "this is no requirement: it must be a text"),
            }
        }
    }

    fn interpreter(&mut self, value: &Value<'_>) {
        let Some(text) = value.get_ref().as_str() else { return };
        let line = self.line(value);
        if specifier::parse(text).is_err() {
            let place = Place { file: FILE, line, scope: Scope::Runtime, group: None };
            let message = format!("{} is no specifier of Python versions", escape::quoted(text));
            self.inventory.find(at(&rules::UNPARSEABLE, place, text, message).remedy("Write for instance `>=3.10`."));
        }
        let mut asked = Requirement::of(RequirementKind::Interpreter, "python", Scope::Runtime, FILE);
        asked.specifier = text.trim().to_owned();
        asked.line = Some(line);
        self.inventory.keep(asked);
    }

    fn poetry(&mut self, root: &DeTable<'_>) {
        for (name, value) in table(path(root, &["tool", "poetry", "dependencies"])) {
            self.poetic(name, value, Scope::Runtime, None);
        }
        for (name, value) in table(path(root, &["tool", "poetry", "dev-dependencies"])) {
            self.poetic(name, value, Scope::Dev, None);
        }
        for (group, content) in table(path(root, &["tool", "poetry", "group"])) {
            let dependencies = content.get_ref().as_table().and_then(|table| table.get("dependencies"));
            for (name, value) in table(dependencies.map(|value| value as &Value<'_>)) {
                self.poetic(name, value, Scope::Dev, Some(group));
            }
        }
    }

    /// One of Poetry's entries: a version, a table, or a list of either.
    fn poetic(&mut self, name: &str, value: &Value<'_>, scope: Scope, group: Option<&str>) {
        if self.inventory.is_full() {
            return;
        }
        match value.get_ref() {
            DeValue::String(version) => self.poetic_version(name, version, value, scope, group, None),
            DeValue::Array(items) => items.iter().for_each(|item| {
                if !item.get_ref().is_array() {
                    self.poetic(name, item, scope, group);
                }
            }),
            DeValue::Table(entry) => {
                let text = |key: &str| entry.get(key).and_then(|value| value.get_ref().as_str());
                let optional = entry.get("optional").and_then(|value| value.get_ref().as_bool()) == Some(true);
                let scope = if optional && scope == Scope::Runtime { Scope::Optional } else { scope };
                let source = text("git")
                    .map(|url| format!("git+{url}"))
                    .or_else(|| text("url").or_else(|| text("path")).or_else(|| text("file")).map(str::to_owned));
                self.poetic_version(name, text("version").unwrap_or("*"), value, scope, group, source);
            }
            _ => self.odd(value, scope, "this is no requirement: it must be a text or a table"),
        }
    }

    fn poetic_version(
        &mut self,
        name: &str,
        version: &str,
        value: &Value<'_>,
        scope: Scope,
        group: Option<&str>,
        source: Option<String>,
    ) {
        let place = Place { file: FILE, line: self.line(value), scope, group };
        let written = format!("{name} = \"{version}\"");
        let Some(specifier) = poetry::from_poetry(version) else {
            let message = format!("{} is no version constraint", escape::quoted(version));
            let finding = at(&rules::UNPARSEABLE, place, &written, message);
            self.inventory.find(finding.remedy("Write for instance `^1.2`, `>=1.2,<2` or `1.2.3`."));
            return;
        };
        if let Some(source) = &source {
            self.inventory.direct(source, &format!("{name} = {source}"), place);
        }
        let kind = if name == "python" { RequirementKind::Interpreter } else { RequirementKind::Package };
        let mut asked = Requirement::of(kind, normalised(name), scope, FILE);
        asked.pinned = specifier::parse(&specifier).ok().as_ref().and_then(specifier::pinned);
        asked.specifier = specifier;
        asked.source = source.as_deref().map(redacted);
        asked.line = Some(place.line);
        asked.group = group.map(str::to_owned);
        self.inventory.keep(asked);
    }

    /// Indexes and sources of the tools' own.
    fn sources(&mut self, root: &DeTable<'_>) {
        for keys in [&["tool", "poetry", "source"][..], &["tool", "pdm", "source"], &["tool", "uv", "index"]] {
            let entries = path(root, keys).and_then(|value| value.get_ref().as_array());
            for entry in entries.into_iter().flatten() {
                let url = entry.get_ref().as_table().and_then(|table| table.get("url"));
                if let Some(url) = url.and_then(|url| url.get_ref().as_str()) {
                    self.index(url, self.line(entry));
                }
            }
        }
        for key in ["index-url", "extra-index-url", "find-links"] {
            let value = path(root, &["tool", "uv", key]);
            let all = value.and_then(|value| value.get_ref().as_array()).into_iter().flatten();
            for one in value.into_iter().chain(all) {
                if let Some(url) = one.get_ref().as_str() {
                    self.index(url, self.line(one));
                }
            }
        }
        for (name, entry) in table(path(root, &["tool", "uv", "sources"])) {
            let text = |key: &str| entry.get_ref().as_table()?.get(key)?.get_ref().as_str().map(str::to_owned);
            let source = text("git").map(|url| format!("git+{url}")).or_else(|| text("url")).or_else(|| text("path"));
            if let Some(source) = source {
                let place = Place { file: FILE, line: self.line(entry), scope: Scope::Dev, group: None };
                self.inventory.direct(&source, &format!("{name} = {source}"), place);
            }
        }
    }

    fn index(&mut self, url: &str, line: u32) {
        let place = Place { file: FILE, line, scope: Scope::Dev, group: None };
        let message = format!("the index {} is asked for packages", escape::quoted(&redacted(url)));
        self.inventory.find(at(&rules::PACKAGE_INDEX, place, url, message));
        if url.starts_with("http://") {
            let message =
                format!("{} is asked without TLS, so anyone on the way can answer", escape::quoted(&redacted(url)));
            self.inventory.find(at(&rules::UNVERIFIED_HOST, place, url, message));
        }
    }

    fn odd(&mut self, value: &Value<'_>, scope: Scope, what: &str) {
        let place = Place { file: FILE, line: self.line(value), scope, group: None };
        let line = self.text.lines().nth(place.line as usize - 1).unwrap_or_default();
        let finding = at(&rules::UNPARSEABLE, place, line, what.to_owned());
        self.inventory.find(finding.remedy("Write for instance `dependencies = [\"requests>=2.31\"]`."));
    }

    fn line(&self, value: &Value<'_>) -> u32 {
        line_at(self.text, value.span().start)
    }
}

fn line_at(text: &str, at: usize) -> u32 {
    let ends = memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count();
    u32::try_from(ends).unwrap_or(u32::MAX).saturating_add(1)
}

fn path<'v, 't>(root: &'v DeTable<'t>, keys: &[&str]) -> Option<&'v Value<'t>> {
    let (last, tables) = keys.split_last()?;
    let mut table = root;
    for key in tables {
        table = table.get(*key)?.get_ref().as_table()?;
    }
    table.get(*last)
}

fn table<'v, 't>(value: Option<&'v Value<'t>>) -> impl Iterator<Item = (&'v str, &'v Value<'t>)> {
    let table = value.and_then(|value| value.get_ref().as_table());
    table.into_iter().flat_map(|table| table.iter().map(|(key, value)| (key.get_ref().as_ref(), value)))
}
