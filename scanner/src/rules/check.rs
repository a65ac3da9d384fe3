//! What a rule's check is given, and how it reports.

use airlock_model::finding::{Capability, Evidence, Finding, Permission, Severity};
use airlock_model::inspection::CapabilityUse;
use airlock_model::manifest::{FilesystemAccess, Permissions};
use airlock_model::{RuleMeta, escape};
use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::TextRange;

use crate::python::exports::Take;
use crate::python::layout;
use crate::python::model::object::Via;
use crate::python::model::scope::ScopeId;
use crate::python::model::{Model, Place};

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

    /// A step of evidence in this file.
    pub(crate) fn evidence(&self, line: u32, message: impl Into<String>) -> Evidence {
        Evidence { file: Some(self.model.source.path.to_owned()), line: Some(line), message: message.into() }
    }

    /// Whether the file is there for a test run or a build tool, by its name.
    pub(crate) fn is_apart(&self) -> bool {
        layout::is_test(self.model.source.path) || layout::is_build_script(self.model.source.path)
    }
}
