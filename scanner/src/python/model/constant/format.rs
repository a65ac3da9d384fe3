//! Putting text together: `%`, `format`, `join`, `translate`, numbers.

use super::{Const, SIZE};

/// `pattern % values`.
pub(super) fn percent(pattern: &str, values: Const) -> Option<String> {
    let mut values = match values {
        Const::List(items) => items.into_iter(),
        Const::Dict(_) => return None,
        other => vec![other].into_iter(),
    };
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            '%' => out.push('%'),
            's' | 'd' | 'i' => out.push_str(&values.next()?.to_text()?),
            'c' => match values.next()? {
                Const::Int(int) => out.push(char::from_u32(u32::try_from(int).ok()?)?),
                Const::Str(text) => out.push_str(&text),
                _ => return None,
            },
            'x' => out.push_str(&format!("{:x}", values.next()?.as_int()?)),
            _ => return None,
        }
        if out.len() > SIZE {
            return None;
        }
    }
    Some(out)
}

/// `pattern.format(…)`; fields with attributes, indexes or widths are left unfolded.
pub(super) fn braces(pattern: &str, positional: &[Const], named: &[(&str, Const)]) -> Option<String> {
    let mut out = String::new();
    let mut next = 0;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.next_if_eq(&'{').is_some() => out.push('{'),
            '}' if chars.next_if_eq(&'}').is_some() => out.push('}'),
            '}' => return None,
            '{' => {
                let mut field = String::new();
                loop {
                    match chars.next()? {
                        '}' => break,
                        c => field.push(c),
                    }
                }
                let field = field.split(['!', ':']).next().unwrap_or_default().to_owned();
                let value = if field.is_empty() {
                    next += 1;
                    positional.get(next - 1)?
                } else if let Ok(index) = field.parse::<usize>() {
                    positional.get(index)?
                } else {
                    &named.iter().find(|(name, _)| *name == field)?.1
                };
                out.push_str(&value.to_text()?);
            }
            c => out.push(c),
        }
        if out.len() > SIZE {
            return None;
        }
    }
    Some(out)
}

/// `separator.join(items)`.
pub(super) fn join(separator: &str, items: Const) -> Option<Const> {
    let mut out = String::new();
    for (index, item) in items.into_items()?.into_iter().enumerate() {
        let Const::Str(text) = item else { return None };
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(&text);
        if out.len() > SIZE {
            return None;
        }
    }
    Some(Const::Str(out))
}

/// `separator.join(items)` over bytes.
pub(super) fn join_bytes(separator: &[u8], items: Const) -> Option<Const> {
    let mut out = Vec::new();
    for (index, item) in items.into_items()?.into_iter().enumerate() {
        let Const::Bytes(bytes) = item else { return None };
        if index > 0 {
            out.extend_from_slice(separator);
        }
        out.extend(bytes);
        if out.len() > SIZE {
            return None;
        }
    }
    Some(Const::Bytes(out))
}

/// `text.translate(table)`.
pub(super) fn translate(text: &str, table: &[(Const, Const)]) -> Option<String> {
    /// A table larger than this is not searched for each character.
    const MOST: usize = 1024;
    if table.len() > MOST || text.len() > SIZE / 8 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let code = Const::Int(i64::from(u32::from(c)));
        let own = Const::Str(c.into());
        match table.iter().find(|(key, _)| *key == code || *key == own).map(|(_, value)| value) {
            None => out.push(c),
            Some(Const::Str(text)) => out.push_str(text),
            Some(Const::Int(int)) => out.push(char::from_u32(u32::try_from(*int).ok()?)?),
            Some(Const::None) => {}
            Some(_) => return None,
        }
    }
    Some(out)
}

/// `int(text, base)`.
pub(super) fn integer(text: &str, base: u32) -> Option<i64> {
    let text = text.trim().replace('_', "");
    let lower = text.to_ascii_lowercase();
    let prefix = match base {
        16 => "0x",
        8 => "0o",
        2 => "0b",
        _ => "",
    };
    if !(2..=36).contains(&base) {
        return None;
    }
    i64::from_str_radix(lower.strip_prefix(prefix).unwrap_or(&lower), base).ok()
}

/// `range(start, end, step)`.
pub(super) fn range(start: i64, end: i64, step: i64) -> Option<Const> {
    /// Longer ranges are not written out.
    const MOST: usize = 65_536;
    if step == 0 {
        return None;
    }
    let mut items = Vec::new();
    let mut at = start;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        if items.len() >= MOST {
            return None;
        }
        items.push(Const::Int(at));
        at = at.checked_add(step)?;
    }
    Some(Const::List(items))
}
