//! `setup.cfg`: the lists of its `[options]`.

use airlock_model::inventory::Scope;

use super::inventory::{Inventory, Place};

const FILE: &str = "setup.cfg";

/// Reads `setup.cfg` at the top of the package.
pub(super) fn read(inventory: &mut Inventory<'_>) {
    let Some(text) = inventory.text(FILE) else { return };
    let mut section = "";
    let mut list: Option<(Scope, Option<&str>)> = None;
    for (index, line) in text.lines().enumerate() {
        if inventory.is_full() {
            return;
        }
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let value = if line.starts_with([' ', '\t']) {
            trimmed
        } else if let Some(name) = trimmed.strip_prefix('[') {
            section = name.trim_end_matches(']').trim();
            list = None;
            continue;
        } else {
            let (key, value) = trimmed.split_once(['=', ':']).unwrap_or((trimmed, ""));
            list = listed(section, key.trim());
            value.trim()
        };
        let Some((scope, group)) = list else { continue };
        let place = Place { file: FILE, line: number, scope, group };
        // `file:` names requirements files, which are read as such.
        if !value.is_empty() && !value.starts_with("file:") {
            inventory.requirement(value, place, 0);
        }
    }
}

fn listed<'k>(section: &str, key: &'k str) -> Option<(Scope, Option<&'k str>)> {
    match (section, key) {
        ("options", "install_requires") => Some((Scope::Runtime, None)),
        ("options", "setup_requires") => Some((Scope::Build, None)),
        ("options", "tests_require") => Some((Scope::Dev, None)),
        ("options.extras_require", extra) => Some((Scope::Optional, Some(extra))),
        _ => None,
    }
}
