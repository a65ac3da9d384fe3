//! Folding of names and attributes: which binding holds, and what it holds.

use compact_str::CompactString;
use ruff_python_ast::Expr;
use ruff_text_size::TextSize;

use super::run::Local;
use super::{Const, Folded, Folder, Open, number, value};
use crate::python::model::Model;
use crate::python::model::object::{Object, path_of};
use crate::python::model::scope::{BindingId, ScopeId, ScopeKind, Value};

/// How many values a name may have that are all looked at.
const CHOICES: usize = 8;

/// What gives a name the value that it has at a place.
pub(super) enum Held<'m> {
    /// The statements that change it; its bindings, and whether only those before the place count.
    Grown(&'m [BindingId], bool),
    /// One binding.
    By(BindingId),
}

impl<'a> Model<'a> {
    /// What a name holds at a place, where it is bound at all.
    pub(super) fn held(&self, name: &str, scope: ScopeId, at: TextSize) -> Option<Held<'_>> {
        let ids = self.lookup(name, scope)?;
        let own = self.scopes[scope.index()].names.get(name).is_some_and(|own| std::ptr::eq(own.as_slice(), ids));
        // In its own scope a name has the value of the last binding before the use;
        // seen from an inner scope, the last of all.
        let before = |id: &&BindingId| self.bindings[id.index()].at < at;
        let count = if own { ids.iter().take_while(before).count() } else { ids.len() };
        let ids = &ids[..count.max(1).min(ids.len())];
        let grows = ids.iter().any(|id| matches!(self.bindings[id.index()].bound.value, Value::Augmented(_)));
        if grows || self.changed.contains(name) {
            return Some(Held::Grown(ids, own));
        }
        ids.last().map(|id| Held::By(*id))
    }
}

impl<'a> Model<'a> {
    /// The constant that another file of the tree has under a path.
    pub(crate) fn constant_elsewhere(&self, path: &str) -> Option<&'a Folded> {
        self.exports?.constant(path)
    }

    /// The path that names and attributes spell, where the first is an imported one.
    pub(in crate::python::model) fn dotted(&self, expr: &Expr, scope: ScopeId) -> Option<CompactString> {
        match expr {
            Expr::Name(name) => match self.lookup(&name.id, scope)? {
                [id] => match &self.bindings[id.index()].bound.value {
                    Value::Import(path) => Some(path.clone()),
                    _ => None,
                },
                _ => None,
            },
            Expr::Attribute(attribute) => {
                Some(path_of(&[&self.dotted(&attribute.value, scope)?, ".", &attribute.attr]))
            }
            _ => None,
        }
    }
}

