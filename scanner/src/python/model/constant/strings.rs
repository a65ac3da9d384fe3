//! Methods of text and of bytes.

use super::calls::Given;
use super::{Const, SIZE, format};

fn string(text: impl Into<String>) -> Option<Const> {
    Some(Const::Str(text.into()))
}

fn strings<'t>(parts: impl Iterator<Item = &'t str>) -> Option<Const> {
    Some(Const::List(parts.map(|part| Const::Str(part.to_owned())).collect()))
}

/// `text.name(…)`.
pub(super) fn method(text: &str, name: &str, given: &Given) -> Option<Const> {
    let (first, second) = (given.positional.first(), given.positional.get(1));
    match (name, first, second) {
        ("join", Some(items), None) => format::join(text, items.clone()),
        ("replace", Some(Const::Str(from)), Some(Const::Str(to))) => {
            let most = (text.len() + 1).saturating_mul(to.len().max(1));
            (most <= SIZE * 4).then(|| Const::Str(text.replace(from.as_str(), to)))
        }
        ("lower" | "casefold", None, None) => string(text.to_lowercase()),
        ("upper", None, None) => string(text.to_uppercase()),
        ("title", None, None) => string(titled(text)),
        ("capitalize", None, None) => {
            let mut chars = text.chars();
            let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
            string(first + &chars.as_str().to_lowercase())
        }
        ("swapcase", None, None) => string(text.chars().flat_map(swapped).collect::<String>()),
        ("strip" | "lstrip" | "rstrip", ..) => string(stripped(text, name, first)?),
        ("removeprefix", Some(Const::Str(prefix)), None) => string(text.strip_prefix(prefix.as_str()).unwrap_or(text)),
        ("removesuffix", Some(Const::Str(suffix)), None) => string(text.strip_suffix(suffix.as_str()).unwrap_or(text)),
        ("split", None | Some(Const::None), _) => strings(text.split_whitespace()),
        ("split", Some(Const::Str(separator)), most) if !separator.is_empty() => match most.map(Const::as_int) {
            None => strings(text.split(separator.as_str())),
            Some(most) => strings(text.splitn(usize::try_from(most?).ok()?.checked_add(1)?, separator.as_str())),
        },
        ("rsplit", Some(Const::Str(separator)), most) if !separator.is_empty() => {
            let most = usize::try_from(most.map_or(Some(1 << 40), Const::as_int)?).ok()?;
            let mut parts: Vec<&str> = text.rsplitn(most.checked_add(1)?, separator.as_str()).collect();
            parts.reverse();
            strings(parts.into_iter())
        }
        ("rsplit", None, None) => strings(text.split_whitespace()),
        ("partition", Some(Const::Str(separator)), None) => match text.split_once(separator.as_str()) {
            Some((before, after)) => strings([before, separator, after].into_iter()),
            None => strings([text, "", ""].into_iter()),
        },
        ("rpartition", Some(Const::Str(separator)), None) => match text.rsplit_once(separator.as_str()) {
            Some((before, after)) => strings([before, separator, after].into_iter()),
            None => strings(["", "", text].into_iter()),
        },
        ("splitlines", ..) => strings(text.lines()),
        ("encode", ..) => encoded(text, given.get(0, "encoding")),
        ("expandtabs", width, None) => {
            let width = usize::try_from(width.map_or(Some(8), Const::as_int)?).ok().filter(|width| *width < 64)?;
            string(text.replace('\t', &" ".repeat(width)))
        }
        ("zfill", Some(width), None) => padded(text, width, '0', '>'),
        ("ljust" | "rjust" | "center", Some(width), fill) => {
            let fill = match fill {
                None => ' ',
                Some(fill) => fill.clone().into_text()?.chars().next()?,
            };
            let align = match name {
                "ljust" => '<',
                "rjust" => '>',
                _ => '^',
            };
            padded(text, width, fill, align)
        }
        ("startswith", Some(Const::Str(part)), None) => Some(Const::Bool(text.starts_with(part.as_str()))),
        ("endswith", Some(Const::Str(part)), None) => Some(Const::Bool(text.ends_with(part.as_str()))),
        ("find" | "index", Some(Const::Str(part)), None) => match text.find(part.as_str()) {
            Some(at) => i64::try_from(text[..at].chars().count()).ok().map(Const::Int),
            None => (name == "find").then_some(Const::Int(-1)),
        },
        ("count", Some(Const::Str(part)), None) if !part.is_empty() => {
            i64::try_from(text.matches(part.as_str()).count()).ok().map(Const::Int)
        }
        ("isalpha", None, None) => Some(Const::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic))),
        ("isdigit" | "isdecimal" | "isnumeric", None, None) => {
            Some(Const::Bool(!text.is_empty() && text.chars().all(char::is_numeric)))
        }
        ("isalnum", None, None) => Some(Const::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric))),
        ("isupper", None, None) => Some(Const::Bool(text.chars().any(char::is_uppercase))),
        ("islower", None, None) => Some(Const::Bool(text.chars().any(char::is_lowercase))),
        ("isspace", None, None) => Some(Const::Bool(!text.is_empty() && text.chars().all(char::is_whitespace))),
        _ => None,
    }
}

