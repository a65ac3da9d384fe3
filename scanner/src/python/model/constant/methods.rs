//! Folding of methods of constants.

use super::calls::Given;
use super::{Const, Folder, codecs, format, number, strings, words};

/// Methods that change what they are called on, which [`changed`] carries out.
pub(in crate::python::model) const CHANGING: &[&str] = &[
    "append",
    "extend",
    "insert",
    "reverse",
    "sort",
    "pop",
    "remove",
    "update",
    "setdefault",
    "appendleft",
    "add",
    "write",
    "__setitem__",
    "__iadd__",
];

impl Folder<'_, '_> {
    /// `own.name(…)`.
    pub(super) fn method(&mut self, own: Const, name: &str, given: Given) -> Option<Const> {
        self.computed();
        let first = given.positional.first();
        match (name, &own) {
            ("__getitem__" | "get" | "pop" | "group" | "popleft", Const::Dict(_) | Const::List(_)) => {
                return self.taken(own, name, &given);
            }
            ("__getitem__", _) => return own.get(first?),
            ("__add__" | "__concat__", _) => return own.joined(first?.clone()),
            ("__mul__", _) => return own.repeated(first?.as_int()?),
            ("__len__", _) => return own.length().and_then(|length| i64::try_from(length).ok()).map(Const::Int),
            ("__str__" | "__repr__", Const::Str(_)) => return Some(own),
            ("__next__", _) => return own.into_items()?.into_iter().next(),
            ("__iter__" | "copy", _) => return Some(own),
            ("decode", Const::Bytes(_) | Const::List(_)) => return self.decode(own, &given),
            ("translate", Const::Str(_) | Const::Bytes(_)) => {
                self.decoded();
                return translate(own, &given);
            }
            // Files in memory, buffers and arrays give back what they were made of.
            (
                "read" | "getvalue" | "getbuffer" | "tobytes" | "tounicode" | "tolist" | "readline" | "flush"
                | "as_posix" | "__fspath__" | "__bytes__",
                Const::Str(_) | Const::Bytes(_),
            ) => return Some(own),
            _ => {}
        }
        match own {
            Const::Str(text) => match name {
                "format" => format::braces(&text, &given.positional, &given.named).map(Const::Str),
                "format_map" => match first? {
                    Const::Dict(items) => format::braces(&text, &[], &texts(items)?).map(Const::Str),
                    _ => None,
                },
                "substitute" | "safe_substitute" => {
                    let mut values = given.named.clone();
                    if let Some(Const::Dict(items)) = first {
                        values.extend(texts(items)?);
                    }
                    words::template(&text, &values).map(Const::Str)
                }
                _ => strings::method(&text, name, &given),
            },
            Const::Bytes(bytes) => strings::bytes_method(bytes, name, &given),
            Const::Dict(items) => match name {
                "keys" => Some(Const::List(items.into_iter().map(|(key, _)| key).collect())),
                "values" => Some(Const::List(items.into_iter().map(|(_, value)| value).collect())),
                "items" => Some(Const::List(items.into_iter().map(|(k, v)| Const::List(vec![k, v])).collect())),
                _ => None,
            },
            Const::List(items) => match name {
                "index" => {
                    let at = items.iter().position(|item| Some(item) == first)?;
                    i64::try_from(at).ok().map(Const::Int)
                }
                "count" => i64::try_from(items.iter().filter(|item| Some(*item) == first).count()).ok().map(Const::Int),
                "groups" => Some(Const::List(items.into_iter().skip(1).collect())),
                "tobytes" | "tolist" => Some(Const::List(items)),
                _ => None,
            },
            own @ (Const::Int(_) | Const::Big(_)) => match name {
                "to_bytes" => {
                    let little = matches!(given.get(1, "byteorder"), Some(Const::Str(order)) if order == "little");
                    let length = given.get(0, "length").map_or(Some(1), Const::as_int)?;
                    self.decoded();
                    number::to_bytes(&own, length, little)
                }
                _ => None,
            },
            Const::Bool(_) | Const::None | Const::Float(_) => None,
        }
    }

    /// `own[key]`, `own.get(key, default)`, `own.pop(key)`, `match.group(number)`.
    fn taken(&mut self, own: Const, name: &str, given: &Given) -> Option<Const> {
        let default = given.positional.get(1).cloned();
        match (name, given.positional.first()) {
            ("group", None) => own.at(0),
            ("pop", None) => own.at(-1),
            ("popleft", None) => own.at(0),
            ("group", Some(Const::Str(_))) => None,
            (_, Some(key)) => own.get(key).or(default),
            (_, None) => None,
        }
    }

