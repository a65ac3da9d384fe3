//! `requirements*.txt` and what they include.

use std::collections::BTreeSet;

use airlock_model::finding::{Finding, Severity};
use airlock_model::inventory::{Requirement, RequirementKind, Scope};
use airlock_model::{TreePath, escape};

use super::inventory::{Inventory, Place, at, inside, local, redacted};
use super::lines::{self, Line};
use super::options::{self, Opt, Taken};
use super::rules;

/// Files that are read, those that are included among them.
const MOST_FILES: usize = 100;
/// Files that include one another, one inside the other.
const MOST_DEPTH: usize = 10;

/// Digests that pip takes, with their lengths in hexadecimal digits.
const DIGESTS: &[(&str, usize)] = &[("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Reads every requirements file of the package.
pub(super) fn read_all(inventory: &mut Inventory<'_>) {
    let tree = inventory.tree;
    let found: Vec<&TreePath> = tree.iter().map(|(path, _)| path).filter(|path| is_requirements(path)).collect();
    let mut reading = Reading { read: BTreeSet::new(), open: Vec::new() };
    for path in found {
        if !reading.read.contains(path.as_str()) {
            reading.file(path.as_str(), scope_of(path), inventory);
        }
    }
}

/// `requirements*.txt`, `*requirements.txt` and `requirements/*.txt`, at most three folders deep.
fn is_requirements(path: &TreePath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let Some(stem) = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in")) else { return false };
    let folder = path.components().rev().nth(1).unwrap_or_default();
    let named = stem.starts_with("requirements") || stem.ends_with("requirements") || folder == "requirements";
    named && path.components().count() <= 4
}

/// What a file's name says about when its content is needed.
fn scope_of(path: &TreePath) -> Scope {
    let name = path.as_str().to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let holds = |known: &[&str]| words.iter().any(|word| known.contains(word));
    match () {
        () if holds(&["ci", "dev", "develop", "development", "doc", "docs", "lint", "test", "testing", "tests"]) => {
            Scope::Dev
        }
        () if holds(&["build"]) => Scope::Build,
        () if holds(&["extra", "extras", "optional"]) => Scope::Optional,
        () => Scope::Runtime,
    }
}

/// The scope of a file that is read on its own as well: including it does not make it less needed.
fn own_scope(path: &str) -> Option<Scope> {
    let path = TreePath::new(path).ok()?;
    is_requirements(&path).then(|| scope_of(&path))
}

struct Reading {
    /// Every file that was read.
    read: BTreeSet<String>,
    /// The files that include the one that is being read, and that one.
    open: Vec<String>,
}

impl Reading {
    fn file(&mut self, path: &str, scope: Scope, inventory: &mut Inventory<'_>) {
        if self.read.len() >= MOST_FILES {
            let message = format!(
                "{} was not read: there are more than {MOST_FILES} files of requirements",
                escape::quoted(path)
            );
            inventory.find(Finding::of(&rules::UNREADABLE, message).in_file(path));
            return;
        }
        self.read.insert(path.to_owned());
        let Some(text) = inventory.text(path) else { return };
        self.open.push(path.to_owned());
        for line in lines::logical(text) {
            if inventory.is_full() {
                break;
            }
            self.line(path, scope, &line, inventory);
        }
        self.open.pop();
    }

    fn line(&mut self, path: &str, scope: Scope, line: &Line, inventory: &mut Inventory<'_>) {
        let place = Place { file: path, line: line.number, scope, group: None };
        if line.text.len() > lines::LONGEST {
            let message = format!("a line is longer than {} bytes", lines::LONGEST);
            inventory.find(at(&rules::UNPARSEABLE, place, "", message).remedy("Break it into shorter lines."));
            return;
        }
        if let Some(variable) = variable(&line.text) {
            let message = format!(
                "{} is filled in by the environment of whoever installs, so what is asked for cannot be told",
                escape::quoted(variable)
            );
            inventory.find(at(&rules::UNPARSEABLE, place, &line.text, message).remedy("Write out what is asked for."));
        }
        let Taken { requirement, options } = match options::take(&line.text) {
            Ok(taken) => taken,
            Err(why) => {
                let finding = at(&rules::UNPARSEABLE, place, &line.text, format!("the line cannot be read: {why}"));
                inventory.find(finding.remedy("Use an option that a requirements file may hold, or remove the line."));
                return;
            }
        };
        let hashes = hashes(&options, place, &line.text, inventory);
        for (opt, value) in &options {
            self.option(*opt, value, place, &line.text, inventory);
        }
        if !requirement.is_empty() {
            one(requirement, place, hashes, inventory);
        }
    }

    fn option(&mut self, opt: Opt, value: &str, place: Place<'_>, text: &str, inventory: &mut Inventory<'_>) {
        let shown = escape::quoted(&redacted(value));
        match opt {
            Opt::Index => index(
                &format!("the index {shown} is asked instead of the installer's own"),
                value,
                place,
                text,
                inventory,
            ),
            Opt::ExtraIndex => index(
                &format!("the index {shown} is asked as well, and whichever index offers the higher version wins"),
                value,
                place,
                text,
                inventory,
            ),
            Opt::FindLinks => index(&format!("archives are taken from {shown}"), value, place, text, inventory),
            Opt::TrustedHost => {
                let message = format!("the host {shown} is believed without checking its certificate");
                inventory.find(at(&rules::UNVERIFIED_HOST, place, text, message));
            }
            Opt::Requirement | Opt::Constraint => self.include(opt, value, place, text, inventory),
            Opt::Editable => editable(value, place, text, inventory),
            Opt::NoIndex | Opt::Hash | Opt::RequireHashes | Opt::Other => {}
        }
    }

    fn include(&mut self, opt: Opt, value: &str, place: Place<'_>, text: &str, inventory: &mut Inventory<'_>) {
        let tree = inventory.tree;
        let shown = escape::quoted(&redacted(value));
        let mut say = |severity: Severity, message: String| {
            inventory.find(at(&rules::INCLUDE, place, text, message).severity(severity));
        };
        let Some(target) = local(value).and_then(|path| inside(place.file, path)) else {
            say(Severity::Medium, format!("{shown} lies outside the package, so what it asks for was not examined"));
            return;
        };
        if tree.get(&target).is_none() {
            say(Severity::Low, format!("{shown} is not in the package"));
        } else if self.open.contains(&target) {
            say(Severity::Low, format!("{shown} includes this file again, without end"));
        } else if self.open.len() >= MOST_DEPTH {
            say(Severity::Medium, format!("{shown} was not read: more than {MOST_DEPTH} files include one another"));
        } else if opt == Opt::Requirement && !self.read.contains(&target) {
            self.file(&target, own_scope(&target).unwrap_or(place.scope), inventory);
        }
    }
}

/// One requirement, an address or a path.
fn one(text: &str, place: Place<'_>, hashes: u32, inventory: &mut Inventory<'_>) {
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_path = first.starts_with(['.', '/', '~'])
        || first.contains('\\')
        || first.ends_with(".whl")
        || first.ends_with(".tar.gz")
        || first.ends_with(".zip");
    let has_name = text.split_once('@').is_some_and(|(name, _)| {
        name.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.[], ".contains(&byte))
    });
    if (first.contains("://") || is_path) && !has_name {
        inventory.direct(first, text, place);
        let mut asked = Requirement::of(RequirementKind::Package, named_by(first), place.scope, place.file);
        asked.source = Some(redacted(first));
        asked.hashes = hashes;
        asked.line = Some(place.line);
        inventory.keep(asked);
        return;
    }
    inventory.requirement(text, place, hashes);
}

/// The package's name as far as an address or a path tells it.
fn named_by(source: &str) -> String {
    let egg = source.split_once("#egg=").map(|(_, egg)| egg);
    let path = source.split(['#', '?']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.split(['@', '-']).next().unwrap_or_default().trim_end_matches(".git");
    let name: String =
        egg.unwrap_or(stem).chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(128).collect();
    let name = airlock_model::inventory::normalised(name.trim_matches(['-', '_', '.']));
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

fn editable(value: &str, place: Place<'_>, text: &str, inventory: &mut Inventory<'_>) {
    let shown = escape::quoted(&redacted(value));
    let message = format!("{shown} is installed in place: what is run later is whatever lies there then");
    inventory.find(at(&rules::EDITABLE, place, text, message));
    one(value, place, 0, inventory);
}

fn index(what: &str, value: &str, place: Place<'_>, text: &str, inventory: &mut Inventory<'_>) {
    inventory.find(at(&rules::PACKAGE_INDEX, place, text, what.to_owned()));
    if value.starts_with("http://") {
        let message =
            format!("{} is asked without TLS, so anyone on the way can answer", escape::quoted(&redacted(value)));
        inventory.find(at(&rules::UNVERIFIED_HOST, place, text, message));
    }
}

/// How many well-formed hashes stand in a line; the others are findings.
fn hashes(options: &[(Opt, String)], place: Place<'_>, text: &str, inventory: &mut Inventory<'_>) -> u32 {
    let mut good = 0;
    for (_, value) in options.iter().filter(|(opt, _)| *opt == Opt::Hash) {
        let (algorithm, digest) = value.split_once(':').unwrap_or((value, ""));
        let length = DIGESTS.iter().find(|(name, _)| *name == algorithm).map(|(_, length)| *length);
        let hexadecimal = digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let fault = match length {
            None => Some("its algorithm is none of sha256, sha384 and sha512".to_owned()),
            Some(length) if digest.len() != length || !hexadecimal => Some(format!(
                "a {algorithm} digest has {length} hexadecimal digits, this one has {} characters",
                digest.chars().count()
            )),
            Some(_) => None,
        };
        match fault {
            None => good += 1,
            Some(fault) => {
                let message = format!("the hash {} can match nothing: {fault}", escape::quoted(value));
                inventory.find(at(&rules::HASH, place, text, message));
            }
        }
    }
    good
}

/// The first `${NAME}` that the installer would fill in.
fn variable(text: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(at) = text[from..].find("${").map(|at| at + from) {
        let name = &text[at + 2..];
        let end =
            name.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(name.len());
        if end > 0 && name[end..].starts_with('}') {
            return Some(&text[at..at + 2 + end + 1]);
        }
        from = at + 2;
    }
    None
}
