//! Classes that share their attributes: those that inherit from one another, however far off.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use crate::python::model::Model;
use crate::python::model::object::{Object, Reached};
use crate::python::model::scope::{Bound, ScopeId, Value};

/// Which family each class of the file belongs to.
pub(super) struct Families {
    above: FxHashMap<ScopeId, ScopeId>,
}

impl Families {
    pub(super) fn of(model: &Model<'_>) -> Self {
        let mut families = Self { above: FxHashMap::default() };
        for (index, scope) in model.scopes.iter().enumerate() {
            let (Some(def), Some(outer), Ok(index)) = (scope.class, scope.parent, u32::try_from(index)) else {
                continue;
            };
            let class = ScopeId(index);
            families.above.entry(class).or_insert(class);
            for base in def.bases().iter().flat_map(|base| model.resolve(base, outer)) {
                if let Object::Class(base) = base.object {
                    families.join(class, base);
                }
            }
        }
        families
    }

    fn join(&mut self, class: ScopeId, base: ScopeId) {
        let (class, base) = (self.top(class), self.top(base));
        if class != base {
            self.above.insert(class, base);
        }
    }

    fn top(&self, mut class: ScopeId) -> ScopeId {
        while let Some(above) = self.above.get(&class).filter(|above| **above != class) {
            class = *above;
        }
        class
    }

    /// The family of an object that is of classes of this file and of one family only.
    pub(super) fn of_all(&self, objects: &[Reached]) -> Option<u32> {
        let mut family = None;
        for reached in objects {
            let (Object::Class(class) | Object::Instance(class)) = reached.object else { return None };
            let top = self.top(class).0;
            if *family.get_or_insert(top) != top {
                return None;
            }
        }
        family
    }

    /// Whether a class of another family assigns this to an attribute of its own `self`.
    pub(super) fn is_foreign(&self, model: &Model<'_>, name: &str, bound: &Bound<'_>, family: u32) -> bool {
        let Value::Expr(value) = bound.value else { return false };
        let method = &model.scopes[bound.scope.index()];
        let Some(class) = method.parent.filter(|class| model.scopes[class.index()].class.is_some()) else {
            return false;
        };
        if self.top(class).0 == family {
            return false;
        }
        // The statement that assigns it stands in the method's body; deeper ones are not looked for.
        let at = method.body.partition_point(|statement| statement.end() < value.end());
        let target = match method.body.get(at) {
            Some(Stmt::Assign(assign))
                if assign.targets.len() == 1 && std::ptr::eq(&raw const *assign.value, &raw const *value) =>
            {
                assign.targets.first()
            }
            Some(Stmt::AnnAssign(assign)) => Some(&*assign.target),
            _ => None,
        };
        let Some(Expr::Attribute(target)) = target else { return false };
        let own = method.parameters.first().copied();
        &target.attr == name
            && matches!(&*target.value, Expr::Name(object) if own == Some(object.id.as_str()) && object.id == "self")
    }
}

/// Whether an expression is what methods call their object.
pub(super) fn is_self(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if name.id == "self")
}
