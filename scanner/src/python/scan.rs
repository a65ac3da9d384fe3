//! All Python files of a tree, in parallel: each on its own, and those that take
//! something dangerous from another file once more with what that file hands out.

use airlock_model::finding::{Finding, Span};
use airlock_model::inspection::CapabilityUse;
use airlock_model::limits::ScanLimits;
use airlock_model::manifest::Permissions;
use airlock_model::run::TestPlan;
use airlock_model::{Severity, Tree, escape};
use memchr::memmem;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::exports::deeds::{Deed, FileDeeds};
use super::exports::{Answers, Asked, Differ, Exports, FileExports, Neighbours};
use super::layout;
use super::model::scope::ScopeId;
use super::model::{self, Model};
use super::parse::{self, ParseFault};
use super::payload;
use super::plan::{self, FilePlan};
use super::pool;
use super::source::Source;
use crate::rules::agent::promised;
use crate::rules::check::Found;
use crate::rules::code::{encoding, scanner_fault, too_complex, unparseable};
use crate::rules::dispatch;
use crate::rules::malware::typosquatted_import;

/// How many files a thread takes at a time. Left to themselves, threads would take a share of the whole, and the one
/// whose files are small would wait for the others in the end.
const TOGETHER: usize = 8;
/// How many bytes of source are looked at again for what files may hand on of others and nothing else: so many, and this
/// part of the whole.
const HANDING: u64 = 1024 * 1024;
const HANDING_SHARE: u64 = 64;
/// Through how many more files it is followed.
const HANDED_ON: usize = 64;

/// What reads the command line, which is data as well, but for no other file.
const COMMAND_LINE: &[u8] = b"argv";

/// What to hold the code against, and how to look.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The manifest's `permissions` block, where it has one.
    pub permissions: Option<Permissions>,
    /// Sizes.
    pub limits: ScanLimits,
    /// Rule ids, or their beginnings, to report; all when empty.
    pub select: Vec<String>,
    /// Rule ids, or their beginnings, not to report.
    pub ignore: Vec<String>,
    /// Threads; 0 for as many as there are processors.
    pub jobs: usize,
}

impl Settings {
    /// Whether findings of a rule are reported.
    #[must_use]
    pub fn reports(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|prefix| rule.starts_with(prefix.as_str()));
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}

/// What the Python room found out about a tree.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The findings, by place; [`airlock_model::fingerprint::settle`] ranks and caps them.
    pub findings: Vec<Finding>,
    /// Every use of a capability, by place.
    pub capabilities: Vec<CapabilityUse>,
    /// What the test stage needs to know; its `plugin` is left empty.
    pub plan: TestPlan,
    /// How many Python files were looked at.
    pub python_files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What one file gave.
#[derive(Debug, Clone, Default)]
struct FileScan {
    findings: Vec<Finding>,
    capabilities: Vec<CapabilityUse>,
    plan: FilePlan,
    exports: FileExports,
    asked: Asked,
    deeds: Vec<(ScopeId, Deed)>,
}

/// Scans every Python file of a tree.
#[must_use]
pub fn scan(tree: &Tree, settings: &Settings) -> Scan {
    let files = python_files(tree);
    let scans = match pool::threads(settings.jobs) {
        Ok(threads) => threads.install(|| scan_all(&files, settings)),
        Err(error) => files.iter().map(|(path, _)| faulted(path, &error.to_string())).collect(),
    };
    together(tree, &files, scans, settings)
}

/// [`scan`] by threads that are there already; see [`threads`](pool::threads).
#[must_use]
pub fn scan_by(threads: &ThreadPool, tree: &Tree, settings: &Settings) -> Scan {
    let files = python_files(tree);
    let scans = threads.install(|| scan_all(&files, settings));
    together(tree, &files, scans, settings)
}

fn python_files(tree: &Tree) -> Vec<(&str, &[u8])> {
    let python = tree.iter().filter(|(path, bytes)| layout::is_python(path, bytes));
    python.map(|(path, bytes)| (path.as_str(), bytes)).collect()
}