fn titled(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    out
}

fn swapped(c: char) -> Vec<char> {
    if c.is_lowercase() { c.to_uppercase().collect() } else { c.to_lowercase().collect() }
}

fn stripped<'t>(text: &'t str, name: &str, set: Option<&Const>) -> Option<&'t str> {
    let set = match set {
        None | Some(Const::None) => None,
        Some(Const::Str(set)) => Some(set.as_str()),
        Some(_) => return None,
    };
    let gone = |c: char| set.map_or_else(|| c.is_whitespace(), |set| set.contains(c));
    Some(match name {
        "lstrip" => text.trim_start_matches(gone),
        "rstrip" => text.trim_end_matches(gone),
        _ => text.trim_matches(gone),
    })
}

fn padded(text: &str, width: &Const, fill: char, align: char) -> Option<Const> {
    let width = usize::try_from(width.as_int()?).ok().filter(|width| *width <= SIZE)?;
    format::specified(&Const::Str(text.to_owned()), &format!("{fill}{align}{width}")).map(Const::Str)
}

fn encoded(text: &str, name: Option<&Const>) -> Option<Const> {
    let name = match name {
        None => return Some(Const::Bytes(text.as_bytes().to_vec())),
        Some(name) => name.clone().into_text()?.to_ascii_lowercase().replace('_', "-"),
    };
    Some(Const::Bytes(match name.as_str() {
        "utf-8" | "utf8" | "ascii" | "us-ascii" => text.as_bytes().to_vec(),
        "latin-1" | "latin1" | "iso-8859-1" => text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>()?,
        "utf-16-le" | "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16-be" | "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => return None,
    }))
}

/// `bytes.name(…)`.
pub(super) fn bytes_method(bytes: Vec<u8>, name: &str, given: &Given) -> Option<Const> {
    let (first, second) = (given.positional.first(), given.positional.get(1));
    match (name, first, second) {
        ("hex", None, _) => Some(Const::Str(hex::encode(bytes))),
        ("join", Some(items), None) => format::join_bytes(&bytes, items.clone()),
        ("replace", Some(Const::Bytes(from)), Some(Const::Bytes(to))) if !from.is_empty() => {
            let mut out = Vec::with_capacity(bytes.len());
            let mut rest = bytes.as_slice();
            while let Some(at) = memchr::memmem::find(rest, from) {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(to);
                rest = &rest[at + from.len()..];
                if out.len() > SIZE {
                    return None;
                }
            }
            out.extend_from_slice(rest);
            Some(Const::Bytes(out))
        }
        ("strip" | "lower" | "upper" | "swapcase" | "title" | "lstrip" | "rstrip" | "zfill" | "expandtabs", ..)
        | ("split" | "rsplit" | "partition" | "rpartition" | "splitlines" | "removeprefix" | "removesuffix", ..)
        | ("startswith" | "endswith" | "find" | "count" | "center" | "ljust" | "rjust", ..) => {
            // What these do to text they do to bytes that are text.
            let text = String::from_utf8(bytes).ok()?;
            let as_text = |value: &Const| match value {
                Const::Bytes(bytes) => String::from_utf8(bytes.clone()).ok().map(Const::Str),
                other => Some(other.clone()),
            };
            let positional = given.positional.iter().map(as_text).collect::<Option<_>>()?;
            as_bytes(method(&text, name, &Given { positional, named: given.named.clone() })?)
        }
        _ => None,
    }
}

fn as_bytes(value: Const) -> Option<Const> {
    Some(match value {
        Const::Str(text) => Const::Bytes(text.into_bytes()),
        Const::List(items) => Const::List(items.into_iter().map(as_bytes).collect::<Option<_>>()?),
        other => other,
    })
}
