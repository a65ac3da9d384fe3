//! Constant values and what can be done with them.

use super::number;

/// A constant. Tuples and sets are lists; what tells them apart matters to no rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Const {
    Str(String),
    Bytes(Vec<u8>),
    Int(i64),
    /// An integer beyond 64 bits, as its bytes from the most significant.
    Big(Vec<u8>),
    Float(f64),
    Bool(bool),
    None,
    List(Vec<Self>),
    Dict(Vec<(Self, Self)>),
}

impl Const {
    /// A measure of the memory it takes, with all that it holds.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::List(items) => items.iter().map(Self::size_in_list).sum(),
            Self::Dict(items) => items.iter().map(|(key, value)| 2 + key.size_inside() + value.size_inside()).sum(),
            other => other.size_inside(),
        }
    }

    /// The same of an item of a list, with its place there.
    #[inline]
    pub(super) fn size_in_list(&self) -> usize {
        1 + self.size_inside()
    }

    /// The same of an item; most hold nothing in turn, and are measured without a call.
    #[inline]
    fn size_inside(&self) -> usize {
        match self {
            Self::Str(text) => text.len(),
            Self::Bytes(bytes) | Self::Big(bytes) => bytes.len(),
            Self::Int(_) | Self::Float(_) | Self::Bool(_) | Self::None => 1,
            Self::List(_) | Self::Dict(_) => self.size(),
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Int(int) => *int != 0,
            Self::Float(float) => *float != 0.0,
            Self::Bool(value) => *value,
            Self::None => false,
            Self::Str(text) => !text.is_empty(),
            Self::Bytes(bytes) | Self::Big(bytes) => !bytes.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Dict(items) => !items.is_empty(),
        }
    }

    /// How many items it has.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::Str(text) => Some(text.chars().count()),
            Self::Bytes(bytes) => Some(bytes.len()),
            Self::List(items) => Some(items.len()),
            Self::Dict(items) => Some(items.len()),
            _ => None,
        }
    }

    /// Text, or bytes that are text.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Str(text) => Some(text),
            Self::Bytes(bytes) => String::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Text or bytes as bytes.
    pub(crate) fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Str(text) => Some(text.into_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            Self::List(items) => items.iter().map(|item| u8::try_from(item.as_int()?).ok()).collect(),
            _ => None,
        }
    }

    /// What `str()` gives.
    pub(crate) fn to_text(&self) -> Option<String> {
        match self {
            Self::Str(text) => Some(text.clone()),
            Self::Int(int) => Some(int.to_string()),
            Self::Bool(true) => Some("True".into()),
            Self::Bool(false) => Some("False".into()),
            Self::None => Some("None".into()),
            Self::Big(_) | Self::Float(_) | Self::Bytes(_) | Self::List(_) | Self::Dict(_) => None,
        }
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    pub(super) fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(float) => Some(*float),
            // Exact for what serves to spell characters.
            other => i32::try_from(other.as_int()?).ok().map(f64::from),
        }
    }

    /// The integer that indexes a container.
    pub(crate) fn as_index(&self) -> Option<i64> {
        self.as_int()
    }

    /// The items that iterating over it gives.
    pub(crate) fn into_items(self) -> Option<Vec<Self>> {
        match self {
            Self::Str(text) => Some(text.chars().map(|c| Self::Str(c.into())).collect()),
            Self::Bytes(bytes) => Some(bytes.into_iter().map(|byte| Self::Int(byte.into())).collect()),
            Self::List(items) => Some(items),
            Self::Dict(items) => Some(items.into_iter().map(|(key, _)| key).collect()),
            _ => None,
        }
    }

    /// Puts items together again as the kind of value they came from.
    fn put_together(&self, items: Vec<Self>) -> Option<Self> {
        match self {
            Self::Str(_) => {
                let mut text = String::with_capacity(items.len());
                for item in items {
                    let Self::Str(part) = item else { return None };
                    text.push_str(&part);
                }
                Some(Self::Str(text))
            }
            Self::Bytes(_) => Self::List(items).into_bytes().map(Self::Bytes),
            Self::List(_) => Some(Self::List(items)),
            _ => None,
        }
    }

    /// The item of an index that counts from the start.
    pub(crate) fn item(self, index: usize) -> Option<Self> {
        self.at(i64::try_from(index).ok()?)
    }

    /// `value[index]`, for all but dictionaries.
    pub(crate) fn at(self, index: i64) -> Option<Self> {
        let length = i64::try_from(self.length()?).ok()?;
        let index = usize::try_from(if index < 0 { index + length } else { index }).ok()?;
        match self {
            Self::Str(text) => text.chars().nth(index).map(|c| Self::Str(c.into())),
            Self::Bytes(bytes) => bytes.get(index).map(|byte| Self::Int((*byte).into())),
            Self::List(items) => items.into_iter().nth(index),
            _ => None,
        }
    }

    /// `value[key]` of a dictionary, or the item of an index.
    pub(super) fn get(self, key: &Self) -> Option<Self> {
        match self {
            Self::Dict(items) => items.into_iter().rev().find(|(other, _)| other == key).map(|(_, value)| value),
            other => other.at(key.as_int()?),
        }
    }

    /// `value[lower:upper:step]`, with Python's clamping.
    pub(crate) fn slice(&self, lower: Option<i64>, upper: Option<i64>, step: i64) -> Option<Self> {
        if step == 0 || matches!(self, Self::Dict(_)) {
            return None;
        }
        let items = self.clone().into_items()?;
        let length = i64::try_from(items.len()).ok()?;
        let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(least, most);
        let from = lower.map_or(if step > 0 { least } else { most }, clamp);
        let to = upper.map_or(if step > 0 { most } else { least }, clamp);
        let mut picked = Vec::new();
        let mut at = from;
        while (step > 0 && at < to) || (step < 0 && at > to) {
            picked.push(items.get(usize::try_from(at).ok()?)?.clone());
            let Some(next) = at.checked_add(step) else { break };
            at = next;
        }
        self.put_together(picked)
    }

    /// `left + right`.
    pub(crate) fn joined(self, right: Self) -> Option<Self> {
        match (self, right) {
            (Self::Str(mut left), Self::Str(right)) => {
                left.push_str(&right);
                Some(Self::Str(left))
            }
            (Self::Bytes(mut left), Self::Bytes(right)) => {
                left.extend(right);
                Some(Self::Bytes(left))
            }
            (Self::List(mut left), Self::List(right)) => {
                left.extend(right);
                Some(Self::List(left))
            }
            (left, right) => match (left.as_int(), right.as_int()) {
                (Some(left), Some(right)) => left.checked_add(right).map(Self::Int),
                _ => Some(Self::Float(left.as_float()? + right.as_float()?)),
            },
        }
    }

    /// `value * times`.
    pub(crate) fn repeated(self, times: i64) -> Option<Self> {
        /// Longer ones are not written out: it is for tests of sizes that things are repeated so often.
        const MOST: usize = 64 * 1024;
        let times = usize::try_from(times.max(0)).ok()?;
        if times > 1 && self.size().max(1).checked_mul(times)? > MOST {
            return None;
        }
        match self {
            Self::Str(text) => Some(Self::Str(text.repeat(times))),
            Self::Bytes(bytes) => Some(Self::Bytes(bytes.repeat(times))),
            Self::List(items) => Some(Self::List(std::iter::repeat_n(items, times).flatten().collect())),
            _ => None,
        }
    }

    /// The same items in reverse, as the same kind of value.
    pub(super) fn turned(self) -> Option<Self> {
        let mut items = self.clone().into_items()?;
        items.reverse();
        self.put_together(items)
    }

    /// Its items in Python's order; what Python itself could not compare has none.
    pub(super) fn order(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Str(left), Self::Str(right)) => Some(left.cmp(right)),
            (Self::Bytes(left), Self::Bytes(right)) => Some(left.cmp(right)),
            (Self::List(left), Self::List(right)) => {
                for (left, right) in left.iter().zip(right) {
                    match left.order(right)? {
                        std::cmp::Ordering::Equal => {}
                        other => return Some(other),
                    }
                }
                Some(left.len().cmp(&right.len()))
            }
            (left, right) => match (left.as_int(), right.as_int()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => left.as_float()?.partial_cmp(&right.as_float()?),
            },
        }
    }

    /// The bytes of an integer, from the most significant, without leading zeros.
    pub(super) fn magnitude(&self) -> Option<Vec<u8>> {
        match self {
            Self::Big(bytes) => Some(bytes.clone()),
            other => Some(number::trimmed(&u64::try_from(other.as_int()?).ok()?.to_be_bytes())),
        }
    }
}

