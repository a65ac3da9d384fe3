//! Questions that several rules ask.

use airlock_model::finding::{Confidence, Evidence};
use ruff_python_ast::{Expr, ExprContext, FStringPart, InterpolatedStringElement};

use super::check::{Check, Payload, Use};
use crate::python::model::origin::{Origin, SourceKind};
use crate::python::model::scope::{Bound, ScopeId, Value};

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

    /// Whether the file imports a module or something below it.
    pub(crate) fn imports(&self, module: &str) -> bool {
        let is_it = |path: &str| path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.model.imports.iter().any(|import| !import.relative && is_it(&import.path))
    }

    /// Whether an expression is plainly true, or plainly false.
    pub(crate) fn truth(&self, expr: &'a Expr, scope: ScopeId) -> Option<bool> {
        self.model.constant(expr, scope).map(|folded| folded.value.is_true())
    }

    /// The text that an expression folds to.
    pub(crate) fn text(&self, expr: &'a Expr, scope: ScopeId) -> Option<String> {
        self.model.constant(expr, scope)?.value.into_text()
    }

    /// The number that an expression folds to.
    pub(crate) fn number(&self, expr: &'a Expr, scope: ScopeId) -> Option<i64> {
        self.model.constant(expr, scope)?.value.as_int()
    }

    /// The text that an expression begins with, whatever follows.
    pub(crate) fn beginning(&self, expr: &'a Expr, scope: ScopeId) -> Option<String> {
        let (mut expr, mut scope) = (expr, scope);
        // Names may lead in circles.
        for _ in 0..50 {
            match expr {
                Expr::BinOp(op) => expr = &op.left,
                Expr::Name(name) => match self.model.lookup(&name.id, scope)? {
                    [only] => match &self.model.bindings[only.index()].bound {
                        Bound { value: Value::Expr(value), scope: outer } => (expr, scope) = (value, *outer),
                        _ => return None,
                    },
                    _ => return None,
                },
                Expr::Call(call) => match &*call.func {
                    Expr::Attribute(method) if &method.attr == "format" => expr = &method.value,
                    _ => return self.text(expr, scope),
                },
                Expr::FString(fstring) => match fstring.value.iter().next()? {
                    FStringPart::Literal(literal) => return Some(literal.to_string()),
                    FStringPart::FString(inner) => match inner.elements.iter().next()? {
                        InterpolatedStringElement::Literal(literal) => return Some(literal.to_string()),
                        InterpolatedStringElement::Interpolation(field) => expr = &field.expression,
                    },
                },
                _ => return self.text(expr, scope),
            }
        }
        None
    }

    /// Whether a function's name says that it makes something secret.
    pub(crate) fn makes_a_secret(&self, scope: ScopeId) -> bool {
        let name = self.model.function(scope).to_ascii_lowercase();
        ["password", "passwd", "secret", "token", "salt", "nonce", "session_id", "otp", "api_key"]
            .iter()
            .any(|word| name.contains(word))
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
        let around = self.model.keyed.get(&site.range)?;
        self.model.key(&around.slice, site.place.scope).map(|(key, _)| key)
    }

    /// Whether what is read is the table of an element that is set or deleted: `path["key"] = …`, `del path["key"]`.
    pub(crate) fn changes_element(&self, site: &Use<'a>) -> bool {
        self.model.keyed.get(&site.range).is_some_and(|around| around.ctx != ExprContext::Load)
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
            // The terminal belongs to whoever runs the program.
            Some((SourceKind::User, path, _)) if !is_terminal(path) => Confidence::High,
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

/// Whether what a user typed was typed by whoever runs the program, and not sent to it.
pub(crate) fn is_terminal(path: &str) -> bool {
    const TERMINAL: &[&str] = &["builtins.input", "sys.stdin", "sys.argv", "getpass.getpass", "fileinput.input"];
    TERMINAL.iter().any(|start| path.starts_with(start))
}
