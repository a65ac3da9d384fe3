//! How places are named: as the command line named them, and never in a way that
//! a report could not write.

use std::path::Path;

/// What stands before a path of the tree when it is shown.
pub(super) fn prefix(root: &Path) -> String {
    let text: Vec<String> = root
        .as_os_str()
        .as_encoded_bytes()
        .split(|byte| *byte == b'/')
        .enumerate()
        .filter(|(index, part)| *part != b"." && (*index == 0 || !part.is_empty()))
        .map(|(_, part)| component(part))
        .collect();
    match text.join("/").as_str() {
        "" if root.has_root() => "/".to_owned(),
        "" => String::new(),
        other => format!("{other}/"),
    }
}

/// One component of a path as text. Bytes that are no text, and backslashes, which
/// a tree's path cannot hold, are written as `%` and two digits.
pub(super) fn component(name: &[u8]) -> String {
    let mut out = String::new();
    for chunk in name.utf8_chunks() {
        out.push_str(&chunk.valid().replace('\\', "%5C"));
        for byte in chunk.invalid() {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_as_the_command_line_named_them() {
        for (root, shown) in [
            ("", ""),
            (".", ""),
            ("./", ""),
            ("./src/", "src/"),
            ("src", "src/"),
            ("src//a/./b", "src/a/b/"),
            ("../x", "../x/"),
            ("/", "/"),
            ("/srv/x/", "/srv/x/"),
        ] {
            assert_eq!(prefix(Path::new(root)), shown, "{root}");
        }
    }

    #[test]
    fn names_that_are_no_text_can_be_told_apart() {
        assert_eq!(component(b"a\xff\xfe.py"), "a%FF%FE.py");
        assert_eq!(component(b"a\\b.py"), "a%5Cb.py");
        assert_eq!(component("ü.py".as_bytes()), "ü.py");
    }
}
