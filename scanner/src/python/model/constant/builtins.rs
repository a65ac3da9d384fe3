//! Built-in functions of constants.

use super::calls::Given;
use super::{Const, SIZE, codecs, format, names, number};

/// Functions that are given a function, by qualified path.
pub(super) const HIGHER_ORDER: &[&str] = &[
    "builtins.map",
    "builtins.filter",
    "builtins.sorted",
    "builtins.min",
    "builtins.max",
    "functools.reduce",
    "itertools.starmap",
];

/// `name(…)`.
pub(super) fn call(name: &str, given: &Given) -> Option<Const> {
    let (first, second, third) = (given.positional.first(), given.positional.get(1), given.positional.get(2));
    let text = |text: String| Some(Const::Str(text));
    match (name, first, second) {
        ("chr", Some(Const::Int(int)), None) => char::from_u32(u32::try_from(*int).ok()?).map(|c| Const::Str(c.into())),
        ("ord", Some(value), None) => ordinal(value),
        ("str" | "ascii" | "format", Some(value), None) => value.to_text().map(Const::Str),
        ("format", Some(value), Some(Const::Str(spec))) => format::specified(value, spec).map(Const::Str),
        ("repr", Some(value @ (Const::Int(_) | Const::Bool(_) | Const::None)), None) => value.to_text().map(Const::Str),
        ("str", Some(value @ Const::Bytes(_)), Some(Const::Str(name))) => codecs::decode(value.clone(), name),
        ("str", None, None) => text(String::new()),
        ("bytes" | "bytearray", Some(Const::Int(count)), None) => Const::Bytes(vec![0]).repeated(*count),
        ("bytes" | "bytearray" | "memoryview", Some(value), _) => value.clone().into_bytes().map(Const::Bytes),
        ("bytes" | "bytearray", None, _) => Some(Const::Bytes(Vec::new())),
        ("int", Some(Const::Str(text)), base) => names::integer(text, base),
        ("int", Some(Const::Bytes(bytes)), base) => names::integer(std::str::from_utf8(bytes).ok()?, base),
        ("int" | "round", Some(Const::Float(float)), None) => whole(if name == "int" { float.trunc() } else { *float }),
        ("int" | "round", Some(value @ (Const::Int(_) | Const::Big(_))), None) => Some(value.clone()),
        ("int" | "abs", Some(value), None) => {
            value.as_int().map(|int| Const::Int(if name == "abs" { int.saturating_abs() } else { int }))
        }
        ("float", Some(value), None) => value.as_float().map(Const::Float),
        ("bool", Some(value), None) => Some(Const::Bool(value.is_true())),
        ("hex", Some(value), None) => number::hex(value).map(Const::Str),
        ("bin", Some(Const::Int(int)), None) => text(format!("{int:#b}")),
        ("oct", Some(Const::Int(int)), None) => text(format!("{int:#o}")),
        ("pow", Some(left), Some(right)) => match third {
            None => left.as_int()?.checked_pow(u32::try_from(right.as_int()?).ok()?).map(Const::Int),
            Some(modulus) => modular(left.as_int()?, right.as_int()?, modulus.as_int()?),
        },
        ("divmod", Some(left), Some(right)) => {
            let (left, right) = (left.as_int()?, right.as_int()?);
            let parts = vec![left.checked_div_euclid(right)?, left.checked_rem_euclid(right)?];
            Some(Const::List(parts.into_iter().map(Const::Int).collect()))
        }
        ("sum", Some(items), start) => {
            let start = start.cloned().unwrap_or(Const::Int(0));
            items.clone().into_items()?.into_iter().try_fold(start, |sum, item| {
                let sum = sum.joined(item)?;
                (sum.size() <= SIZE).then_some(sum)
            })
        }
        ("any" | "all", Some(items), None) => {
            let items = items.clone().into_items()?;
            let holds = if name == "any" { items.iter().any(Const::is_true) } else { items.iter().all(Const::is_true) };
            Some(Const::Bool(holds))
        }
        ("range", ..) => {
            let parts: Option<Vec<i64>> = given.positional.iter().map(Const::as_int).collect();
            match *parts?.as_slice() {
                [end] => number::range(0, end, 1),
                [start, end] => number::range(start, end, 1),
                [start, end, step] => number::range(start, end, step),
                _ => None,
            }
        }
        _ => container(name, given).or_else(|| static_method(name, given)),
    }
}

fn whole(float: f64) -> Option<Const> {
    let near = float.round();
    // Far inside of what both kinds of number hold exactly.
    #[expect(clippy::cast_possible_truncation, reason = "the bound is checked beside it")]
    (near.abs() < 1e15).then_some(Const::Int(near as i64))
}

