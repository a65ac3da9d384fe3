//! Constants that files have under their names, for those that import them.

use compact_str::CompactString;
use ruff_python_ast::Expr;
use rustc_hash::FxHashSet;

use super::marks::HOLDS;
use super::paths::PathId;
use super::tree::Exports;
use crate::python::model::Model;
use crate::python::model::constant::{Const, Folded};
use crate::python::model::object::path_of;
use crate::python::model::origin::items;
use crate::python::model::scope::{BindingId, ScopeId, Value};
use crate::rules::{dispatch, marks};

/// How much more than its source the constants of a file may take, in bytes. What is beyond it is none for others.
const MORE: usize = 4096;
/// How many items of a display are looked at.
const ITEMS: usize = 64;
/// From how many bytes on a word with digits may be something encoded.
const ENCODED: usize = 16;
/// What has fewer bytes is no command, path, code or variable of the environment.
const SHORT: usize = 5;

/// The constants of a file's names, of its classes' and of what its functions give.
pub(super) fn constants(model: &Model<'_>) -> Vec<(CompactString, Folded)> {
    let mut constants = Constants { left: model.source.text.len() + MORE, all: Vec::new() };
    for (name, ids) in model.scopes[ScopeId::MODULE.index()].names.iter() {
        let [.., last] = ids.as_slice() else { continue };
        match model.bindings[last.index()].bound.value {
            Value::Expr(value) | Value::Item(value, _) | Value::Augmented(value) if has_one(model, ids, value) => {
                // Whichever ran last.
                let last = || {
                    model
                        .constant_in_the_end(name)
                        .map(|last| Folded { doubtful: last.doubtful || ids.len() > 1, ..last })
                };
                constants.add(name.into(), last);
            }
            Value::Function(function) => {
                let inner = &model.scopes[function.index()];
                let is_decorated = inner.def.is_some_and(|def| !def.decorator_list.is_empty());
                if let ([value], true) = (inner.returns.as_slice(), inner.yields.is_empty() && !is_decorated) {
                    let text =
                        || model.constant(value, function).filter(|folded| !matches!(folded.value, Const::Bool(_)));
                    constants.add(path_of(&[name, "()"]), text);
                }
            }
            Value::Class(class) => {
                for (member, ids) in model.scopes[class.index()].names.iter() {
                    if let [only] = ids.as_slice()
                        && let Value::Expr(value) = model.bindings[only.index()].bound.value
                        && !value.is_boolean_literal_expr()
                        && has_one(model, ids, value)
                    {
                        constants.add(path_of(&[name, ".", member]), || model.constant(value, class));
                    }
                }
            }
            _ => {}
        }
    }
    constants.all
}

/// Whether a name may have one constant that is worth to be looked for. Where it may be something else as well, a flag tells
/// which of them it is.
fn has_one(model: &Model<'_>, ids: &[BindingId], last: &Expr) -> bool {
    let is_object = |id: &BindingId| {
        matches!(model.bindings[id.index()].bound.value, Value::Import(_) | Value::Function(_) | Value::Class(_))
    };
    let is_sure = ids.len() == 1 || !(last.is_boolean_literal_expr() || ids.iter().any(is_object));
    is_sure && items(last).len() <= ITEMS
}

struct Constants {
    left: usize,
    all: Vec<(CompactString, Folded)>,
}

impl Constants {
    fn add(&mut self, name: CompactString, fold: impl FnOnce() -> Option<Folded>) {
        if let Some(folded) = fold()
            && is_telling(&folded.value)
            && let Some(left) = self.left.checked_sub(folded.value.size())
        {
            self.left = left;
            self.all.push((name, folded));
        }
    }
}

/// Whether a rule may make anything of a value: names of sinks, paths, addresses, commands, code and what it may be encoded
/// as. Other words are none, and most of what files share is words.
fn is_telling(value: &Const) -> bool {
    match value {
        Const::Bool(_) => true,
        Const::List(items) => items.iter().any(is_telling_text),
        Const::Dict(items) => items.iter().any(|(_, value)| is_telling_text(value)),
        value => is_telling_text(value),
    }
}

fn is_telling_text(value: &Const) -> bool {
    let text = match value {
        Const::Str(text) => text.as_str(),
        Const::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => return true,
        },
        _ => return false,
    };
    let is_of = |holds: fn(char) -> bool| text.chars().all(holds);
    if is_of(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        let has_digit = || text.contains(|letter: char| letter.is_ascii_digit());
        let is_encoded = text.len() >= ENCODED && has_digit() && !is_alphabet(text);
        let is_variable = text.len() >= SHORT && text.contains('_') && is_of(|letter| !letter.is_ascii_lowercase());
        return is_encoded || is_variable || dispatch::is_name_of_sink(text);
    }
    if is_of(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-')) {
        let is_address = text.starts_with(|letter: char| letter.is_ascii_digit());
        return is_address || dispatch::is_named(text) || !marks::find(text).is_empty();
    }
    if is_alphabet(text) {
        return false;
    }
    let is_prose = text.contains(' ') && !text.contains(['/', '\\', '(', '\n', ';', '|', '`', '$']);
    text.len() >= SHORT && (!is_prose || !marks::find(text).is_empty())
}

/// Whether no character comes twice.
fn is_alphabet(text: &str) -> bool {
    let mut seen = FxHashSet::default();
    text.chars().all(|letter| seen.insert(letter))
}

impl Exports {
    /// Takes over the constants of a module.
    pub(super) fn add_constants(&mut self, module: PathId, constants: Vec<(CompactString, Folded)>) {
        for (name, folded) in constants {
            let name = self.paths.add_name(module, &name);
            self.paths[name].more().constant = Some(folded);
            self.mark(name, HOLDS);
        }
    }

    /// The name that has the constant to which a path leads.
    pub(super) fn holding(&self, path: &str) -> Option<PathId> {
        if self.is_unread || !self.marks(path).holds {
            return None;
        }
        let holds = |path: CompactString| self.paths.find(&path).filter(|id| self.paths[*id].constant().is_some());
        self.steps(path).find_map(holds)
    }
}
