//! What a text begins with, as far as it is constant: enough to tell a host or a program.

use ruff_python_ast::{Expr, ExprCall, FStringPart, InterpolatedStringElement, Operator};

use crate::python::model::Model;
use crate::python::model::scope::{ScopeId, Value};

/// How many expressions one question looks at.
const STEPS: u32 = 64;

impl<'a> Model<'a> {
    /// The constant beginnings that a text can have. Empty where nothing can be told.
    pub(crate) fn beginnings(&self, expr: &'a Expr, scope: ScopeId) -> Vec<String> {
        let mut pending = vec![(expr, scope)];
        let (mut found, mut left) = (Vec::new(), STEPS);
        while let Some((expr, scope)) = pending.pop() {
            let Some(rest) = left.checked_sub(1) else { break };
            left = rest;
            if let Some(text) = self.constant(expr, scope).and_then(|folded| folded.value.into_text()) {
                found.push(text);
                continue;
            }
            self.beginning(expr, scope, &mut found, &mut pending);
        }
        found.retain(|text| !text.is_empty());
        found
    }

    fn beginning(
        &self,
        expr: &'a Expr,
        scope: ScopeId,
        found: &mut Vec<String>,
        pending: &mut Vec<(&'a Expr, ScopeId)>,
    ) {
        match expr {
            Expr::BinOp(op) if op.op == Operator::Mod => {
                let text = self.constant(&op.left, scope).and_then(|folded| folded.value.into_text());
                found.extend(text.map(|text| cut_at(&text, '%')));
            }
            Expr::BinOp(op) => pending.push((&op.left, scope)),
            Expr::FString(fstring) => {
                let mut text = String::new();
                'parts: for part in &fstring.value {
                    let inner = match part {
                        FStringPart::Literal(literal) => {
                            text.push_str(literal);
                            continue;
                        }
                        FStringPart::FString(inner) => inner,
                    };
                    for element in &inner.elements {
                        match element {
                            InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                            InterpolatedStringElement::Interpolation(field) => {
                                let value = self.constant(&field.expression, scope).and_then(|f| f.value.into_text());
                                match value {
                                    Some(value) => text.push_str(&value),
                                    None if text.is_empty() => {
                                        pending.push((&field.expression, scope));
                                        break 'parts;
                                    }
                                    None => break 'parts,
                                }
                            }
                        }
                    }
                }
                found.push(text);
            }
            Expr::Call(call) => self.beginning_of_call(call, scope, found, pending),
            Expr::Name(name) => {
                for id in self.lookup(&name.id, scope).into_iter().flatten() {
                    let bound = &self.bindings[id.index()].bound;
                    if let Value::Expr(expr) | Value::Parameter(Some(expr)) | Value::Element(expr) = bound.value {
                        pending.push((expr, bound.scope));
                    }
                }
            }
            Expr::Attribute(attribute) => {
                for bound in self.attributes.get(attribute.attr.as_str()).into_iter().flatten() {
                    if let Value::Expr(expr) = bound.value {
                        pending.push((expr, bound.scope));
                    }
                }
            }
            Expr::List(list) => pending.extend(list.elts.iter().take(8).map(|item| (item, scope))),
            Expr::Tuple(tuple) => pending.extend(tuple.elts.iter().take(8).map(|item| (item, scope))),
            Expr::Named(named) => pending.push((&named.value, scope)),
            Expr::If(branch) => pending.extend([(&*branch.body, scope), (&*branch.orelse, scope)]),
            Expr::BoolOp(op) => pending.extend(op.values.iter().map(|value| (value, scope))),
            _ => {}
        }
    }

    /// Calls whose result begins as their object or their first argument does.
    fn beginning_of_call(
        &self,
        call: &'a ExprCall,
        scope: ScopeId,
        found: &mut Vec<String>,
        pending: &mut Vec<(&'a Expr, ScopeId)>,
    ) {
        if let Expr::Attribute(attribute) = &*call.func {
            match attribute.attr.as_str() {
                "format" => {
                    let text = self.constant(&attribute.value, scope).and_then(|folded| folded.value.into_text());
                    let text = text.map(|text| cut_at(&text, '{')).unwrap_or_default();
                    if text.is_empty() {
                        pending.extend(call.arguments.args.first().map(|first| (first, scope)));
                    }
                    found.push(text);
                    return;
                }
                "strip" | "rstrip" | "encode" | "decode" => {
                    pending.push((&attribute.value, scope));
                    return;
                }
                _ => {}
            }
        }
        let name = match &*call.func {
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            Expr::Name(name) => name.id.as_str(),
            _ => "",
        };
        if matches!(name, "Request" | "urljoin" | "URL" | "str" | "join" | "quote") {
            let first = call.arguments.find_argument_value("url", 0);
            pending.extend(first.map(|first| (first, scope)));
        }
    }
}

fn cut_at(text: &str, mark: char) -> String {
    text.split(mark).next().unwrap_or_default().to_owned()
}
