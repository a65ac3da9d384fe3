//! Files that are keys as a whole, in binary forms: DER, PKCS#12 and key stores.

use airlock_model::finding::{Confidence, Finding, Severity};
use airlock_model::tree::TreePath;
use memchr::memmem;

use super::{digest, is_test, rules};

/// Where the algorithm of a PKCS#8 key must stand, in bytes from the beginning.
const HEAD: usize = 96;
/// The algorithms of keys, and of their encryption, as DER writes them.
const ALGORITHMS: &[&[u8]] = &[
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", // RSA
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", // RSA-PSS
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",         // elliptic curves
    b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01",         // DSA
    b"\x06\x03\x2b\x65",                             // Ed25519, Ed448, X25519, X448
];
/// Password-based encryption, PKCS#5 and PKCS#12.
const ENCRYPTIONS: &[&[u8]] =
    &[b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"];
/// The contents of a PKCS#12 file.
const PKCS7: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
/// Bags of keys in it, plain and encrypted.
const KEY_BAGS: [&[u8]; 2] =
    [b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01", b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02"];

/// Reports a file that is a key.
pub(super) fn check(path: &TreePath, bytes: &[u8], findings: &mut Vec<Finding>) {
    let Some((what, certain)) = kind(bytes) else { return };
    let message = format!("The file is {what} (redacted, sha256 {}).", digest(bytes));
    let mut finding = Finding::of(&rules::PRIVATE_KEY, message).in_file(path.as_str());
    if !certain {
        finding = finding.severity(Severity::Medium).confidence(Confidence::Medium);
    }
    if is_test(path) {
        finding.severity = finding.severity.min(Severity::Medium);
    }
    findings.push(finding);
}

/// What a file is, and whether a key is certainly in it.
fn kind(bytes: &[u8]) -> Option<(&'static str, bool)> {
    if bytes.starts_with(b"\xfe\xed\xfe\xed\0\0\0") || bytes.starts_with(b"\xce\xce\xce\xce\0\0\0") {
        return Some(("a Java key store, which may hold private keys", false));
    }
    let body = sequence(bytes)?;
    let head = &body[..body.len().min(HEAD)];
    if let Some(after) = body.strip_prefix(b"\x02\x01\x03") {
        memmem::find(&after[..after.len().min(HEAD)], PKCS7)?;
        let keys = KEY_BAGS.iter().any(|bag| memmem::find(body, bag).is_some());
        let what =
            if keys { "a PKCS#12 file with a private key" } else { "a PKCS#12 file, which may hold a private key" };
        return Some((what, keys));
    }
    let inner = body.strip_prefix(b"\x02\x01\x00").or_else(|| body.strip_prefix(b"\x02\x01\x01"));
    if let Some(inner) = inner {
        let named = |tag: u8| inner.first() == Some(&tag);
        let algorithm =
            ALGORITHMS.iter().any(|algorithm| memmem::find(&head[..head.len().min(32)], algorithm).is_some());
        if named(0x30) && algorithm {
            return Some(("a private key in PKCS#8 form", true));
        }
        // The modulus of RSA is a number of at least 512 bits.
        if body[2] == 0 && named(0x02) && matches!(inner.get(1), Some(0x40..=0x42 | 0x81 | 0x82)) && bytes.len() > 300 {
            return Some(("an RSA private key in DER form", true));
        }
        if body[2] == 1 && named(0x04) && matches!(inner.get(1), Some(0x1c..=0x42)) {
            return Some(("a private key of an elliptic curve in DER form", true));
        }
        return None;
    }
    let encrypted = head.first() == Some(&0x30)
        && ENCRYPTIONS.iter().any(|one| head.get(2..).is_some_and(|rest| rest.starts_with(one)));
    encrypted.then_some(("an encrypted private key in PKCS#8 form", true))
}

/// The content of a DER sequence that makes up the file but for a byte or two at its end.
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    let (length, from) = match bytes {
        [0x30, short @ 0..=0x7f, ..] => (usize::from(*short), 2),
        [0x30, 0x81, length, ..] => (usize::from(*length), 3),
        [0x30, 0x82, high, low, ..] => (usize::from(u16::from_be_bytes([*high, *low])), 4),
        // Of a length that is not known beforehand, as some tools write PKCS#12.
        [0x30, 0x80, rest @ ..] => return Some(rest),
        _ => return None,
    };
    let body = bytes.get(from..from + length)?;
    (bytes.len() - from - length <= 2).then_some(body)
}
