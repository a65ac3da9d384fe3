//! Names whose containers are changed in ways that folding does not follow: by another function,
//! under another name, by what they are given to. What folds out of these is only one of the
//! values that may be there.

use std::cell::LazyCell;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::constant::{changing, is_changing};
use super::walk::Walk;

/// Functions that leave what they are given as it is.
const LEAVE_ALONE: &[&str] = &[
    "len",
    "print",
    "str",
    "repr",
    "bytes",
    "list",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "sorted",
    "reversed",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "range",
    "enumerate",
    "zip",
    "iter",
    "isinstance",
    "type",
    "id",
    "hash",
    "bool",
    "int",
    "format",
    "bytearray",
    "memoryview",
    "getattr",
    "hasattr",
    "exec",
    "eval",
    "chr",
    "ord",
    "deque",
];

/// Methods and functions of modules that do.
const LEAVE_ALONE_TOO: &[&str] = &[
    "join",
    "format",
    "extend",
    "update",
    "append",
    "add",
    "fromhex",
    "decode",
    "encode",
    "b64decode",
    "loads",
    "dumps",
    "run",
    "call",
    "check_call",
    "check_output",
    "Popen",
    "get",
    "index",
    "count",
    "startswith",
    "endswith",
    "issubset",
    "union",
    "fromkeys",
    "from_bytes",
    "a2b_base64",
    "unhexlify",
    "decompress",
    "chain",
    "from_iterable",
    "copy",
    "deepcopy",
];

impl<'a> Walk<'a> {
    /// `t = s`, after which a change of one is a change of the other, and `a = s.append`.
    pub(super) fn alias(&mut self, target: &'a Expr, value: &'a Expr) {
        match (target, value) {
            (Expr::Name(target), Expr::Name(value)) => self.aliases.push((&target.id, &value.id)),
            (_, Expr::Attribute(_)) => self.method_value(value),
            _ => {}
        }
    }

    /// Containers that a call is given, and methods that change them.
    pub(super) fn given_away(&mut self, call: &'a ExprCall) {
        let leaves_alone = LazyCell::new(|| match &*call.func {
            Expr::Name(name) => LEAVE_ALONE.contains(&name.id.as_str()),
            Expr::Attribute(attribute) => LEAVE_ALONE_TOO.contains(&attribute.attr.as_str()),
            _ => false,
        });
        let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        for value in values {
            match value {
                Expr::Name(name) if !*leaves_alone => {
                    self.model.altered.insert(&name.id);
                }
                Expr::Attribute(_) => self.method_value(value),
                _ => {}
            }
        }
        // `list.append(parts, value)`.
        if let Expr::Attribute(attribute) = &*call.func
            && let Expr::Name(class) = &*attribute.value
            && matches!(class.id.as_str(), "list" | "dict" | "set" | "bytearray")
            && let Some(Expr::Name(name)) = call.arguments.args.first()
        {
            self.model.altered.insert(&name.id);
        }
        // `parts["a"].append(value)`, and a change that is no statement of the scope that holds the name.
        if let Expr::Attribute(attribute) = &*call.func
            && let Expr::Subscript(part) = &*attribute.value
            && is_changing(&attribute.attr)
        {
            self.item_altered(&part.value);
        }
        if let Some((name, _)) = changing(call)
            && (!self.binds(name) || self.statement != Some(call.range()))
        {
            self.model.altered.insert(name);
        }
    }

    /// `x[key] = value`, `del x[key]`: folding follows it in the scope that holds the name.
    pub(super) fn item_altered(&mut self, container: &'a Expr) {
        match container {
            Expr::Name(name) if self.binds(&name.id) => {
                self.model.changed.insert(&name.id);
            }
            Expr::Name(name) => {
                self.model.altered.insert(&name.id);
            }
            Expr::Subscript(part) => self.item_altered(&part.value),
            _ => {}
        }
    }

    fn binds(&self, name: &str) -> bool {
        self.model.scopes[self.scope.index()].names.contains_key(name)
    }

    /// `parts.append` by itself: whoever gets it changes `parts`.
    fn method_value(&mut self, value: &'a Expr) {
        if let Expr::Attribute(attribute) = value
            && let Expr::Name(name) = &*attribute.value
            && is_changing(&attribute.attr)
        {
            self.model.altered.insert(&name.id);
        }
    }

    /// Carries what is altered over to the other names of the same container.
    pub(super) fn spread_altered(&mut self) {
        for _ in 0..3 {
            for (one, other) in &self.aliases {
                let model = &mut self.model;
                let is_altered = |name| model.altered.contains(name) || model.changed.contains(name);
                match (is_altered(one), is_altered(other)) {
                    (true, false) => model.altered.insert(other),
                    (false, true) => model.altered.insert(one),
                    (true, true) => model.altered.insert(one) | model.altered.insert(other),
                    (false, false) => false,
                };
            }
        }
    }
}
