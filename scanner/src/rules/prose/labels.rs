//! Which texts of a source are put before a model, by what holds them.

use ruff_python_ast::{Expr, StmtFunctionDef};

use super::Kind;
use crate::python::model::Literal;

/// Names whose text frameworks put before a model.
const LABELS: &[&str] = &[
    "description",
    "desc",
    "tool_description",
    "short_description",
    "long_description",
    "summary",
    "__doc__",
    "docstring",
    "help",
    "help_text",
    "when_to_use",
    "usage",
];

/// Classes whose `instructions=` the models of their clients read.
pub(crate) const INSTRUCTED: &[&str] = &["FastMCP", "MCPServer", "Server"];

/// What orders nothing good in a text that the user chose to be put before the model, as
/// [`is_prompt`] has it: the blocks and the order of calls that others have are its trade.
pub(crate) const OF_PROMPTS: &[Kind] =
    &[Kind::Override, Kind::Concealment, Kind::Request, Kind::Encoded, Kind::Invisible];

fn is_label(name: &str) -> bool {
    LABELS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a name holds a description.
pub(crate) fn is_described(label: Option<&str>) -> bool {
    label.is_some_and(is_label)
}

/// Whether a literal is a docstring, or a description by its name.
pub(crate) fn is_read_by_models(literal: &Literal<'_>) -> bool {
    literal.is_statement || is_described(literal.label)
}

/// Whether what a label holds is a description that is put together, or that stands elsewhere under another name.
pub(crate) fn is_put_together(label: Option<&str>, value: &Expr) -> bool {
    let may = match value {
        Expr::BinOp(_) | Expr::FString(_) => true,
        // What a label of this kind holds is looked at where it is given to it.
        Expr::Name(name) => !is_label(&name.id),
        Expr::Attribute(attribute) => !is_label(&attribute.attr),
        // Not `_("…")`, whose text is looked at itself.
        Expr::Call(call) => last_name(&call.func).is_some_and(|name| {
            matches!(name, "dedent" | "cleandoc" | "join" | "format" | "format_map" | "replace" | "strip" | "decode")
        }),
        _ => false,
    };
    may && is_described(label)
}

/// Whether a function gives a prompt that users of a server choose.
pub(crate) fn is_prompt(def: &StmtFunctionDef) -> bool {
    def.decorator_list.iter().any(|decorator| {
        let callee = if let Expr::Call(call) = &decorator.expression { &*call.func } else { &decorator.expression };
        matches!(callee, Expr::Attribute(attribute) if &attribute.attr == "prompt")
    })
}

fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}