impl<'a> Folder<'_, 'a> {
    pub(super) fn name(&mut self, name: &'a str, scope: ScopeId, at: TextSize) -> Option<Const> {
        if let Some(Local { value, .. }) = self.known.iter().rev().find(|local| local.name == name) {
            return Some(value.clone());
        }
        let model = self.model;
        let value = match model.held(name, scope, at) {
            Some(Held::Grown(ids, own)) => {
                let first = *ids.first().filter(|_| model.may_grow(ids))?;
                self.within(Open::Binding(first), |folder| folder.run_up_to(name, scope, own.then_some(at)))
            }
            Some(Held::By(id)) => self.binding(id),
            None => match name {
                "__doc__" => docstring(model.body),
                "__debug__" => Some(Const::Bool(true)),
                _ => None,
            },
        };
        if let Some(Const::List(_) | Const::Dict(_) | Const::Bytes(_)) = value
            && model.altered.contains(name)
        {
            self.doubted();
        }
        value
    }

    /// The value that a name of another file has.
    pub(super) fn elsewhere(&mut self, path: &str) -> Option<Const> {
        let folded = self.model.constant_elsewhere(path)?;
        self.via = self.via.max(folded.via);
        self.doubtful |= folded.doubtful;
        Some(folded.value.clone())
    }

    /// The value that one binding gives.
    pub(super) fn binding(&mut self, id: BindingId) -> Option<Const> {
        if !self.model.binding_may_fold(id) {
            return None;
        }
        self.within(Open::Binding(id), |folder| folder.bound(id))
    }

    fn bound(&mut self, id: BindingId) -> Option<Const> {
        let bound = &self.model.bindings[id.index()].bound;
        // Names of the caller mean nothing in the scope of a binding.
        let known = std::mem::take(&mut self.known);
        let value = match &bound.value {
            Value::Expr(expr) => self.fold(expr, bound.scope),
            Value::Parameter(default) => match self.model.only_argument(id) {
                Some((argument, scope)) => self.fold(argument, scope),
                None => default.and_then(|default| self.fold(default, bound.scope)),
            },
            Value::Item(expr, index) => self.fold(expr, bound.scope).and_then(|value| value.item(*index)),
            Value::Import(path) => self.elsewhere(path),
            _ => None,
        };
        self.known = known;
        value
    }

    /// `A.name` for a class or module of this file, and some constants of modules.
    pub(super) fn attribute(&mut self, base: &'a Expr, name: &str, scope: ScopeId) -> Option<Const> {
        let model = self.model;
        let reached = model.resolve(base, scope);
        for reached in &reached {
            match &reached.object {
                Object::Class(class) | Object::Instance(class) => {
                    if let Some(value) = self.member(*class, name, &reached.object) {
                        return Some(value);
                    }
                }
                Object::Function(function) => match name {
                    "__name__" | "__qualname__" => {
                        return model.scopes[function.index()].name.map(|name| Const::Str(name.into()));
                    }
                    "__doc__" => return docstring(model.scopes[function.index()].body),
                    "__annotations__" => return self.annotations(*function),
                    _ => {}
                },
                Object::Path(path) => {
                    if let Some(value) = value::module_constant(path, name) {
                        return Some(value);
                    }
                    if let Some(value) = self.elsewhere(&path_of(&[path, ".", name])) {
                        return Some(value);
                    }
                    if let Some(assigned) = self.assigned(name) {
                        return Some(assigned);
                    }
                }
                Object::OwnModule if name == "__doc__" => return docstring(model.body),
                _ => {}
            }
        }
        if reached.is_empty()
            && let Some(value) = self.assigned(name)
        {
            return Some(value);
        }
        self.of_made(base, name, scope)
    }

    /// Attributes of what a constructor made: `SimpleNamespace(a=1).a`, `PurePath("a.py").stem`,
    /// and the name of an enumeration's member.
    fn of_made(&mut self, base: &'a Expr, name: &str, scope: ScopeId) -> Option<Const> {
        let call = match base {
            Expr::Call(call) => call,
            Expr::Attribute(member) if matches!(name, "name" | "_name_") => {
                let owner = self.model.resolve(&member.value, scope);
                let is_class = owner.iter().any(|owner| matches!(owner.object, Object::Class(_)));
                return is_class.then(|| Const::Str(member.attr.to_string()));
            }
            _ => return None,
        };
        if name == "__name__" && matches!(&*call.func, Expr::Name(name) if name.id == "type") {
            return self.fold(call.arguments.args.first()?, scope);
        }
        match (self.fold(base, scope)?, name) {
            (items @ Const::Dict(_), name) => items.get(&Const::Str(name.to_owned())),
            (Const::Str(path), "name") => Some(Const::Str(path.rsplit('/').next()?.to_owned())),
            (Const::Str(path), "stem") => {
                let last = path.rsplit('/').next()?;
                Some(Const::Str(last.rsplit_once('.').map_or(last, |(stem, _)| stem).to_owned()))
            }
            _ => None,
        }
    }

    fn member(&mut self, class: ScopeId, name: &str, object: &Object) -> Option<Const> {
        let model = self.model;
        if let Some(ids) = model.scopes[class.index()].names.get(name) {
            // An assignment from outside may have come after the class's own.
            if model.attributes.contains_key(name) {
                self.doubted();
            }
            return self.binding(*ids.last()?);
        }
        match name {
            "__name__" | "__qualname__" if matches!(object, Object::Class(_)) => {
                model.scopes[class.index()].name.map(|name| Const::Str(name.into()))
            }
            "__doc__" => docstring(&model.scopes[class.index()].class?.body),
            _ => self.assigned(name),
        }
    }

    /// What is assigned to an attribute of that name, where it is one thing.
    fn assigned(&mut self, name: &str) -> Option<Const> {
        let (name, bounds) = self.model.attributes.get_key_value(name)?;
        let [bound] = bounds.as_slice() else { return None };
        let Value::Expr(expr) = bound.value else { return None };
        let known = std::mem::take(&mut self.known);
        let value = self.within(Open::Attribute(name), |folder| folder.fold(expr, bound.scope));
        self.known = known;
        value
    }

    /// `function.__annotations__`, as far as the annotations are constants.
    fn annotations(&mut self, function: ScopeId) -> Option<Const> {
        let def = self.model.scopes[function.index()].def?;
        let around = self.model.scopes[function.index()].parent?;
        let mut items = Vec::new();
        for parameter in def.parameters.iter_non_variadic_params() {
            if let Some(value) = parameter.annotation().and_then(|annotation| self.fold(annotation, around)) {
                items.push((Const::Str(parameter.name().to_string()), value));
            }
        }
        Some(Const::Dict(items))
    }

    /// Puts a value in the place of a name, in the frame that is being run.
    pub(super) fn assign(&mut self, name: &'a str, value: Const) {
        self.assign_weighed(name, value, None);
    }

    /// The same of a value whose size is known.
    pub(super) fn assign_weighed(&mut self, name: &'a str, value: Const, size: Option<usize>) {
        let local = Local { name, value, size };
        match self.known.iter_mut().rev().find(|known| known.name == name) {
            Some(old) => *old = local,
            None => self.known.push(local),
        }
    }

    /// Gives the names of a target their part of a value, as loops do.
    pub(super) fn bind(&mut self, target: &'a Expr, value: Const) -> Option<()> {
        match target {
            Expr::Name(name) => {
                self.assign(name.id.as_str(), value);
                Some(())
            }
            Expr::Starred(inner) => self.bind(&inner.value, value),
            Expr::Tuple(tuple) => self.bind_all(&tuple.elts, value),
            Expr::List(list) => self.bind_all(&list.elts, value),
            Expr::Subscript(subscript) => {
                let Expr::Name(name) = &*subscript.value else { return None };
                let scope = ScopeId::MODULE;
                let key = self.fold(&subscript.slice, scope)?;
                let held = self.known.iter_mut().rev().find(|local| local.name == name.id.as_str())?;
                held.size = None;
                match (&mut held.value, key) {
                    (Const::Dict(items), key) => {
                        items.retain(|(other, _)| *other != key);
                        items.push((key, value));
                    }
                    (Const::List(items), Const::Int(index)) => *items.get_mut(usize::try_from(index).ok()?)? = value,
                    (Const::Bytes(bytes), Const::Int(index)) => {
                        *bytes.get_mut(usize::try_from(index).ok()?)? = u8::try_from(value.as_int()?).ok()?;
                    }
                    _ => return None,
                }
                Some(())
            }
            _ => None,
        }
    }

    fn bind_all(&mut self, targets: &'a [Expr], value: Const) -> Option<()> {
        let mut items = value.into_items()?;
        match targets.iter().position(Expr::is_starred_expr) {
            None => {
                if items.len() != targets.len() {
                    return None;
                }
                targets.iter().zip(items).try_for_each(|(target, item)| self.bind(target, item))
            }
            Some(star) => {
                let after = targets.len() - star - 1;
                let tail = items.split_off(items.len().checked_sub(after)?);
                let rest = items.split_off(star.min(items.len()));
                let parts = items.into_iter().chain([Const::List(rest)]).chain(tail);
                targets.iter().zip(parts).try_for_each(|(target, item)| self.bind(target, item))
            }
        }
    }
}

