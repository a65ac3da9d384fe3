//! What only shows when the whole inventory is there: names, pins, hashes and
//! contradictions.

use std::collections::{BTreeMap, BTreeSet};

use airlock_model::escape;
use airlock_model::finding::{Finding, Span};
use airlock_model::inventory::{Requirement, RequirementKind, Scope};
use pep440_rs::Version;
use version_ranges::Ranges;

use super::inventory::Inventory;
use super::{Lookalike, rules, specifier};

/// Names that one message lists.
const MOST_NAMED: usize = 8;

/// Looks at the whole inventory.
pub(super) fn check(inventory: &mut Inventory<'_>, lookalike: &Lookalike<'_>) {
    let all = inventory.requirements.clone();
    let packages: Vec<&Requirement> = all.iter().filter(|one| one.kind == RequirementKind::Package).collect();
    names(&packages, lookalike, inventory);
    unpinned(&packages, inventory);
    hashes(&packages, inventory);
    contradictions(&packages, inventory);
}

fn at(one: &Requirement, finding: Finding) -> Finding {
    let finding = finding.in_file(one.file.as_str());
    match one.line {
        Some(line) => finding.at(Span { line, column: 1, end_line: line, end_column: 2 }),
        None => finding,
    }
}

/// The one place where names are held against well-known ones.
fn names(packages: &[&Requirement], lookalike: &Lookalike<'_>, inventory: &mut Inventory<'_>) {
    let mut seen = BTreeSet::new();
    for one in packages.iter().filter(|one| seen.insert(one.name.as_str())) {
        if let Some(known) = lookalike(&one.name) {
            let (name, known) = (escape::quoted(&one.name), escape::quoted(&known));
            let message = format!("{name} is one slip away from the well-known package {known}");
            let remedy = format!("If {known} is meant, write it; if not, say in the README what {name} is.");
            inventory.find(at(one, Finding::of(&rules::TYPOSQUAT, message)).remedy(remedy));
        }
    }
}

/// One note for each file that leaves versions open.
fn unpinned(packages: &[&Requirement], inventory: &mut Inventory<'_>) {
    let mut by_file: BTreeMap<&str, (usize, Vec<&Requirement>)> = BTreeMap::new();
    for one in packages.iter().filter(|one| one.file.ends_with(".txt") && one.source.is_none()) {
        let entry = by_file.entry(one.file.as_str()).or_default();
        entry.0 += 1;
        if one.pinned.is_none() {
            entry.1.push(one);
        }
    }
    for (file, (all, open)) in by_file {
        let Some(first) = open.first() else { continue };
        let message = format!("{} of {all} requirements name no exact version: {}", open.len(), listed(&open));
        let finding = at(first, Finding::of(&rules::UNPINNED, message));
        inventory.find(Finding { file: Some(file.to_owned()), ..finding });
    }
}

fn listed(all: &[&Requirement]) -> String {
    let names: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    let mut listed = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    if names.len() > MOST_NAMED {
        listed.push_str(&format!(" and {} more", names.len() - MOST_NAMED));
    }
    listed
}

/// As soon as one line has a hash, pip wants one for every line.
fn hashes(packages: &[&Requirement], inventory: &mut Inventory<'_>) {
    let mut by_file: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for one in packages.iter().filter(|one| one.file.ends_with(".txt")) {
        by_file.entry(one.file.as_str()).or_default().push(one);
    }
    for lines in by_file.into_values().filter(|lines| lines.iter().any(|one| one.hashes > 0)) {
        let without: Vec<&Requirement> = lines.iter().filter(|one| one.hashes == 0).copied().collect();
        if let Some(first) = without.first() {
            let message = format!(
                "some requirements have hashes and {} do not, so pip installs none of them: {}",
                without.len(),
                listed(&without)
            );
            inventory.find(at(first, Finding::of(&rules::HASH, message)));
        }
        let open: Vec<&Requirement> = lines
            .iter()
            .filter(|one| one.hashes > 0 && one.pinned.is_none() && one.source.is_none())
            .copied()
            .collect();
        if let Some(first) = open.first() {
            let message = format!(
                "{} requirements have hashes and no exact version, which pip refuses: {}",
                open.len(),
                listed(&open)
            );
            inventory.find(at(first, Finding::of(&rules::HASH, message)));
        }
    }
}

/// Two files that ask for versions of one package that cannot both be had.
fn contradictions(packages: &[&Requirement], inventory: &mut Inventory<'_>) {
    let mut by_name: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    let counts = |one: &&&Requirement| matches!(one.scope, Scope::Plugin | Scope::Runtime) && one.marker.is_none();
    for one in packages.iter().filter(counts) {
        by_name.entry(one.name.as_str()).or_default().push(one);
    }
    for (name, lines) in by_name {
        let mut agreed: Ranges<Version> = Ranges::full();
        for (index, one) in lines.iter().enumerate() {
            let Ok(specifiers) = specifier::parse(&one.specifier) else { continue };
            let both = agreed.intersection(&Ranges::from(specifiers));
            if both.is_empty() {
                let before = lines[..index].iter().rev().find(|other| disjoint(other, one)).unwrap_or(&lines[0]);
                inventory.find(contradiction(name, before, one));
                break;
            }
            agreed = both;
        }
    }
}

fn disjoint(a: &Requirement, b: &Requirement) -> bool {
    let range = |one: &Requirement| specifier::parse(&one.specifier).map(Ranges::from);
    matches!((range(a), range(b)), (Ok(a), Ok(b)) if a.is_disjoint(&b))
}

fn contradiction(name: &str, before: &Requirement, after: &Requirement) -> Finding {
    let place = |one: &Requirement| match one.line {
        Some(line) => format!("{}:{line}", escape::line(&one.file)),
        None => escape::line(&one.file),
    };
    let said = |one: &Requirement| escape::quoted(&one.specifier);
    let message = format!(
        "{} asks for {name} {} and {} for {}; no version will do for both",
        place(after),
        said(after),
        place(before),
        said(before)
    );
    at(after, Finding::of(&rules::CONTRADICTION, message)).evidence(
        Some(before.file.as_str()),
        before.line,
        format!("asks for {}", said(before)),
    )
}