    fn decode(&mut self, own: Const, given: &Given) -> Option<Const> {
        let name = match given.get(0, "encoding") {
            None => "utf-8".to_owned(),
            Some(name) => name.clone().into_text()?,
        };
        if codecs::hides(&name) {
            self.decoded();
        }
        codecs::decode(Const::Bytes(own.into_bytes()?), &name)
    }
}

fn texts(items: &[(Const, Const)]) -> Option<Vec<(String, Const)>> {
    items.iter().map(|(key, value)| Some((key.clone().into_text()?, value.clone()))).collect()
}

fn translate(own: Const, given: &Given) -> Option<Const> {
    match (own, given.positional.first()?) {
        (Const::Str(text), Const::Dict(table)) => format::translate(&text, table).map(Const::Str),
        (Const::Bytes(bytes), table) => {
            let gone = match given.get(1, "delete") {
                Some(gone) => gone.clone().into_bytes()?,
                None => Vec::new(),
            };
            let kept = bytes.into_iter().filter(|byte| !gone.contains(byte));
            match table {
                Const::None => Some(Const::Bytes(kept.collect())),
                Const::Dict(table) => {
                    let turn = |byte: u8| {
                        let key = Const::Int(byte.into());
                        let found = table.iter().find(|(own, _)| *own == key);
                        found.map_or(Some(byte), |(_, to)| u8::try_from(to.as_int()?).ok())
                    };
                    kept.map(turn).collect::<Option<Vec<u8>>>().map(Const::Bytes)
                }
                table => {
                    let table = table.clone().into_bytes()?;
                    kept.map(|byte| table.get(usize::from(byte)).copied()).collect::<Option<_>>().map(Const::Bytes)
                }
            }
        }
        _ => None,
    }
}

/// `own.name(…)` as a statement: what `own` is afterwards.
pub(super) fn changed(own: Const, name: &str, given: &Given) -> Option<Const> {
    let first = given.positional.first();
    match (own, name) {
        (Const::List(mut items), "append" | "add") => {
            items.push(first?.clone());
            Some(Const::List(items))
        }
        (Const::List(items), "extend" | "__iadd__") => {
            Const::List(items).joined(Const::List(first?.clone().into_items()?))
        }
        (Const::List(mut items), "appendleft") => {
            items.insert(0, first?.clone());
            Some(Const::List(items))
        }
        (Const::List(mut items), "insert") => {
            let at = usize::try_from(first?.as_int()?).ok()?.min(items.len());
            items.insert(at, given.positional.get(1)?.clone());
            Some(Const::List(items))
        }
        (Const::List(mut items), "pop") => {
            match first {
                None => items.pop().map(|_| ())?,
                Some(index) => {
                    let at = usize::try_from(index.as_int()?).ok().filter(|at| *at < items.len())?;
                    items.remove(at);
                }
            }
            Some(Const::List(items))
        }
        (Const::List(mut items), "remove") => {
            let at = items.iter().position(|item| Some(item) == first)?;
            items.remove(at);
            Some(Const::List(items))
        }
        (Const::List(mut items), "sort") if given.named.is_empty() => {
            let mut comparable = true;
            items.sort_by(|left, right| {
                let order = left.order(right);
                comparable &= order.is_some();
                order.unwrap_or(std::cmp::Ordering::Equal)
            });
            comparable.then_some(Const::List(items))
        }
        (own @ (Const::List(_) | Const::Bytes(_)), "reverse") => own.turned(),
        (Const::Bytes(mut bytes), "append") => {
            bytes.push(u8::try_from(first?.as_int()?).ok()?);
            Some(Const::Bytes(bytes))
        }
        (Const::Bytes(mut bytes), "extend" | "write") => {
            bytes.extend(first?.clone().into_bytes()?);
            Some(Const::Bytes(bytes))
        }
        (Const::Str(text), "write") => Const::Str(text).joined(first?.clone()),
        (Const::Dict(mut items), "update") => {
            if let Some(Const::Dict(more)) = first {
                items.extend(more.iter().cloned());
            }
            items.extend(given.named.iter().map(|(name, value)| (Const::Str(name.clone()), value.clone())));
            Some(Const::Dict(items))
        }
        (Const::Dict(mut items), "setdefault" | "__setitem__") => {
            items.push((first?.clone(), given.positional.get(1)?.clone()));
            Some(Const::Dict(items))
        }
        _ => None,
    }
}
