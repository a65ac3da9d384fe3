//! From a list of members to what becomes of each: names, drops, the top folder,
//! links, duplicates and collisions, the same for every form of archive.

use std::borrow::Cow;
use std::collections::HashSet;

use airlock_model::escape::quoted;
use airlock_model::limits::ArchiveLimits;
use airlock_model::tree::TreePath;

use super::collisions::{Clash, Names};
use super::drops::{self, Dropped};
use super::faults::{Fault, Faults};
use super::left_out::{LeftOut, clashing, dropping, pass_by};
use super::{names, rules};

/// How many members an archive may have in all, for each that a plugin may have:
/// what is left out does not count for the plugin, but has to be read.
const MEMBERS_IN_ALL: u64 = 10;

/// How many files and folders their names may amount to, for each that a plugin may have.
const NAMES_IN_ALL: u64 = 40;

/// How to pack names of other alphabets.
const MARKED: &str = "Pack with `airlock pack DIR`, with `python3 -m zipfile -c my-plugin.zip my-plugin`, with 7-Zip or \
                      bsdtar, or as a tar.gz: these say that names are UTF-8, as Info-ZIP's `zip` and the Finder do not.";

/// How to mend the top folder's name.
const RENAME_TOP: &str = "Give the top folder another name and pack again: letters, digits, dot, dash and underscore are \
                          safe everywhere, 100 of them at most.";

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic or hard link.
    Link,
    /// Anything else, named.
    Special(&'static str),
}

/// One member as an archive lists it.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    /// The name's bytes as the archive has them.
    pub(crate) name: Cow<'a, [u8]>,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether it would run as its owner or group.
    pub(crate) set_id: bool,
    /// Whether the name is not ASCII and the archive does not say that it is UTF-8.
    pub(crate) unmarked: bool,
}

/// Where members came from, which decides the rules for the top folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Exactly one top folder.
    Tar,
    /// One top folder, or everything at the root.
    Zip,
    /// Everything at the root.
    Folder,
}

/// What becomes of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its content is a file of the tree.
    File(TreePath),
    /// Its content must be that of a file already there.
    Repeat(TreePath),
    /// It is read for its framing only.
    Pass,
}

/// What becomes of all members, in their order.
#[derive(Debug)]
pub(crate) struct Intake {
    /// One for each member.
    pub(crate) fates: Vec<Fate>,
    /// The one folder that everything is under.
    pub(crate) top_folder: Option<String>,
}

/// The most members of any kind that are looked at.
pub(crate) const fn most_members(limits: &ArchiveLimits) -> u64 {
    limits.members.saturating_mul(MEMBERS_IN_ALL)
}

