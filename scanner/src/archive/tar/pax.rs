//! PAX extended headers (POSIX.1-2017, pax, "pax Extended Header"): records of
//! the form `LENGTH KEY=VALUE\n`.

/// Keys that only describe the file's origin; each value is ignored.
const HARMLESS: &[&str] = &["mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment"];
/// The greatest user or group number.
const ID_MOST: u64 = u32::MAX as u64;
/// Seconds from 1970 to a year that no clock shows.
const TIME_MOST: u64 = 1 << 40;
/// Python writes up to 17 digits of a fraction, others 9.
const FRACTION_DIGITS: usize = 20;
/// Vendor keys that change what a member is or how it is read.
const FORBIDDEN: &[&str] =
    &["GNU.sparse.", "GNU.volume.", "GNU.dumpdir", "SCHILY.realsize", "SCHILY.filetype", "SUN.holesdata"];
const UTF8: &[u8] = b"ISO-IR 10646 2000 UTF-8";

/// What the records of one extended header change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Another name.
    pub(crate) path: Option<Vec<u8>>,
    /// Another link target; only that there is one.
    pub(crate) has_link: bool,
    /// Another size.
    pub(crate) size: Option<u64>,
}

/// Reads the records before a member; the error is the rest of a sentence.
pub(crate) fn local(bytes: &[u8]) -> Result<Changes, String> {
    let mut changes = Changes::default();
    for (key, value) in records(bytes)? {
        match key {
            "path" => changes.path = Some(text(key, value)?),
            "linkpath" => {
                text(key, value)?;
                changes.has_link = true;
            }
            "size" => changes.size = Some(decimal(value).ok_or("has a size that is no number")?),
            "hdrcharset" if value == UTF8 => {}
            _ if is_harmless(key) => checked(key, value)?,
            _ => return Err(format!("has the key {}", airlock_model::escape::quoted(key))),
        }
    }
    Ok(changes)
}

/// Reads the records for all members, which may change nothing.
pub(crate) fn global(bytes: &[u8]) -> Result<(), String> {
    for (key, value) in records(bytes)? {
        if !is_harmless(key) {
            return Err(format!("has the key {}", airlock_model::escape::quoted(key)));
        }
        checked(key, value)?;
    }
    Ok(())
}

/// What is ignored must still be read alike: GNU tar stops at a time or owner
/// that is no number, Python's tarfile takes some for numbers and others for 0.
fn checked(key: &str, value: &[u8]) -> Result<(), String> {
    let fine = match key {
        "mtime" | "atime" | "ctime" => is_time(value),
        "uid" | "gid" => decimal(value).is_some_and(|number| number <= ID_MOST),
        "uname" | "gname" => std::str::from_utf8(value).is_ok_and(|name| !name.contains('\0')),
        _ => true,
    };
    if fine { Ok(()) } else { Err(format!("has a value for {key} that tools read differently")) }
}

/// Seconds since 1970, before it with a minus sign, and a fraction of them.
fn is_time(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"-").unwrap_or(value);
    let dot = value.iter().position(|byte| *byte == b'.');
    let (seconds, fraction) = dot.map_or((value, None), |dot| (&value[..dot], Some(&value[dot + 1..])));
    let fraction = fraction.is_none_or(|digits| {
        !digits.is_empty() && digits.len() <= FRACTION_DIGITS && digits.iter().all(u8::is_ascii_digit)
    });
    fraction && decimal(seconds).is_some_and(|seconds| seconds <= TIME_MOST)
}

/// Vendors' keys are upper-case words with a dot; all but a few describe only
/// what the file was where it was packed.
fn is_harmless(key: &str) -> bool {
    if FORBIDDEN.iter().any(|forbidden| key.starts_with(forbidden)) {
        return false;
    }
    let vendor = key.split_once('.').is_some_and(|(vendor, _)| vendor.bytes().all(|byte| byte.is_ascii_uppercase()));
    HARMLESS.contains(&key) || vendor
}

fn records(bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, String> {
    let mut all: Vec<(&str, &[u8])> = Vec::new();
    let mut keys = std::collections::HashSet::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (record, after) = first(rest).ok_or("is not made of whole records")?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or("has a record without a value")?;
        let key = std::str::from_utf8(&record[..equals]).map_err(|_| "has a key that is not UTF-8")?;
        if !keys.insert(key) {
            return Err(format!("has the key {} twice", airlock_model::escape::quoted(key)));
        }
        all.push((key, &record[equals + 1..]));
        rest = after;
    }
    Ok(all)
}

/// The first record without its length and line end, and what follows it.
fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&bytes[..space])?).ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    Some((record, after))
}

fn text(key: &str, value: &[u8]) -> Result<Vec<u8>, String> {
    if value.is_empty() || value.contains(&0) {
        return Err(format!("has a {key} that is empty or holds a zero byte"));
    }
    Ok(value.to_vec())
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u64::from(digit - b'0')))
}