/// What the files gave, as one answer.
fn together(tree: &Tree, files: &[(&str, &[u8])], scans: Vec<FileScan>, settings: &Settings) -> Scan {
    let mut scan = Scan {
        python_files: files.len() as u64,
        bytes: files.iter().map(|(_, bytes)| bytes.len() as u64).sum(),
        ..Scan::default()
    };
    let mut plans = Vec::with_capacity(scans.len());
    for file in scans {
        scan.findings.extend(file.findings.into_iter().filter(|finding| settings.reports(&finding.rule)));
        scan.capabilities.extend(file.capabilities);
        plans.push(file.plan);
    }
    let own = layout::own_modules(tree);
    scan.findings.retain(|finding| !own.iter().any(|module| typosquatted_import::is_about(finding, module)));
    scan.plan = plan::of(tree, plans);
    scan
}

/// Scans one text as if it were a Python file of this path, apart from any tree.
#[must_use]
pub fn scan_text(path: &str, text: &str, settings: &Settings) -> Vec<Finding> {
    let found = pool::on_big_stack(|| scan_file(path, text.as_bytes(), &Exports::default(), Look::Alone, settings));
    let mut findings = found.unwrap_or_else(|fault| faulted(path, &fault.0)).findings;
    findings.retain(|finding| settings.reports(&finding.rule));
    findings
}

/// Each file on its own first, and then those again that import what leads out of another file.
fn scan_all(files: &[(&str, &[u8])], settings: &Settings) -> Vec<FileScan> {
    let one = |(path, bytes): &(&str, &[u8]), exports: &Exports, look: Look| {
        let scan = || airlock_region::within(|| scan_file(path, bytes, exports, look, settings));
        pool::guarded(scan).unwrap_or_else(|fault| faulted(path, &fault.0))
    };
    let nested = layout::nested(files.iter().map(|(path, _)| *path));
    let alone = Exports::unread(files.iter().map(|(path, _)| layout::module_of(path)), &nested);
    let first_look = files.par_iter().with_max_len(TOGETHER).map(|file| one(file, &alone, Look::First));
    let mut scans: Vec<FileScan> = first_look.collect();
    let named = files.iter().zip(&mut scans).map(|((path, _), scan)| (layout::module_of(path), &mut scan.exports));
    let mut exports = Exports::of(named, &nested);
    if scans.iter().any(|scan| scan.asked.of_deeds()) {
        let read = |((path, bytes), scan): (&(&str, &[u8]), &FileScan)| {
            let deeds = || airlock_region::within(|| deeds(path, bytes, &scan.deeds, &alone, settings));
            let deeds = pool::guarded(deeds);
            (layout::module_of(path), deeds.unwrap_or_default())
        };
        let deeds: Vec<(String, FileDeeds)> = files.par_iter().zip(&scans).map(read).collect();
        exports.learn(deeds.into_iter());
    }
    look_again(files, &mut scans, &mut exports, one);
    scans
}

/// Looks again at the files that are answered otherwise now that all were looked at, and at those that may hand on what
/// others hold or take, until nothing is new or the bounds of that are met.
fn look_again(
    files: &[(&str, &[u8])],
    scans: &mut [FileScan],
    exports: &mut Exports,
    one: impl Fn(&(&str, &[u8]), &Exports, Look) -> FileScan + Sync,
) {
    let mut handing = Handing::of(files);
    let (mut again, may_hand_on) = changed(files, scans, exports);
    again.extend(handing.within_bounds(may_hand_on, scans));
    while !again.is_empty() {
        let mut looked: Vec<_> = again.into_iter().map(|at| (at, std::mem::take(&mut scans[at]))).collect();
        looked.par_iter_mut().with_max_len(1).for_each(|(at, scan)| {
            let earlier = std::mem::take(&mut scan.exports);
            *scan = one(&files[*at], exports, Look::Again);
            scan.exports.keep(earlier);
        });
        let handed = looked.iter_mut().map(|(at, scan)| (layout::module_of(files[*at].0), &mut scan.exports));
        let fresh = exports.hand_on(handed);
        looked.into_iter().for_each(|(at, scan)| scans[at] = scan);
        if fresh.is_empty() {
            break;
        }
        let is_concerned =
            |(at, scan): &(usize, &FileScan)| exports.answers_anew(&scan.exports, files[*at].1, &scan.asked, &fresh);
        let concerned = scans.par_iter().enumerate().filter(is_concerned).map(|(at, _)| at);
        again = handing.within_bounds(concerned.collect(), scans);
    }
    if let Some(at) = handing.left_out {
        scans[at].findings.push(too_far(files[at].0));
    }
}

