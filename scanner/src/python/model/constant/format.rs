//! Putting text together: `%`, `format`, `join`, `translate`.

use super::{Const, SIZE};

/// `pattern % values`.
pub(super) fn percent(pattern: &str, values: Const) -> Option<String> {
    let (mut row, named) = match values {
        Const::List(items) => (items.into_iter(), None),
        Const::Dict(items) => (Vec::new().into_iter(), Some(items)),
        other => (vec![other].into_iter(), None),
    };
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let value = match (rest.strip_prefix('('), &named) {
            (Some(inner), Some(items)) => {
                let (name, after) = inner.split_once(')')?;
                rest = after;
                let name = Const::Str(name.to_owned());
                items.iter().find(|(key, _)| *key == name)?.1.clone()
            }
            (None, None) => row.next()?,
            _ => return None,
        };
        let length = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (flags, after) = rest.split_at(length);
        let kind = after.chars().next()?;
        rest = &after[kind.len_utf8()..];
        let spec = match kind {
            's' | 'r' | 'a' => format!("{}{flags}s", if flags.starts_with('-') || flags.is_empty() { "" } else { ">" }),
            'i' | 'u' => format!("{flags}d"),
            'c' if matches!(value, Const::Str(_)) => "s".to_owned(),
            other => format!("{flags}{other}"),
        };
        out.push_str(&specified(&value, spec.trim_start_matches('-'))?);
        if out.len() > SIZE {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// `pattern.format(…)`.
pub(super) fn braces(pattern: &str, positional: &[Const], named: &[(String, Const)]) -> Option<String> {
    let mut out = String::new();
    let mut next = 0;
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        let (field, after) = if brace == "{" { rest.split_once('}')? } else { return None };
        rest = after;
        let (field, spec) = field.split_once(':').unwrap_or((field, ""));
        let field = field.split_once('!').map_or(field, |(field, _)| field);
        let length = field.find(['[', '.']).unwrap_or(field.len());
        let (name, steps) = field.split_at(length);
        let value = if name.is_empty() {
            next += 1;
            positional.get(next - 1)?
        } else if let Ok(index) = name.parse::<usize>() {
            positional.get(index)?
        } else {
            &named.iter().find(|(own, _)| own == name)?.1
        };
        out.push_str(&specified(&stepped(value.clone(), steps)?, spec)?);
        if out.len() > SIZE {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// The `[0][key]` after a field's name; attributes of constants are not followed.
fn stepped(mut value: Const, mut steps: &str) -> Option<Const> {
    while !steps.is_empty() {
        let (key, after) = steps.strip_prefix('[')?.split_once(']')?;
        let key = key.parse().map_or_else(|_| Const::Str(key.to_owned()), Const::Int);
        value = value.get(&key)?;
        steps = after;
    }
    Some(value)
}

/// `format(value, spec)` for the specifications that text is spelt with.
pub(super) fn specified(value: &Const, spec: &str) -> Option<String> {
    if spec.is_empty() {
        return value.to_text();
    }
    let mut chars: Vec<char> = spec.chars().collect();
    let kind = chars.pop_if(|last| last.is_ascii_alphabetic());
    let mut rest = chars.as_slice();
    let (mut fill, mut align) = (' ', None);
    if let [own, turn @ ('<' | '>' | '^' | '='), after @ ..] = rest {
        (fill, align, rest) = (*own, Some(*turn), after);
    } else if let [turn @ ('<' | '>' | '^' | '='), after @ ..] = rest {
        (align, rest) = (Some(*turn), after);
    }
    let alternate = rest.first() == Some(&'#');
    rest = &rest[usize::from(alternate)..];
    if rest.first() == Some(&'0') {
        (fill, align) = ('0', align.or(Some('>')));
    }
    let numbers: String = rest.iter().collect();
    let (width, precision) = numbers.split_once('.').map_or((numbers.as_str(), None), |(w, p)| (w, Some(p)));
    let width: usize = if width.is_empty() { 0 } else { width.parse().ok()? };
    let text = match (kind, value) {
        (None | Some('s'), Const::Str(text)) => match precision {
            Some(most) => text.chars().take(most.parse().ok()?).collect(),
            None => text.clone(),
        },
        (Some('c'), value) => char::from_u32(u32::try_from(value.as_int()?).ok()?)?.to_string(),
        (Some('x'), value) => format!("{}{:x}", if alternate { "0x" } else { "" }, value.as_int()?),
        (Some('X'), value) => format!("{:X}", value.as_int()?),
        (Some('o'), value) => format!("{:o}", value.as_int()?),
        (Some('b'), value) => format!("{:b}", value.as_int()?),
        (None | Some('d' | 's'), value) => value.to_text()?,
        _ => return None,
    };
    if width > SIZE {
        return None;
    }
    let missing = width.saturating_sub(text.chars().count());
    let default = if matches!(value, Const::Str(_)) { '<' } else { '>' };
    let before = match align.unwrap_or(default) {
        '<' => 0,
        '^' => missing / 2,
        _ => missing,
    };
    let pad = |count: usize| std::iter::repeat_n(fill, count);
    Some(pad(before).chain(text.chars()).chain(pad(missing - before)).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Const {
        Const::Str(text.to_owned())
    }

    #[test]
    fn specifications_are_followed() {
        for (value, spec, expected) in [
            (text("ab"), ">4", "  ab"),
            (text("ab"), "*^5", "*ab**"),
            (text("abcdef"), ".2", "ab"),
            (Const::Int(115), "c", "s"),
            (Const::Int(10), "04x", "000a"),
            (Const::Int(10), "#x", "0xa"),
            (Const::Int(5), "08b", "00000101"),
        ] {
            assert_eq!(specified(&value, spec).as_deref(), Some(expected), "{spec}");
        }
        assert_eq!(specified(&text("a"), "99999999999"), None);
    }

    #[test]
    fn patterns_are_filled() {
        let named = [("a".to_owned(), text("x"))];
        assert_eq!(braces("{}{{{1[0]}}}{a}", &[text("1"), Const::List(vec![text("2")])], &named).unwrap(), "1{2}x");
        assert_eq!(braces("{", &[], &[]), None);
        assert_eq!(percent("%s%%%c%.1s", Const::List(vec![text("a"), Const::Int(98), text("cd")])).unwrap(), "a%bc");
        let table = Const::Dict(vec![(text("k"), text("v"))]);
        assert_eq!(percent("%(k)s", table).unwrap(), "v");
        assert_eq!(percent("%s", Const::List(Vec::new())), None);
    }
}