fn modular(base: i64, mut exponent: i64, modulus: i64) -> Option<Const> {
    let modulus = i128::from(modulus);
    if modulus <= 0 || exponent < 0 {
        return None;
    }
    let (mut power, mut out) = (i128::from(base).rem_euclid(modulus), 1 % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = out * power % modulus;
        }
        power = power * power % modulus;
        exponent >>= 1;
    }
    i64::try_from(out).ok().map(Const::Int)
}

fn ordinal(value: &Const) -> Option<Const> {
    match value {
        Const::Str(text) => {
            let mut chars = text.chars();
            let only = chars.next().filter(|_| chars.next().is_none())?;
            Some(Const::Int(i64::from(u32::from(only))))
        }
        Const::Bytes(bytes) if bytes.len() == 1 => Some(Const::Int(bytes[0].into())),
        // An item of a row of bytes, where the code treats it as text.
        Const::Int(int) => Some(Const::Int(*int)),
        _ => None,
    }
}

/// Functions that make containers of containers.
fn container(name: &str, given: &Given) -> Option<Const> {
    let first = given.positional.first();
    let items = || first?.clone().into_items();
    match name {
        "len" => i64::try_from(first?.length()?).ok().map(Const::Int),
        "list" | "tuple" | "iter" | "set" | "frozenset" => match first {
            Some(_) => items().map(Const::List),
            None => Some(Const::List(Vec::new())),
        },
        "next" => items()?.into_iter().next(),
        "reversed" => {
            let mut items = items()?;
            items.reverse();
            Some(Const::List(items))
        }
        "zip" => {
            let rows: Option<Vec<_>> = given.positional.iter().map(|row| row.clone().into_items()).collect();
            let rows = rows?;
            let length = rows.iter().map(Vec::len).min()?;
            let row = |index: usize| Const::List(rows.iter().map(|row| row[index].clone()).collect());
            Some(Const::List((0..length).map(row).collect()))
        }
        "enumerate" => {
            let start = given.get(1, "start").map_or(Some(0), Const::as_int)?;
            let pair = |(index, item): (i64, Const)| Const::List(vec![Const::Int(index), item]);
            Some(Const::List((start..).zip(items()?).map(pair).collect()))
        }
        "dict" => {
            let mut table = match first {
                Some(table @ Const::Dict(_)) => table.clone(),
                Some(pairs) => dict(pairs.clone())?,
                None => Const::Dict(Vec::new()),
            };
            if let Const::Dict(items) = &mut table {
                items.extend(given.named.iter().map(|(name, value)| (Const::Str(name.clone()), value.clone())));
            }
            Some(table)
        }
        "slice" => None,
        // What an exception is made of is what `str()` of it gives.
        _ if name.ends_with("Error") || name == "Exception" => match given.positional.as_slice() {
            [text @ Const::Str(_)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// A dictionary of pairs.
pub(super) fn dict(pairs: Const) -> Option<Const> {
    let pairs = pairs.into_items()?.into_iter().map(|pair| {
        let [key, value] = <[Const; 2]>::try_from(pair.into_items()?).ok()?;
        Some((key, value))
    });
    pairs.collect::<Option<Vec<_>>>().map(Const::Dict)
}

fn static_method(name: &str, given: &Given) -> Option<Const> {
    let (first, second) = (given.positional.first(), given.positional.get(1));
    match (name, first, second) {
        ("str.maketrans" | "bytes.maketrans", Some(from), Some(to)) => {
            let (from, to) = (from.clone().into_items()?, to.clone().into_items()?);
            let mut pairs: Vec<(Const, Const)> = from.into_iter().zip(to).collect();
            if let Some(gone) = given.positional.get(2) {
                pairs.extend(gone.clone().into_items()?.into_iter().map(|c| (c, Const::None)));
            }
            Some(Const::Dict(pairs))
        }
        ("str.maketrans", Some(table @ Const::Dict(_)), None) => Some(table.clone()),
        ("dict.fromkeys", Some(keys), value) => {
            let value = value.cloned().unwrap_or(Const::None);
            let keys = keys.clone().into_items()?;
            if keys.len().checked_mul(value.size())? > SIZE {
                return None;
            }
            Some(Const::Dict(keys.into_iter().map(|key| (key, value.clone())).collect()))
        }
        ("int.from_bytes", Some(bytes), order) => {
            let mut bytes = bytes.clone().into_bytes()?;
            if matches!(order.or_else(|| given.get(1, "byteorder")), Some(Const::Str(order)) if order == "little") {
                bytes.reverse();
            }
            Some(number::of_bytes(&bytes))
        }
        _ => None,
    }
}
