//! Integers of any length, as far as text is spelt with them: written down, read from
//! text, and taken apart into bytes.

use super::{Const, SIZE};

/// The most digits of an integer that is read.
const DIGITS: usize = 32_768;

/// Bytes without leading zeros.
pub(super) fn trimmed(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes[start..].to_vec()
}

/// An integer from its bytes, the most significant first.
pub(super) fn of_bytes(bytes: &[u8]) -> Const {
    let bytes = trimmed(bytes);
    let mut wide = [0; 8];
    if bytes.len() <= 8 {
        wide[8 - bytes.len()..].copy_from_slice(&bytes);
        if let Ok(int) = i64::try_from(u64::from_be_bytes(wide)) {
            return Const::Int(int);
        }
    }
    Const::Big(bytes)
}

/// `int(text, base)`; a base of 0 goes by the prefix.
pub(super) fn read(text: &str, base: u32) -> Option<Const> {
    let text = text.trim().replace('_', "").to_ascii_lowercase();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find(|(prefix, own)| (base == 0 || base == *own) && digits.starts_with(prefix));
    let (digits, base) = match prefixed {
        Some((prefix, own)) => (&digits[prefix.len()..], own),
        None => (digits, if base == 0 { 10 } else { base }),
    };
    if !(2..=36).contains(&base) || digits.is_empty() || digits.len() > DIGITS {
        return None;
    }
    let mut limbs: Vec<u32> = Vec::new();
    for digit in digits.chars() {
        let mut carry = u64::from(digit.to_digit(base)?);
        for limb in &mut limbs {
            let wide = u64::from(*limb) * u64::from(base) + carry;
            *limb = u32::try_from(wide & 0xffff_ffff).ok()?;
            carry = wide >> 32;
        }
        if carry > 0 {
            limbs.push(u32::try_from(carry).ok()?);
        }
    }
    let bytes: Vec<u8> = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    match (of_bytes(&bytes), negative) {
        (Const::Int(int), true) => Some(Const::Int(-int)),
        (_, true) => None,
        (value, false) => Some(value),
    }
}

/// `value.to_bytes(length, order)`.
pub(super) fn to_bytes(value: &Const, length: i64, little: bool) -> Option<Const> {
    let length = usize::try_from(length).ok().filter(|length| *length <= SIZE)?;
    let magnitude = value.magnitude()?;
    let mut bytes = vec![0; length.checked_sub(magnitude.len())?];
    bytes.extend(magnitude);
    if little {
        bytes.reverse();
    }
    Some(Const::Bytes(bytes))
}

/// `hex(value)`.
pub(super) fn hex(value: &Const) -> Option<String> {
    let digits = hex::encode(value.magnitude()?);
    let digits = digits.trim_start_matches('0');
    Some(format!("0x{}", if digits.is_empty() { "0" } else { digits }))
}

/// `range(start, end, step)`.
pub(super) fn range(start: i64, end: i64, step: i64) -> Option<Const> {
    /// Longer ranges are not written out.
    const MOST: i64 = 65_536;
    if step == 0 {
        return None;
    }
    let (from, to) = if step > 0 { (start, end) } else { (end, start) };
    let distance = i128::from(to) - i128::from(from);
    let length = distance.max(0).unsigned_abs().div_ceil(step.unsigned_abs().into());
    let length = i64::try_from(length).ok().filter(|length| *length <= MOST)?;
    Some(Const::List((0..length).map(|index| Const::Int(start.wrapping_add(index.wrapping_mul(step)))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_python_reads_them() {
        for (text, base, expected) in [
            ("115", 10, Some(Const::Int(115))),
            (" -0x7f ", 16, Some(Const::Int(-127))),
            ("0b101", 0, Some(Const::Int(5))),
            ("1_000", 10, Some(Const::Int(1000))),
            ("z", 36, Some(Const::Int(35))),
            ("10000000000000000", 16, Some(Const::Big(vec![1, 0, 0, 0, 0, 0, 0, 0, 0]))),
            ("9223372036854775807", 10, Some(Const::Int(i64::MAX))),
            ("9223372036854775808", 10, Some(Const::Big(vec![0x80, 0, 0, 0, 0, 0, 0, 0]))),
            ("", 10, None),
            ("12a", 10, None),
        ] {
            assert_eq!(read(text, base), expected, "{text}");
        }
    }

    #[test]
    fn integers_come_apart_into_bytes() {
        let big = read("73797374656d73797374656d", 16).unwrap();
        assert_eq!(to_bytes(&big, 12, false), Some(Const::Bytes(b"systemsystem".to_vec())));
        assert_eq!(to_bytes(&Const::Int(0x6261), 3, true), Some(Const::Bytes(b"ab\0".to_vec())));
        assert_eq!(to_bytes(&Const::Int(256), 1, false), None);
        assert_eq!(hex(&big).unwrap(), "0x73797374656d73797374656d");
    }
}
