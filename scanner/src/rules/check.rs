//! What a rule's check is given, and how it reports.

use airlock_model::finding::{Capability, Evidence, Finding, Permission, Severity};
use airlock_model::inspection::CapabilityUse;
use airlock_model::manifest::{FilesystemAccess, Permissions};
use airlock_model::{RuleMeta, escape};
use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::prose::{self, Kind, Prose, Sign};

use crate::python::exports::Take;
use crate::python::exports::deeds::Deed;
use crate::python::layout;
use crate::python::model::object::Via;
use crate::python::model::scope::ScopeId;
use crate::python::model::{Model, Place};
use crate::rules::paths;

/// How a path is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Called here.
    Called,
    /// Handed to something that will call it.
    Handed,
    /// Read.
    Read,
    /// Imported.
    Imported,
}

/// One use of a qualified path.
#[derive(Clone)]
pub(crate) struct Use<'a> {
    /// What is used.
    pub(crate) path: CompactString,
    /// How openly it is written.
    pub(crate) via: Via,
    /// How it is used.
    pub(crate) how: How,
    /// The call, where it is called.
    pub(crate) call: Option<&'a ExprCall>,
    /// Where in the source.
    pub(crate) range: TextRange,
    /// Where in the program.
    pub(crate) place: Place,
}

impl<'a> Use<'a> {
    /// An argument of the call.
    pub(crate) fn argument(&self, name: &str, position: usize) -> Option<&'a Expr> {
        self.call?.arguments.find_argument_value(name, position)
    }

    /// What is passed as `shell=`; `subprocess` also takes it in the ninth place.
    pub(crate) fn shell_flag(&self) -> Option<&'a Expr> {
        let ninth = if paths::POPENS.contains(&&*self.path) { 8 } else { usize::MAX };
        self.argument("shell", ninth)
    }

    /// `calls os.system`, `hands over os.system`.
    pub(crate) fn verb(&self) -> &'static str {
        match self.how {
            How::Called => "calls",
            How::Handed => "hands over",
            How::Read => "reads",
            How::Imported => "imports",
        }
    }
}

/// A constant that code is made of, to be scanned in turn.
pub(crate) struct Payload {
    /// The text.
    pub(crate) text: String,
    /// Where it is put to use.
    pub(crate) range: TextRange,
    /// What it is put to use by.
    pub(crate) sink: String,
    /// Whether it runs when the plugin is imported.
    pub(crate) at_import: bool,
}

/// What the rules found in one file.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    pub(crate) capabilities: Vec<CapabilityUse>,
    pub(crate) payloads: Vec<Payload>,
    /// Sinks that parameters of functions reach, for the tree's other files.
    pub(crate) takes: Vec<(ScopeId, Take)>,
    /// What places change elsewhere, for the tree's other files.
    pub(crate) deeds: Vec<(ScopeId, Deed)>,
}

/// What a check works with.
pub(crate) struct Check<'m, 'a> {
    /// The file's meaning.
    pub(crate) model: &'m Model<'a>,
    /// The manifest's permissions.
    pub(crate) permissions: Option<&'m Permissions>,
    /// The rule that is being asked.
    pub(crate) meta: &'static RuleMeta,
    pub(crate) found: &'m mut Found,
}

/// What a use needs the manifest to allow.
pub(crate) enum Need<'t> {
    /// The network, perhaps one host of it.
    Network(Option<&'t str>),
    /// Reading files.
    Read,
    /// Writing files.
    Write,
    /// Other programs.
    Subprocess,
    /// An environment variable, or any.
    Environment(Option<&'t str>),
    /// Native code.
    NativeCode,
    /// Code made at run time.
    DynamicCode,
}

impl Need<'_> {
    const fn capability(&self) -> Capability {
        match self {
            Self::Network(_) => Capability::Network,
            Self::Read | Self::Write => Capability::Filesystem,
            Self::Subprocess => Capability::Subprocess,
            Self::Environment(_) => Capability::Environment,
            Self::NativeCode => Capability::NativeCode,
            Self::DynamicCode => Capability::DynamicCode,
        }
    }

    fn is_allowed(&self, permissions: &Permissions) -> bool {
        let names = |list: &[String], name: Option<&str>| {
            list.iter().any(|entry| entry == "*" || name.is_some_and(|name| matches_host(entry, name)))
        };
        match self {
            Self::Network(Some(host)) => names(&permissions.network, Some(host)),
            Self::Network(None) => !permissions.network.is_empty(),
            Self::Read => matches!(permissions.filesystem, Some(FilesystemAccess::Read | FilesystemAccess::Write)),
            Self::Write => permissions.filesystem == Some(FilesystemAccess::Write),
            Self::Subprocess => permissions.subprocess,
            Self::Environment(name) => names(&permissions.environment, *name),
            Self::NativeCode => permissions.native_code,
            Self::DynamicCode => permissions.dynamic_code,
        }
    }
}