/// Text that modules hold and that serves to spell other text, and the bits of a file's mode.
pub(super) fn module_constant(path: &str, name: &str) -> Option<Const> {
    if path == "stat" {
        return mode_bits(name).map(Const::Int);
    }
    let text = match (path, name) {
        ("string", "ascii_lowercase") => "abcdefghijklmnopqrstuvwxyz",
        ("string", "ascii_uppercase") => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ("string", "ascii_letters") => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ("string", "digits") => "0123456789",
        ("string", "hexdigits") => "0123456789abcdefABCDEF",
        ("string", "octdigits") => "01234567",
        ("string", "whitespace") => " \t\n\r\x0b\x0c",
        ("string", "punctuation") => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        ("string", "printable") => {
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\x0c"
        }
        ("os", "sep") => "/",
        ("os", "linesep") => "\n",
        ("os", "name") => "posix",
        // A module's or function's own name: `os.__name__`.
        (path, "__name__" | "__qualname__") if !path.contains(['(', '[']) => path.rsplit('.').next()?,
        _ => return None,
    };
    Some(Const::Str(text.to_owned()))
}

/// The bits of a file's mode, by their names in `stat`.
fn mode_bits(name: &str) -> Option<i64> {
    let rest = name.strip_prefix("S_I")?;
    match rest {
        "SUID" => return Some(0o4000),
        "SGID" => return Some(0o2000),
        "SVTX" => return Some(0o1000),
        "READ" => return Some(0o400),
        "WRITE" => return Some(0o200),
        "EXEC" => return Some(0o100),
        _ => {}
    }
    let all = rest.starts_with("RWX");
    let shift = match rest.strip_prefix(if all { "RWX" } else { rest.get(..1)? })? {
        "U" | "USR" => 6,
        "G" | "GRP" => 3,
        "O" | "OTH" => 0,
        _ => return None,
    };
    let bits = match rest.as_bytes().first()? {
        _ if all => 7,
        b'R' => 4,
        b'W' => 2,
        b'X' => 1,
        _ => return None,
    };
    Some(bits << shift)
}
