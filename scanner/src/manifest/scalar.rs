//! What an unquoted scalar means. The existing client reads YAML 1.1, so 1.1
//! decides where a value has no declared type; where 1.1 and 1.2 disagree, the
//! publisher is warned.

use std::sync::LazyLock;

use regex::Regex;

use super::node::Scalar;

/// A scalar read as YAML 1.1 reads it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Resolved {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// A whole number that does not fit 64 bits.
    Huge,
    /// A number with a fraction or exponent, finite.
    Float(f64),
    /// Not a number, or an infinity.
    NotFinite,
    /// A date or time, which stays text here.
    Date,
    /// Text.
    Text,
}

static INT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[-+]?(0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)$")
});
static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*)$",
    )
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$|^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?$",
    )
});
/// Numbers to a reader of YAML 1.2 and text to one of 1.1.
static NEWER_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+|0o[0-7]+|0[0-9]*[89][0-9]*)$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are constants")
}

/// Longer text is never a number or date that anyone means.
pub(super) const LONGEST_NUMBER: usize = 128;

impl Scalar {
    /// What YAML 1.1 makes of it.
    pub(super) fn resolve(&self) -> Resolved {
        if !self.plain {
            return Resolved::Text;
        }
        let text = self.text.as_str();
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Resolved::Bool(true),
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Resolved::Bool(false),
            ".nan" | ".NaN" | ".NAN" => return Resolved::NotFinite,
            _ => {}
        }
        if matches!(text.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF") {
            return Resolved::NotFinite;
        }
        if text.len() > LONGEST_NUMBER || !text.starts_with(|c: char| matches!(c, '0'..='9' | '+' | '-' | '.')) {
            return Resolved::Text;
        }
        if INT.is_match(text) {
            return int(text).map_or(Resolved::Huge, Resolved::Int);
        }
        if FLOAT.is_match(text) {
            return float(text);
        }
        if DATE.is_match(text) { Resolved::Date } else { Resolved::Text }
    }

    /// Whether it is nothing at all.
    pub(super) fn is_null(&self) -> bool {
        self.resolve() == Resolved::Null
    }

    /// Whether readers of YAML 1.1 and 1.2 disagree about its type.
    pub(super) fn is_disputed(&self) -> bool {
        if !self.plain || self.text.len() > LONGEST_NUMBER {
            return false;
        }
        let text = self.text.as_str();
        match self.resolve() {
            Resolved::Bool(_) => !matches!(text.to_ascii_lowercase().as_str(), "true" | "false"),
            Resolved::Int(_) | Resolved::Huge | Resolved::Float(_) => {
                let digits = text.trim_start_matches(['+', '-']);
                text.contains([':', '_'])
                    || digits.starts_with("0b")
                    || (digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()))
            }
            Resolved::Text => NEWER_NUMBER.is_match(text),
            Resolved::Null | Resolved::NotFinite | Resolved::Date => false,
        }
    }

    /// What a person would call it.
    pub(super) fn kind(&self) -> &'static str {
        match self.resolve() {
            Resolved::Null => "nothing",
            Resolved::Bool(_) => "a truth value",
            Resolved::Int(_) | Resolved::Huge | Resolved::Float(_) | Resolved::NotFinite => "a number",
            Resolved::Date => "a date",
            Resolved::Text => "text",
        }
    }
}

fn int(text: &str) -> Option<i64> {
    let digits = text.replace('_', "");
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let magnitude = if let Some(binary) = digits.strip_prefix("0b") {
        i64::from_str_radix(binary, 2).ok()
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        i64::from_str_radix(hexadecimal, 16).ok()
    } else if digits.contains(':') {
        digits.split(':').try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8).ok()
    } else {
        digits.parse().ok()
    }?;
    Some(if negative { -magnitude } else { magnitude })
}

fn float(text: &str) -> Resolved {
    let digits = text.replace('_', "");
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let magnitude = digits
        .split(':')
        .try_fold(0.0, |sum: f64, part| Some(sum.mul_add(60.0, part.parse::<f64>().ok()?)))
        .unwrap_or(f64::INFINITY);
    if magnitude.is_finite() { Resolved::Float(sign * magnitude) } else { Resolved::NotFinite }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Scalar {
        Scalar { text: text.into(), plain: true }
    }

    #[test]
    fn plain_scalars_mean_what_the_client_reads() {
        let cases = [
            ("", Resolved::Null),
            ("~", Resolved::Null),
            ("no", Resolved::Bool(false)),
            ("On", Resolved::Bool(true)),
            ("y", Resolved::Text),
            ("0", Resolved::Int(0)),
            ("-17", Resolved::Int(-17)),
            ("012", Resolved::Int(10)),
            ("0x1F", Resolved::Int(31)),
            ("0b101", Resolved::Int(5)),
            ("1_000", Resolved::Int(1000)),
            ("1:30", Resolved::Int(90)),
            ("9223372036854775808", Resolved::Huge),
            ("3.10", Resolved::Float(3.1)),
            ("1.5e+3", Resolved::Float(1500.0)),
            ("1e3", Resolved::Text),
            (".inf", Resolved::NotFinite),
            ("-.INF", Resolved::NotFinite),
            (".nan", Resolved::NotFinite),
            ("2026-01-02", Resolved::Date),
            ("1.2.3", Resolved::Text),
            ("-", Resolved::Text),
            ("0x", Resolved::Text),
            ("0_", Resolved::Int(0)),
            ("0b_", Resolved::Huge),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text).resolve(), expected, "{text:?}");
        }
        assert_eq!(Scalar { text: "no".into(), plain: false }.resolve(), Resolved::Text);
    }

    #[test]
    fn only_what_readers_disagree_about_is_disputed() {
        for text in ["no", "Yes", "off", "012", "1:30", "1e3", "0o17", "1_000", "089"] {
            assert!(plain(text).is_disputed(), "{text:?}");
        }
        for text in ["true", "False", "12", "3.10", "0", "1.2.3", "none", "y", "2026-01-02", "0x1f"] {
            assert!(!plain(text).is_disputed(), "{text:?}");
        }
        assert!(!Scalar { text: "no".into(), plain: false }.is_disputed());
    }
}
