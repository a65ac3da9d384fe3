//! Folding of calls: built-in functions, decoders, and functions of this file that
//! do nothing but return an expression.

use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::{Const, Folder, decode, format};
use crate::python::model::object::Object;
use crate::python::model::scope::ScopeId;

impl<'a> Folder<'_, 'a> {
    pub(super) fn call(&mut self, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        // A method of a constant comes first: `"".join(…)` has no qualified path.
        if let Expr::Attribute(attribute) = &*call.func
            && !matches!(&*attribute.value, Expr::Name(name) if self.is_module(&name.id, scope))
            && let Some(own) = self.fold(&attribute.value, scope)
        {
            return self.method(own, &attribute.attr, call, scope);
        }
        for target in self.model.resolve(&call.func, scope) {
            let value = match &target.object {
                Object::Path(path) => self.known_call(path, call, scope),
                Object::Function(function) => self.own_call(*function, call, scope),
                _ => None,
            };
            if value.is_some() {
                return value;
            }
        }
        None
    }

    /// Whether a name stands for something imported, which has no constant value.
    fn is_module(&self, name: &str, scope: ScopeId) -> bool {
        self.known.iter().all(|(known, _)| *known != name) && self.model.lookup(name, scope).is_none()
    }

    pub(super) fn arguments(&mut self, call: &'a ExprCall, scope: ScopeId) -> Option<Vec<Const>> {
        let mut values = Vec::with_capacity(call.arguments.args.len());
        for argument in &call.arguments.args {
            match argument {
                Expr::Starred(starred) => values.extend(self.fold(&starred.value, scope)?.into_items()?),
                argument => values.push(self.fold(argument, scope)?),
            }
        }
        Some(values)
    }

    /// A call of something outside this file.
    fn known_call(&mut self, path: &str, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        if path == "builtins.map" {
            return self.map(call, scope);
        }
        if let Some(coding) = decode::decoder(path) {
            let mut values = self.arguments(call, scope)?.into_iter();
            let first = values.next()?;
            let value = decode::decode(coding, first, values.next().or_else(|| self.keyword(call, "encoding", scope)))?;
            self.decoded();
            return Some(value);
        }
        let name = path.strip_prefix("builtins.")?;
        let mut values = self.arguments(call, scope)?.into_iter();
        let (first, second, third) = (values.next(), values.next(), values.next());
        self.computed();
        match (name, first, second) {
            ("chr", Some(Const::Int(int)), None) => {
                self.decoded();
                char::from_u32(u32::try_from(int).ok()?).map(|c| Const::Str(c.into()))
            }
            ("ord", Some(value), None) => {
                let items = value.into_items()?;
                let [item] = items.as_slice() else { return None };
                match item {
                    Const::Str(text) => text.chars().next().map(|c| Const::Int(i64::from(u32::from(c)))),
                    other => other.as_int().map(Const::Int),
                }
            }
            ("str" | "ascii" | "format", Some(value), None) => value.to_text().map(Const::Str),
            ("str", Some(Const::Bytes(bytes)), Some(_)) => String::from_utf8(bytes).ok().map(Const::Str),
            ("str", None, None) => Some(Const::Str(String::new())),
            ("bytes" | "bytearray", Some(Const::Int(count)), None) => Const::Bytes(vec![0]).repeated(count),
            ("bytes" | "bytearray" | "memoryview", Some(value), _) => value.into_bytes().map(Const::Bytes),
            ("bytes" | "bytearray", None, _) => Some(Const::Bytes(Vec::new())),
            ("int", Some(Const::Str(text)), base) => {
                let base = base.map_or(Some(10), |base| u32::try_from(base.as_int()?).ok())?;
                format::integer(&text, base).map(Const::Int)
            }
            ("int" | "abs", Some(value), None) => {
                value.as_int().map(|int| Const::Int(if name == "abs" { int.saturating_abs() } else { int }))
            }
            ("hex", Some(Const::Int(int)), None) => Some(Const::Str(format!("{int:#x}"))),
            ("bin", Some(Const::Int(int)), None) => Some(Const::Str(format!("{int:#b}"))),
            ("oct", Some(Const::Int(int)), None) => Some(Const::Str(format!("{int:#o}"))),
            ("len", Some(value), None) => i64::try_from(value.into_items()?.len()).ok().map(Const::Int),
            ("list" | "tuple" | "iter", Some(value), None) => value.into_items().map(Const::List),
            ("list" | "tuple", None, None) => Some(Const::List(Vec::new())),
            ("reversed", Some(value), None) => {
                self.decoded();
                value.reversed()
            }
            ("range", Some(Const::Int(end)), None) => format::range(0, end, 1),
            ("range", Some(Const::Int(start)), Some(Const::Int(end))) => {
                format::range(start, end, third.map_or(Some(1), |step| step.as_int())?)
            }
            ("zip", Some(left), Some(right)) if third.is_none() => {
                let pairs = left.into_items()?.into_iter().zip(right.into_items()?);
                Some(Const::List(pairs.map(|(left, right)| Const::List(vec![left, right])).collect()))
            }
            ("enumerate", Some(value), None) => {
                let items = value.into_items()?.into_iter().enumerate();
                Some(Const::List(
                    items.map(|(i, item)| Const::List(vec![Const::Int(i64::try_from(i).unwrap_or(0)), item])).collect(),
                ))
            }
            ("dict", Some(value), None) => {
                let pairs = value.into_items()?.into_iter().map(|pair| {
                    let [key, value] = <[Const; 2]>::try_from(pair.into_items()?).ok()?;
                    Some((key, value))
                });
                pairs.collect::<Option<Vec<_>>>().map(Const::Dict)
            }
            ("str.maketrans", Some(from), Some(to)) => {
                let (from, to) = (from.into_items()?, to.into_items()?);
                (from.len() == to.len()).then(|| Const::Dict(from.into_iter().zip(to).collect()))
            }
            ("str.maketrans", Some(table @ Const::Dict(_)), None) => Some(table),
            ("str.join", Some(Const::Str(separator)), Some(items)) => format::join(&separator, items),
            ("bytes.join", Some(Const::Bytes(separator)), Some(items)) => format::join_bytes(&separator, items),
            ("bytes.decode", Some(Const::Bytes(bytes)), _) => String::from_utf8(bytes).ok().map(Const::Str),
            _ => None,
        }
    }

    fn keyword(&mut self, call: &'a ExprCall, name: &str, scope: ScopeId) -> Option<Const> {
        let keyword = call.arguments.find_keyword(name)?;
        self.fold(&keyword.value, scope)
    }

    /// `map(function, items)`.
    fn map(&mut self, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        let [function, items] = &*call.arguments.args else { return None };
        let items = self.fold(items, scope)?.into_items()?;
        let targets = self.model.resolve(function, scope);
        self.computed();
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            self.step()?;
            out.push(targets.iter().find_map(|target| match &target.object {
                Object::Function(function) => self.applied(*function, vec![item.clone()]),
                Object::Path(path) => match (path.as_str(), &item) {
                    ("builtins.chr", Const::Int(int)) => {
                        self.decoded();
                        char::from_u32(u32::try_from(*int).ok()?).map(|c| Const::Str(c.into()))
                    }
                    ("builtins.ord", Const::Str(text)) => {
                        text.chars().next().map(|c| Const::Int(i64::from(u32::from(c))))
                    }
                    ("builtins.str", value) => value.to_text().map(Const::Str),
                    ("builtins.int", Const::Str(text)) => format::integer(text, 10).map(Const::Int),
                    _ => None,
                },
                _ => None,
            })?);
        }
        Some(Const::List(out))
    }

    fn own_call(&mut self, function: ScopeId, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        let values = self.arguments(call, scope)?;
        if !call.arguments.keywords.is_empty() {
            return None;
        }
        self.computed();
        self.applied(function, values)
    }

    /// What a function of this file returns for these arguments, when all it does is return.
    fn applied(&mut self, function: ScopeId, values: Vec<Const>) -> Option<Const> {
        let scope = &self.model.scopes[function.index()];
        let only_returns = scope.body.iter().all(|stmt| {
            matches!(
                stmt,
                Stmt::Return(_) | Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Assign(_) | Stmt::AnnAssign(_)
            ) || matches!(stmt, Stmt::Expr(stmt) if stmt.value.is_string_literal_expr())
        });
        let ([value], true) = (scope.returns.as_slice(), only_returns) else { return None };
        if values.len() > scope.parameters.len() {
            return None;
        }
        let known: Vec<(&'a str, Const)> = scope.parameters.iter().copied().zip(values).collect();
        let before = std::mem::replace(&mut self.known, known);
        let value = self.in_body(scope.body, value, function);
        self.known = before;
        value
    }

    /// Folds the assignments before a `return`, then what it returns.
    fn in_body(&mut self, body: &'a [Stmt], value: &'a Expr, scope: ScopeId) -> Option<Const> {
        for stmt in body {
            if let Stmt::Assign(assign) = stmt
                && let [target] = assign.targets.as_slice()
            {
                let value = self.fold(&assign.value, scope)?;
                self.bind(target, value)?;
            }
        }
        self.fold(value, scope)
    }
}
