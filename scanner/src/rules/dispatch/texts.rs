//! Texts that stand in the source or are put together there: for the rules about marks, and for those about
//! what models read.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::Asker;
use super::table::TABLE;
use crate::python::model::Place;
use crate::python::model::constant::Const;
use crate::python::model::object::Via;
use crate::python::model::written::fstring_text;
use crate::rules::marks::{self, MARKS_PER_RULE, Marked};
use crate::rules::prose;

impl<'a> Asker<'_, 'a> {
    /// Texts that stand in the source, whole or with values in them, and texts that are put
    /// together for a call.
    pub(super) fn texts(&mut self) {
        let model = self.model;
        let told = self.described();
        let mut counts = vec![0_u32; TABLE.marks.len()];
        for literal in &model.literals {
            match literal.expr {
                Expr::StringLiteral(string) => {
                    let text = string.value.to_str();
                    let is_told = || told.iter().any(|range| range.contains_range(literal.expr.range()));
                    if prose::is_read_by_models(literal) && !is_told() {
                        self.prose(text, literal.expr, literal.label, None);
                    }
                    if !literal.is_statement {
                        self.marked(text, literal.expr.range(), &mut counts);
                    }
                }
                Expr::BytesLiteral(bytes) => {
                    let bytes: Vec<u8> = bytes.value.bytes().collect();
                    if let Ok(text) = std::str::from_utf8(&bytes) {
                        self.marked(text, literal.expr.range(), &mut counts);
                    }
                }
                _ => {}
            }
        }
        for fstring in &model.fstrings {
            self.marked(&fstring_text(fstring), fstring.range(), &mut counts);
        }
        for site in &model.calls {
            let keywords = site.call.arguments.keywords.iter().map(|keyword| &keyword.value);
            for argument in site.call.arguments.args.iter().chain(keywords) {
                if !matches!(argument, Expr::BinOp(_) | Expr::Call(_) | Expr::Name(_) | Expr::Subscript(_)) {
                    continue;
                }
                if model.is_plain(argument, site.place.scope) {
                    continue;
                }
                let Some(folded) = model.constant(argument, site.place.scope) else { continue };
                if folded.via >= Via::Computed
                    && let Const::Str(_) | Const::Bytes(_) = folded.value
                    && let Some(text) = folded.value.into_text()
                {
                    self.marked(&text, argument.range(), &mut counts);
                }
            }
        }
    }

    fn marked(&mut self, text: &str, range: TextRange, counts: &mut [u32]) {
        for (mark, word, at) in marks::find(text) {
            for (index, (rule, kinds, on)) in TABLE.marks.iter().enumerate() {
                if kinds.contains(&mark) && counts[index] < MARKS_PER_RULE {
                    counts[index] += 1;
                    on(&mut self.check(rule), &Marked { word, text, at, range });
                }
            }
        }
    }

    /// Puts a text that is read by models to the rules, and says whether it shows anything.
    fn prose(&mut self, text: &str, expr: &'a Expr, label: Option<&str>, only: Option<&[prose::Kind]>) -> bool {
        let mut signs = prose::signs(text);
        if let Some(kinds) = only {
            signs.retain(|sign| kinds.contains(&sign.kind));
        }
        if signs.is_empty() {
            return false;
        }
        let prose = prose::Prose { text, signs: &signs, literal: expr, label };
        for (rule, kinds, on) in &TABLE.prose {
            if signs.iter().any(|sign| kinds.contains(&sign.kind)) {
                on(&mut self.check(rule), &prose);
            }
        }
        true
    }

    /// Descriptions that are put together, what servers tell models, and prompts. Gives where something was told, so
    /// that the parts are not told of again.
    fn described(&mut self) -> Vec<TextRange> {
        let model = self.model;
        let mut told = Vec::new();
        for described in &model.described {
            if self.folded(described.value, described.place, Some(described.label), None) {
                told.push(described.value.range());
            }
        }
        for site in model.calls.iter().filter(|site| site.has_keywords) {
            for keyword in &site.call.arguments.keywords {
                if keyword.arg.as_deref() == Some("instructions")
                    && let Expr::Name(ast::ExprName { id: class, .. }) = &*site.call.func
                    && prose::INSTRUCTED.contains(&class.as_str())
                {
                    self.folded(&keyword.value, site.place, Some("instructions"), None);
                }
            }
        }
        for defined in model.functions.iter().filter(|defined| prose::is_prompt(defined.def)) {
            let place = Place { scope: defined.scope, at_import: false };
            for value in &model.scopes[defined.scope.index()].returns {
                let label = Some(defined.def.name.as_str());
                let within = model.literals.iter().filter(|literal| value.range().contains_range(literal.expr.range()));
                match value {
                    // A row of messages, or one.
                    Expr::List(_) | Expr::Call(_) | Expr::Dict(_) => {
                        for literal in within {
                            self.folded(literal.expr, place, label, Some(prose::OF_PROMPTS));
                        }
                    }
                    value => drop(self.folded(value, place, label, Some(prose::OF_PROMPTS))),
                }
            }
        }
        told
    }

    /// The text that an expression becomes, as far as it can be told, put to the rules.
    fn folded(&mut self, expr: &'a Expr, place: Place, label: Option<&str>, only: Option<&[prose::Kind]>) -> bool {
        if let Expr::StringLiteral(literal) = expr {
            return self.prose(literal.value.to_str(), expr, label, only);
        }
        let folded = self.model.constant(expr, place.scope).and_then(|folded| folded.value.into_text());
        let text = folded.unwrap_or_else(|| self.model.written(expr, place.scope));
        self.prose(&text, expr, label, only)
    }
}