/// The bounds of looking again at files for what they hand on.
struct Handing<'f> {
    files: &'f [(&'f str, &'f [u8])],
    /// How many bytes more are looked at.
    bytes: u64,
    rounds: usize,
    /// The first file of those that were not looked at for it.
    left_out: Option<usize>,
}

impl<'f> Handing<'f> {
    fn of(files: &'f [(&'f str, &'f [u8])]) -> Self {
        let bytes: u64 = files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        Self { files, bytes: HANDING + bytes / HANDING_SHARE, rounds: HANDED_ON, left_out: None }
    }

    /// The files of one round that are looked at. Where data comes in, it may be told of; elsewhere it is handed on at
    /// most. Many small files come before a large one.
    fn within_bounds(&mut self, mut round: Vec<usize>, scans: &[FileScan]) -> Vec<usize> {
        round.sort_by_key(|at| (!scans[*at].exports.has_inflow, self.files[*at].1.len()));
        let is_over = |at: &usize| {
            let spent = self.bytes.checked_sub(self.files[*at].1.len() as u64).filter(|_| self.rounds > 0);
            self.bytes = spent.unwrap_or_default();
            spent.is_none()
        };
        let over = round.iter().position(is_over).map_or_else(Vec::new, |over| round.split_off(over));
        self.rounds = self.rounds.saturating_sub(1);
        self.left_out = self.left_out.or_else(|| over.into_iter().min());
        round
    }
}

/// Which look at a file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// There are no other files.
    Alone,
    /// The other files still have to know what this one hands out.
    First,
    /// They may have to know what it hands on of theirs.
    Again,
}

/// Which files are answered otherwise now that all were looked at, and which of the others may hand on what is known now.
fn changed(files: &[(&str, &[u8])], scans: &[FileScan], exports: &Exports) -> (Vec<usize>, Vec<usize>) {
    let share = scans.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares = scans.par_chunks(share).zip(files.par_chunks(share)).map(|(scans, files)| {
        let mut answers = Answers::of(exports);
        let all = scans.iter().zip(files);
        all.map(|(scan, (_, text))| is_changed(scan, text, exports, &mut answers)).collect::<Vec<_>>()
    });
    let all: Vec<Changed> = shares.flatten_iter().collect();
    let those = |changed| (0..).zip(&all).filter(move |(_, is)| **is == changed).map(|(at, _)| at).collect();
    (those(Changed::Answered), those(Changed::HandingOn))
}

/// What is new for a file once all were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changed {
    Nothing,
    /// Answers to what it asked, which may be told of.
    Answered,
    /// What it may hand on at most.
    HandingOn,
}

fn is_changed<'e>(scan: &'e FileScan, text: &[u8], exports: &'e Exports, answers: &mut Answers<'e>) -> Changed {
    let differ = if answers.concern(&scan.exports) { answers.differ(&scan.asked) } else { Differ::Not };
    let has_data = || scan.exports.has_data || memmem::find(text, COMMAND_LINE).is_some();
    if answers.differ_in_constants(&scan.asked) {
        return Changed::Answered;
    }
    let is_told = differ == Differ::Wholly || (differ == Differ::InTakes && has_data());
    if is_told || exports.does_any(&scan.asked) || exports.passes_any(&scan.asked) || exports.gives_below(&scan.asked) {
        Changed::Answered
    } else if differ == Differ::InTakes || answers.may_be_handed_on(&scan.exports, text) {
        Changed::HandingOn
    } else {
        Changed::Nothing
    }
}