/// The docstring of a body.
pub(super) fn docstring(body: &[ruff_python_ast::Stmt]) -> Option<Const> {
    match body.first()? {
        ruff_python_ast::Stmt::Expr(stmt) => match &*stmt.value {
            Expr::StringLiteral(literal) => Some(Const::Str(literal.value.to_str().to_owned())),
            _ => None,
        },
        _ => None,
    }
}

/// The values that an expression that is a name, or holds one, can have: one for each
/// item of the loop that binds it, or for each call of the function whose parameter it is.
pub(super) fn choices<'a>(model: &Model<'a>, expr: &'a Expr, scope: ScopeId) -> Vec<Folded> {
    let mut out = Vec::new();
    let Expr::Name(name) = expr else { return out };
    for id in model.lookup(&name.id, scope).into_iter().flatten() {
        let bound = &model.bindings[id.index()].bound;
        match &bound.value {
            Value::Element(items) => {
                let mut folder = Folder::new(model);
                let items = folder.fold(items, bound.scope).and_then(Const::into_items).unwrap_or_default();
                out.extend(items.into_iter().map(|value| Folded { value, via: folder.via, doubtful: folder.doubtful }));
            }
            Value::Parameter(_) => {
                for (argument, scope) in model.arguments(*id) {
                    out.extend(model.constant(argument, scope));
                }
            }
            Value::Expr(inner) if model.scopes[bound.scope.index()].kind != ScopeKind::Class => {
                out.extend(model.constant(inner, bound.scope));
            }
            _ => {}
        }
        if out.len() >= CHOICES {
            break;
        }
    }
    out.truncate(CHOICES);
    out
}

/// `int(text, base)` for text of an integer.
pub(super) fn integer(text: &str, base: Option<&Const>) -> Option<Const> {
    let base = base.map_or(Some(10), |base| u32::try_from(base.as_int()?).ok())?;
    number::read(text, base)
}