/// Keeps the equivalents of these numbers.
pub(crate) fn narrow(finding: &mut Finding, numbers: &[&str]) {
    let is_meant = |id: &String| id.get(1..).is_some_and(|number| numbers.contains(&number));
    finding.equivalents.bandit.retain(is_meant);
    finding.equivalents.ruff.retain(is_meant);
}

/// A declared name, or a host below one written `*.example.org`.
fn matches_host(entry: &str, name: &str) -> bool {
    entry == name || entry.strip_prefix('*').is_some_and(|tail| tail.starts_with('.') && name.ends_with(tail))
}

impl<'a> Check<'_, 'a> {
    /// A finding of this rule at a place, with the source there.
    pub(crate) fn at(&self, range: TextRange, message: impl Into<String>) -> Finding {
        let source = self.model.source;
        source.show(Finding::of(self.meta, message).in_file(source.path).at(source.span(range)), range)
    }

    /// As [`Check::at`], of a rule that stands for several of other tools: only those of
    /// these numbers say what this finding says.
    pub(crate) fn at_only(&self, range: TextRange, message: impl Into<String>, numbers: &[&str]) -> Finding {
        let mut finding = self.at(range, message);
        narrow(&mut finding, numbers);
        finding
    }

    /// Reports a finding.
    pub(crate) fn report(&mut self, finding: Finding) {
        self.found.findings.push(finding);
    }

    /// Reports the use of a capability, held against the manifest's permissions.
    pub(crate) fn capability(&mut self, site: &Use<'a>, need: &Need<'_>, message: String) {
        let capability = need.capability();
        let permission = match self.permissions {
            None => Permission::Absent,
            Some(permissions) if need.is_allowed(permissions) => Permission::Declared,
            Some(_) => Permission::Beyond,
        };
        let mut finding = self.at(site.range, message).capability(capability);
        finding.permission = Some(permission);
        if permission == Permission::Declared {
            finding = finding.severity(Severity::Note).remedy("Nothing needs to be done: the manifest declares it.");
        }
        self.found.capabilities.push(CapabilityUse {
            capability,
            what: escape::line(&site.path),
            function: self.model.function(site.place.scope),
            file: self.model.source.path.to_owned(),
            line: self.model.source.line(site.range.start()),
            permission,
        });
        self.report(finding);
    }

    /// Reports the first sign of a kind in a text: what the text is, what `does` says of it, the words themselves.
    pub(crate) fn report_prose(&mut self, prose: &Prose<'_>, kind: Kind, does: &str) {
        let Some(sign) = prose.first(kind) else { return };
        let (severity, confidence) = prose::weight(kind, prose.signs);
        let message = format!("{} {does} {}", prose.what(), escape::quoted(&sign.words));
        let mut finding = self.at(self.prose_range(prose, sign), message);
        finding.evidence.extend(self.prose_steps(prose, sign));
        self.report(finding.severity(severity).confidence(confidence));
    }

    /// Where a sign stands in the source, as far as a text without escapes tells; the whole
    /// text otherwise.
    fn prose_range(&self, prose: &Prose<'_>, sign: &Sign) -> TextRange {
        let whole = prose.literal.range();
        let source = self.model.source.slice(whole);
        let words = prose.text.get(sign.start..sign.end).unwrap_or_default();
        match source.find(words).filter(|_| !words.is_empty() && sign.kind != Kind::Invisible) {
            Some(at) => {
                let size = |n: usize| TextSize::try_from(n).unwrap_or_default();
                TextRange::at(whole.start() + size(at), size(words.len()))
            }
            None => whole,
        }
    }

    /// The other signs of the same text, as evidence.
    fn prose_steps(&self, prose: &Prose<'_>, sign: &Sign) -> Vec<Evidence> {
        let others = prose.signs.iter().filter(|other| *other != sign).take(4);
        others
            .map(|other| {
                let line = self.model.source.line(self.prose_range(prose, other).start());
                self.evidence(line, format!("the same text also says {}", escape::quoted(&other.words)))
            })
            .collect()
    }

    /// A step of evidence in this file.
    pub(crate) fn evidence(&self, line: u32, message: impl Into<String>) -> Evidence {
        Evidence { file: Some(self.model.source.path.to_owned()), line: Some(line), message: message.into() }
    }

    /// Whether the file is there for a test run or a build tool, by its name.
    pub(crate) fn is_apart(&self) -> bool {
        self.model.source.in_test || layout::is_build_script(self.model.source.path)
    }
}
