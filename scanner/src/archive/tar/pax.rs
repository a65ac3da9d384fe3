//! PAX extended headers (POSIX.1-2017, pax, "pax Extended Header"): records of
//! the form `LENGTH KEY=VALUE\n`.

/// Keys that only describe the file's origin; each value is ignored.
const HARMLESS: &[&str] = &["mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment"];
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
            _ if is_harmless(key) => {}
            _ => return Err(format!("has the key {}", airlock_model::escape::quoted(key))),
        }
    }
    Ok(changes)
}

/// Reads the records for all members, which may change nothing.
pub(crate) fn global(bytes: &[u8]) -> Result<(), String> {
    match records(bytes)?.iter().find(|(key, _)| !is_harmless(key)) {
        Some((key, _)) => Err(format!("has the key {}", airlock_model::escape::quoted(key))),
        None => Ok(()),
    }
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
