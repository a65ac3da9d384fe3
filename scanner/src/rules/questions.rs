//! Questions that several rules ask.

use airlock_model::finding::{Confidence, Evidence};
use ruff_python_ast::Expr;

use super::check::{Check, Payload, Use};
use crate::python::model::origin::{Origin, SourceKind};
use crate::python::model::scope::ScopeId;

impl<'a> Check<'_, 'a> {
    /// The program that an argument names: of a command line, or of a list.
    pub(crate) fn program(&self, argument: &'a Expr, scope: ScopeId) -> Option<String> {
        let first = match argument {
            Expr::List(list) => list.elts.first()?,
            Expr::Tuple(tuple) => tuple.elts.first()?,
            other => other,
        };
        self.model.constant(first, scope)?.value.into_text()
    }

    /// Has a constant that is run as code examined in turn.
    pub(crate) fn payload(&mut self, site: &Use<'a>, text: String) {
        self.found.payloads.push(Payload {
            text,
            range: site.range,
            sink: site.path.to_string(),
            at_import: site.place.at_import,
        });
    }

    /// Whether a call that opens a file may write, by its mode; a mode that cannot be
    /// told may.
    pub(crate) fn opens_for_writing(&self, site: &Use<'a>) -> bool {
        let position = usize::from(!site.path.ends_with("Path().open"));
        let Some(mode) = site.argument("mode", position) else { return site.path == "os.open" };
        match self.model.constant(mode, site.place.scope).and_then(|mode| mode.value.into_text()) {
            Some(mode) => mode.contains(['w', 'a', 'x', '+']),
            None => true,
        }
    }

    /// The constant key of `path["key"]` around a read.
    pub(crate) fn subscript_key(&self, site: &Use<'a>) -> Option<String> {
        let text = self.model.source.text.get(usize::from(site.range.end())..)?;
        let inside = text.strip_prefix('[')?.split(']').next()?.trim();
        let quote = inside.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let name = inside.strip_prefix(quote)?.strip_suffix(quote)?;
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| name.to_owned())
    }

    /// Whether a read is the receiver of a method call: `path.get(…)`.
    pub(crate) fn is_method_call(&self, site: &Use<'a>) -> bool {
        let rest = self.model.source.text.get(usize::from(site.range.end())..).unwrap_or_default();
        let Some(rest) = rest.strip_prefix('.') else { return false };
        rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').starts_with('(')
    }

    /// What an expression's data holds, in words.
    pub(crate) fn describe(&self, origin: &Origin) -> String {
        if let Some((kind, path, _)) = &origin.source {
            return format!("{} ({path})", kind.words());
        }
        match &origin.parameter {
            Some(name) => format!("the parameter {}", airlock_model::escape::quoted(name)),
            None if origin.unknown => "something that is not a constant".into(),
            None => "a constant".into(),
        }
    }

    /// How sure it is that an outsider chooses the data.
    pub(crate) fn certainty(&self, origin: &Origin) -> Confidence {
        match &origin.source {
            Some((SourceKind::Network, ..)) => Confidence::High,
            // The command line belongs to whoever runs the program.
            Some((SourceKind::User, path, _)) if !path.starts_with("sys.argv") => Confidence::High,
            _ => Confidence::Medium,
        }
    }

    /// The steps that the data takes, as evidence.
    pub(crate) fn steps(&self, origin: &Origin) -> Vec<Evidence> {
        let source = origin.source.iter().map(|(kind, path, line)| (*line, format!("{path} gives {}", kind.words())));
        let decoded = origin.decoded.iter().map(|(path, line)| (*line, format!("{path} decodes it")));
        source.chain(decoded).filter(|(line, _)| *line > 0).map(|(line, text)| self.evidence(line, text)).collect()
    }
}
