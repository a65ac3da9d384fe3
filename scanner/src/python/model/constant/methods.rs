//! Folding of methods of constants.

use ruff_python_ast::ExprCall;

use super::decode::{self, Coding};
use super::{Const, Folder, format};
use crate::python::model::scope::ScopeId;

impl<'a> Folder<'_, 'a> {
    /// `own.name(…)`.
    pub(super) fn method(&mut self, own: Const, name: &str, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        if name == "format"
            && let Const::Str(pattern) = &own
        {
            return self.format(pattern, call, scope);
        }
        let mut arguments = self.arguments(call, scope)?.into_iter();
        let (first, second) = (arguments.next(), arguments.next());
        self.computed();
        match own {
            Const::Str(text) => self.text_method(&text, name, first, second),
            Const::Bytes(bytes) => self.bytes_method(bytes, name, first, second),
            Const::Dict(items) => match name {
                "get" | "__getitem__" => items.into_iter().find(|(key, _)| Some(key) == first.as_ref()).map(|(_, v)| v),
                "keys" => Some(Const::List(items.into_iter().map(|(key, _)| key).collect())),
                "values" => Some(Const::List(items.into_iter().map(|(_, value)| value).collect())),
                "items" => Some(Const::List(items.into_iter().map(|(k, v)| Const::List(vec![k, v])).collect())),
                _ => None,
            },
            list @ Const::List(_) => match (name, first) {
                ("__getitem__" | "pop", Some(Const::Int(index))) => list.at(index),
                ("copy", None) => Some(list),
                _ => None,
            },
            Const::Int(int) => match (name, first) {
                ("to_bytes", Some(Const::Int(length))) => {
                    let length = usize::try_from(length).ok().filter(|length| *length <= 8)?;
                    let bytes = int.to_be_bytes()[8 - length..].to_vec();
                    let little = matches!(second, Some(Const::Str(order)) if order == "little");
                    Some(Const::Bytes(if little { bytes.into_iter().rev().collect() } else { bytes }))
                }
                _ => None,
            },
            Const::Bool(_) | Const::None => None,
        }
    }

    fn text_method(&mut self, text: &str, name: &str, first: Option<Const>, second: Option<Const>) -> Option<Const> {
        let string = |text: String| Some(Const::Str(text));
        match (name, first, second) {
            ("join", Some(items), None) => format::join(text, items),
            ("replace", Some(Const::Str(from)), Some(Const::Str(to))) => {
                let most = text.len().saturating_mul(to.len().max(1));
                (most <= super::SIZE * 4).then(|| Const::Str(text.replace(&from, &to)))
            }
            ("lower" | "casefold", None, None) => string(text.to_lowercase()),
            ("upper", None, None) => string(text.to_uppercase()),
            ("swapcase", None, None) => string(
                text.chars()
                    .flat_map(|c| {
                        let swapped: Vec<char> =
                            if c.is_lowercase() { c.to_uppercase().collect() } else { c.to_lowercase().collect() };
                        swapped
                    })
                    .collect(),
            ),
            ("strip", None, None) => string(text.trim().to_owned()),
            ("lstrip", None, None) => string(text.trim_start().to_owned()),
            ("rstrip", None, None) => string(text.trim_end().to_owned()),
            ("strip", Some(Const::Str(set)), None) => string(text.trim_matches(|c| set.contains(c)).to_owned()),
            ("lstrip", Some(Const::Str(set)), None) => string(text.trim_start_matches(|c| set.contains(c)).to_owned()),
            ("rstrip", Some(Const::Str(set)), None) => string(text.trim_end_matches(|c| set.contains(c)).to_owned()),
            ("removeprefix", Some(Const::Str(prefix)), None) => {
                string(text.strip_prefix(prefix.as_str()).unwrap_or(text).to_owned())
            }
            ("removesuffix", Some(Const::Str(suffix)), None) => {
                string(text.strip_suffix(suffix.as_str()).unwrap_or(text).to_owned())
            }
            ("split", None, None) => {
                Some(Const::List(text.split_whitespace().map(|part| Const::Str(part.to_owned())).collect()))
            }
            ("split", Some(Const::Str(separator)), None) if !separator.is_empty() => {
                Some(Const::List(text.split(separator.as_str()).map(|part| Const::Str(part.to_owned())).collect()))
            }
            ("splitlines", None, None) => Some(Const::List(text.lines().map(|l| Const::Str(l.to_owned())).collect())),
            ("encode", _, _) => Some(Const::Bytes(text.as_bytes().to_vec())),
            ("translate", Some(Const::Dict(table)), None) => {
                self.decoded();
                format::translate(text, &table).map(Const::Str)
            }
            ("__getitem__", Some(Const::Int(index)), None) => Const::Str(text.to_owned()).at(index),
            ("zfill", Some(Const::Int(width)), None) => {
                let width = usize::try_from(width).ok().filter(|width| *width <= super::SIZE)?;
                string(format!("{text:0>width$}"))
            }
            ("__str__", None, None) => string(text.to_owned()),
            ("fromhex", Some(Const::Str(_)), None) => None,
            _ => None,
        }
    }

    fn bytes_method(
        &mut self,
        bytes: Vec<u8>,
        name: &str,
        first: Option<Const>,
        second: Option<Const>,
    ) -> Option<Const> {
        match (name, first, second) {
            ("decode", None, _) => String::from_utf8(bytes).ok().map(Const::Str),
            ("decode", Some(Const::Str(encoding)), _) => {
                if let Some(text) = decode::text_of(&bytes, &encoding) {
                    return Some(Const::Str(text));
                }
                self.decoded();
                decode::decode(Coding::Named, Const::Bytes(bytes), Some(Const::Str(encoding)))
            }
            ("hex", None, _) => Some(Const::Str(hex::encode(bytes))),
            ("join", Some(items), None) => format::join_bytes(&bytes, items),
            ("replace", Some(Const::Bytes(from)), Some(Const::Bytes(to))) if !from.is_empty() => {
                let mut out = Vec::with_capacity(bytes.len());
                let mut rest = bytes.as_slice();
                while let Some(at) = memchr::memmem::find(rest, &from) {
                    out.extend_from_slice(&rest[..at]);
                    out.extend_from_slice(&to);
                    rest = &rest[at + from.len()..];
                    if out.len() > super::SIZE {
                        return None;
                    }
                }
                out.extend_from_slice(rest);
                Some(Const::Bytes(out))
            }
            ("strip", None, None) => Some(Const::Bytes(bytes.trim_ascii().to_vec())),
            ("lower", None, None) => Some(Const::Bytes(bytes.to_ascii_lowercase())),
            ("upper", None, None) => Some(Const::Bytes(bytes.to_ascii_uppercase())),
            ("tobytes" | "copy", None, None) => Some(Const::Bytes(bytes)),
            ("__getitem__", Some(Const::Int(index)), None) => Const::Bytes(bytes).at(index),
            _ => None,
        }
    }

    fn format(&mut self, pattern: &str, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        let positional = self.arguments(call, scope)?;
        let mut named = Vec::new();
        for keyword in &call.arguments.keywords {
            named.push((keyword.arg.as_deref()?, self.fold(&keyword.value, scope)?));
        }
        self.computed();
        format::braces(pattern, &positional, &named).map(Const::Str)
    }
}