/// Decides about every member.
pub(crate) fn examine(members: &[Member<'_>], layout: Layout, limits: &ArchiveLimits, faults: &mut Faults) -> Intake {
    let mut paths = parsed(members, faults);
    let mut dropped = Dropped::default();
    let mut left_out = vec![None; members.len()];
    for (path, left_out) in paths.iter_mut().zip(&mut left_out) {
        let Some(full) = *path else { continue };
        if let Some((drop, end)) = dropping(full) {
            dropped.count(drop, full);
            *left_out = Some(LeftOut { path: full, end });
            *path = None;
        }
    }
    let top_folder = top_folder(members, &paths, layout, faults);
    if let Some(top) = &top_folder {
        judge_top(top, limits, faults);
    }
    let below = top_folder.as_deref().map_or(0, |top| top.len() + 1);
    drop_environments(&mut paths, &mut left_out, below, &mut dropped);
    if faults.is_fatal() {
        dropped.report(faults);
        return Intake { fates: vec![Fate::Pass; members.len()], top_folder };
    }
    let fates = fates(members, &paths, &left_out, top_folder.as_deref().unwrap_or(""), layout, limits, faults);
    if faults.is_empty() && !fates.iter().any(|fate| matches!(fate, Fate::File(_))) {
        let besides = if dropped.is_empty() { "" } else { " besides what is always left out" };
        faults.fatal(&rules::NO_FILES, None, format!("The archive has no file{besides}."));
    }
    dropped.report(faults);
    Intake { fates, top_folder }
}

/// Every name as a path, `None` where it is refused or the root itself.
fn parsed<'a>(members: &'a [Member<'_>], faults: &mut Faults) -> Vec<Option<&'a str>> {
    let path = |member: &'a Member<'_>| match names::parse(&member.name) {
        Ok(path) => path,
        Err(refused) => {
            let lossy = String::from_utf8_lossy(&member.name);
            let message = format!("The member name {} {}.", quoted(&lossy), refused.because);
            faults.add(refused.rule, Some(&lossy), message);
            None
        }
    };
    members.iter().map(path).collect()
}

/// The first component that all paths share, where the layout asks for one.
fn top_folder(members: &[Member<'_>], paths: &[Option<&str>], layout: Layout, faults: &mut Faults) -> Option<String> {
    if layout == Layout::Folder {
        return None;
    }
    let mut tops: Vec<&str> = Vec::new();
    let mut at_root = None;
    for (member, path) in members.iter().zip(paths) {
        let Some(path) = path else { continue };
        let (top, below) = path.split_once('/').map_or((*path, false), |(top, _)| (top, true));
        if !below && member.kind != Kind::Folder {
            at_root.get_or_insert(*path);
        }
        if tops.len() < 4 && !tops.contains(&top) {
            tops.push(top);
        }
    }
    match (layout, at_root, tops.as_slice()) {
        (_, None, []) => None,
        (_, None, [top]) => Some((*top).to_owned()),
        (Layout::Tar, Some(file), _) => {
            let message = format!("{} stands at the root of the tar, beside no top folder.", quoted(file));
            faults.add(&rules::TOP_FOLDER, None, message);
            None
        }
        (Layout::Tar, None, tops) => {
            let tops: Vec<String> = tops.iter().map(|top| quoted(top)).collect();
            faults.fatal(&rules::TOP_FOLDER, None, format!("The tar has several top folders: {}.", tops.join(", ")));
            None
        }
        _ => None,
    }
}

/// The top folder is no part of the plugin, but whoever unpacks the upload gets a folder of its name.
fn judge_top(top: &str, limits: &ArchiveLimits, faults: &mut Faults) {
    if let Err(refused) = names::portable("", top, limits.depth) {
        let message = format!("The top folder's name {} {}.", quoted(top), refused.because);
        faults.fault(Fault::at(refused.rule, top.as_bytes(), message).remedy(RENAME_TOP));
    }
}

/// Leaves out every folder below the top that is marked as a virtual environment.
fn drop_environments<'a>(
    paths: &mut [Option<&'a str>],
    left_out: &mut [Option<LeftOut<'a>>],
    below: usize,
    dropped: &mut Dropped,
) {
    let marked: HashSet<String> = paths
        .iter()
        .flatten()
        .filter_map(|path| path.get(below..)?.strip_suffix(drops::ENVIRONMENT_MARK)?.strip_suffix('/'))
        .map(str::to_owned)
        .collect();
    if marked.is_empty() {
        return;
    }
    for (path, left_out) in paths.iter_mut().zip(left_out) {
        let Some(full) = *path else { continue };
        let inner = full.get(below..).unwrap_or("");
        let ends = inner.match_indices('/').map(|(at, _)| at).chain([inner.len()]);
        if let Some(end) = ends.into_iter().find(|end| marked.contains(&inner[..*end])) {
            dropped.count(drops::Drop::VirtualEnvironment, full);
            *left_out = Some(LeftOut { path: full, end: below + end });
            *path = None;
        }
    }
}

/// Decides about what is left after the drops.
fn fates(
    members: &[Member<'_>],
    paths: &[Option<&str>],
    left_out: &[Option<LeftOut<'_>>],
    top: &str,
    layout: Layout,
    limits: &ArchiveLimits,
    faults: &mut Faults,
) -> Vec<Fate> {
    let most = limits.members.saturating_mul(NAMES_IN_ALL);
    let mut known = Names::new(usize::try_from(most).unwrap_or(usize::MAX));
    let mut count = 0_u64;
    let mut fates = Vec::with_capacity(members.len());
    for ((member, path), left_out) in members.iter().zip(paths).zip(left_out) {
        if let Some(left_out) = left_out {
            pass_by(member, left_out, top, &mut known, faults);
        }
        let inner =
            path.and_then(|path| if top.is_empty() { Some(path) } else { path.strip_prefix(top)?.strip_prefix('/') });
        let Some(inner) = inner else {
            fates.push(Fate::Pass);
            continue;
        };
        count += 1;
        if count > limits.members {
            let message = format!("The plugin has more than {} members.", limits.members);
            faults.fatal(&rules::TOO_MANY_MEMBERS, None, message);
            return vec![Fate::Pass; members.len()];
        }
        fates.push(fate(member, top, inner, layout, limits, &mut known, faults));
    }
    fates
}

fn fate(
    member: &Member<'_>,
    top: &str,
    inner: &str,
    layout: Layout,
    limits: &ArchiveLimits,
    known: &mut Names,
    faults: &mut Faults,
) -> Fate {
    if let Err(refused) = names::portable(top, inner, limits.depth) {
        faults.add(refused.rule, Some(inner), format!("The member name {} {}.", quoted(inner), refused.because));
        return Fate::Pass;
    }
    if member.unmarked {
        let message = format!(
            "{} is not ASCII and not marked as UTF-8: some tools read it by another alphabet, as another name.",
            quoted(inner)
        );
        faults.fault(Fault::at(&rules::BAD_NAME, inner.as_bytes(), message).remedy(MARKED));
        return Fate::Pass;
    }
    match member.kind {
        Kind::Link => {
            let message = format!("{} is a link; a plugin consists of files.", quoted(inner));
            faults.add(&rules::LINK, Some(inner), message);
        }
        Kind::Special(what) => {
            faults.add(&rules::SPECIAL_FILE, Some(inner), format!("{} is {what}.", quoted(inner)));
        }
        Kind::File if member.set_id => {
            let message = format!("{} is marked to run as its owner or group.", quoted(inner));
            faults.add(&rules::SET_ID, Some(inner), message);
        }
        Kind::File | Kind::Folder => {}
    }
    let Ok(path) = TreePath::new(inner) else { return Fate::Pass };
    let full = if top.is_empty() { inner.to_owned() } else { format!("{top}/{inner}") };
    match known.add(&full, member.kind) {
        Ok(()) if member.kind == Kind::File => Fate::File(path),
        Ok(()) => Fate::Pass,
        // The existing client packs the manifest twice.
        Err(Clash::Again) if layout == Layout::Tar && inner == "plugin.yaml" && member.kind == Kind::File => {
            Fate::Repeat(path)
        }
        Err(clash @ Clash::Spelling { .. }) => {
            faults.fault(clashing(&full, clash, top));
            Fate::File(path).only_if(member.kind == Kind::File)
        }
        Err(clash) => {
            faults.fatal_fault(clashing(&full, clash, top));
            Fate::Pass
        }
    }
}

impl Fate {
    fn only_if(self, condition: bool) -> Self {
        if condition { self } else { Self::Pass }
    }
}