fn scan_file(path: &str, bytes: &[u8], exports: &Exports, look: Look, settings: &Settings) -> FileScan {
    let text = match parse::text(bytes, settings.limits.source_bytes) {
        Ok(text) => text,
        Err(fault) => {
            return FileScan { findings: vec![refused(&Source::new(path, ""), &fault)], ..FileScan::default() };
        }
    };
    let source = Source::new(path, text);
    let module = match parse::module(text) {
        Ok(module) => module,
        Err(fault) => return FileScan { findings: vec![refused(&source, &fault)], ..FileScan::default() },
    };
    let neighbours = Neighbours::new(exports, path);
    let mut found = Found::default();
    let (plan, mut given, cut) = {
        let model = model::of(&source, &module, true).beside(&neighbours);
        dispatch::run(&model, settings.permissions.as_ref(), &neighbours, &mut found);
        let plan = FilePlan::of(&model);
        let takes = std::mem::take(&mut found.takes);
        let given = match look {
            Look::Alone => FileExports::default(),
            Look::First => FileExports::of(&model, takes),
            Look::Again => FileExports::handing_on(&model, takes),
        };
        (plan, given, cut_short(&model))
    };
    found.findings.extend(cut);
    // Data may come into the code that lies in the code.
    given.has_data |= !found.payloads.is_empty();
    payload::examine(&source, &mut found, &neighbours, settings);
    FileScan {
        findings: found.findings,
        capabilities: found.capabilities,
        plan,
        exports: given,
        asked: neighbours.into_asked(),
        deeds: found.deeds,
    }
}

/// What the functions of a file do, by what the rules noted of it; nothing of one that cannot be read, which is told.
fn deeds(path: &str, bytes: &[u8], noted: &[(ScopeId, Deed)], exports: &Exports, settings: &Settings) -> FileDeeds {
    let Ok(text) = parse::text(bytes, settings.limits.source_bytes) else { return FileDeeds::default() };
    let Ok(module) = parse::module(text) else { return FileDeeds::default() };
    let (source, neighbours) = (Source::new(path, text), Neighbours::new(exports, path));
    FileDeeds::of(&model::of(&source, &module, true).beside(&neighbours), noted, promised)
}

/// The finding for a file whose meaning was not followed to its end.
pub(super) fn cut_short(model: &Model<'_>) -> Option<Finding> {
    let message = if model.cut {
        "the tree of this file is deeper than is examined"
    } else if model.exhausted.get() {
        "the names of this file lead through more steps than are followed"
    } else {
        return None;
    };
    Some(Finding::of(&too_complex::RULE.meta, message).severity(Severity::Medium).in_file(model.source.path))
}

/// The finding for a file that is handed data, or hands it, by way of more files than are followed.
fn too_far(path: &str) -> Finding {
    let message = "data is handed on through more files than are followed";
    Finding::of(&too_complex::RULE.meta, message).severity(Severity::Medium).in_file(path)
}

/// The finding for a file that has no tree.
pub(super) fn refused(source: &Source<'_>, fault: &ParseFault) -> Finding {
    let line = |line| Span { line, column: 1, end_line: line, end_column: 1 };
    let finding = match fault {
        ParseFault::Decode(fault) => Finding::of(&encoding::RULE.meta, fault.sentence()).at(line(fault.line())),
        ParseFault::TooLarge { limit } => Finding::of(
            &too_complex::RULE.meta,
            format!("the file is larger than {limit} bytes, the most that is examined"),
        ),
        ParseFault::TooDeep(what, range) => {
            Finding::of(&too_complex::RULE.meta, what.sentence()).at(source.span(*range))
        }
        ParseFault::Syntax { message, range } => {
            let span = source.span(*range);
            Finding::of(&unparseable::RULE.meta, format!("not valid Python: {}", escape::line(message)))
                .at(span)
                .snippet(source.line_text(span.line))
        }
    };
    finding.in_file(source.path)
}

/// The finding for a file on which we failed.
fn faulted(path: &str, what: &str) -> FileScan {
    let message = format!("the scanner failed on this file: {}", escape::line(what));
    FileScan { findings: vec![Finding::of(&scanner_fault::RULE.meta, message).in_file(path)], ..FileScan::default() }
}

#[cfg(test)]
mod tests;
