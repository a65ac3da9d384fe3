//! Files beside the secret ones that are there to be given away: halves of pairs of keys, and lists of hosts and of
//! such halves.

use ruff_python_ast::{Expr, FStringPart, InterpolatedStringElement, Operator};

use crate::python::model::Model;
use crate::python::model::scope::{ScopeId, ScopeKind, Value};

/// Names of such files.
const NAMES: &[&str] = &["known_hosts", "known_hosts.old", "authorized_keys", "authorized_keys2"];
/// How deep a path may be put together.
const DEPTH: u32 = 12;

/// Functions that give a path which ends as their last argument does.
const KEEPING: &[&str] = &[
    "os.path.join",
    "os.path.expanduser",
    "os.path.expandvars",
    "os.path.abspath",
    "os.path.normpath",
    "os.fspath",
    "builtins.str",
    "pathlib.Path",
    "pathlib.PurePath",
    "pathlib.PosixPath",
];
/// What gives files other names, after which a name tells nothing.
const RENAMING: &[&str] = &[
    "os.symlink",
    "os.link",
    "pathlib.Path().symlink_to",
    "pathlib.Path().hardlink_to",
    "pathlib.Path().rename",
    "pathlib.Path().replace",
];

/// Whether a path, as it stands, ends in the name of a file that may be known to all.
pub(crate) fn is_public(path: &str) -> bool {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    !path.contains("..") && (NAMES.contains(&name) || name.ends_with(".pub"))
}

impl<'a> Model<'a> {
    /// Whether an expression names such a file whatever happens. A path of which something is taken away, and a file
    /// that was given another name, may be anything.
    pub(super) fn names_public(&self, file: &'a Expr, scope: ScopeId) -> bool {
        self.ends_public(file, scope, 0)
            && !self.facts().stores.iter().any(|store| store.is_copy)
            && self.called().first(RENAMING).is_none()
    }

    fn ends_public(&self, file: &'a Expr, scope: ScopeId, depth: u32) -> bool {
        if depth > DEPTH {
            return false;
        }
        let ends = |expr: &'a Expr, scope| self.ends_public(expr, scope, depth + 1);
        match file {
            Expr::StringLiteral(text) => is_public(text.value.to_str()),
            Expr::FString(text) => match text.value.as_slice() {
                [FStringPart::FString(inner)] => match inner.elements.last() {
                    Some(InterpolatedStringElement::Literal(end)) => is_end(&end.value),
                    _ => false,
                },
                _ => false,
            },
            Expr::BinOp(op) => match op.op {
                Operator::Div => ends(&op.right, scope),
                Operator::Add => matches!(&*op.right, Expr::StringLiteral(end) if is_end(end.value.to_str())),
                _ => false,
            },
            Expr::If(branch) => ends(&branch.body, scope) && ends(&branch.orelse, scope),
            Expr::Call(call) if call.arguments.keywords.is_empty() => match (&*call.func, call.arguments.args.last()) {
                (Expr::Attribute(method), None) => {
                    matches!(method.attr.as_str(), "expanduser" | "absolute" | "resolve" | "as_posix")
                        && ends(&method.value, scope)
                }
                (function, Some(last)) if !last.is_starred_expr() => {
                    let reached = self.resolve(function, scope);
                    !reached.is_empty()
                        && reached.iter().all(|to| to.path().is_some_and(|path| KEEPING.contains(&path)))
                        && ends(last, scope)
                }
                _ => false,
            },
            Expr::Name(name) => match self.lookup(&name.id, scope) {
                Some([id]) => {
                    let bound = &self.bindings[id.index()].bound;
                    // Another module may bind it anew.
                    let is_seen = self.scopes[bound.scope.index()].kind == ScopeKind::Function || self.is_alone();
                    is_seen
                        && matches!(bound.value, Value::Expr(value) if !self.entered.contains(id) && ends(value, bound.scope))
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether a text makes whatever stands before it the name of such a file.
fn is_end(text: &str) -> bool {
    is_public(text) && (text.contains('/') || text.to_ascii_lowercase().ends_with(".pub"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_what_may_be_known_are_told() {
        for path in ["~/.ssh/id_rsa.pub", "C:\\Users\\me\\.ssh\\known_hosts", "authorized_keys", "~/.ssh/work.PUB"] {
            assert!(is_public(path), "{path}");
        }
        for path in ["~/.ssh/id_rsa", "~/.ssh/x.pub/../id_rsa", "~/.ssh/known_hosts/id", "my_known_hosts", "id.public"]
        {
            assert!(!is_public(path), "{path}");
        }
    }
}
