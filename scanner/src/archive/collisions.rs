//! Which names are one name: exactly, after folding case and Unicode forms, or
//! as file and folder. One step for each component, however many members.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

/// How a name clashes with one that is already there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// The same file again.
    Again,
    /// Another spelling, given here up to the component that differs.
    Spelling(String),
    /// This path is both.
    FileAndFolder(String),
}

/// The names so far, as a tree of folded components.
#[derive(Debug)]
pub(crate) struct Names {
    nodes: HashMap<(usize, String), Node>,
    next: usize,
}

#[derive(Debug)]
struct Node {
    number: usize,
    spelling: String,
    folder: bool,
}

impl Names {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { nodes: HashMap::new(), next: 1 }
    }

    /// Adds a path with all its folders. A folder may come again, a file may not.
    pub(crate) fn add(&mut self, path: &str, folder: bool) -> Result<(), Clash> {
        let mut parent = 0;
        let mut rest = Some(path);
        let mut clash = None;
        while let Some(here) = rest {
            let (part, after) = here.split_once('/').map_or((here, None), |(part, after)| (part, Some(after)));
            let is_folder = folder || after.is_some();
            let through = path.len() - after.map_or(0, |after| after.len() + 1);
            let next = self.next;
            let node = self.nodes.entry((parent, fold(part))).or_insert_with(|| Node {
                number: next,
                spelling: part.to_owned(),
                folder: is_folder,
            });
            if node.number == next {
                self.next += 1;
            } else if node.folder != is_folder {
                return Err(Clash::FileAndFolder(path[..through].to_owned()));
            } else if node.spelling != part {
                let other = format!("{}{}", &path[..through - part.len()], node.spelling);
                clash.get_or_insert(Clash::Spelling(other));
            } else if !is_folder && clash.is_none() {
                return Err(Clash::Again);
            }
            parent = node.number;
            rest = after;
        }
        clash.map_or(Ok(()), Err)
    }
}

/// One form for all spellings that some file system takes for the same name:
/// compatibility forms composed, case folded by way of upper case, which unites
/// what lower case alone keeps apart (ß and ss, ſ and s).
fn fold(part: &str) -> String {
    if part.is_ascii() {
        return part.to_ascii_lowercase();
    }
    part.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_clash() {
        for (one, other) in [
            ("a/Readme.md", "a/README.md"),
            ("src/a", "SRC/b"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("ﬁle", "file"),
            ("straße", "STRASSE"),
            ("ſet", "set"),
        ] {
            let mut names = Names::new();
            names.add(one, false).unwrap();
            assert!(matches!(names.add(other, false), Err(Clash::Spelling(_))), "{one} {other}");
        }
    }

    #[test]
    fn folders_may_come_again_and_files_may_not() {
        let mut names = Names::new();
        names.add("a", true).unwrap();
        names.add("a/b.py", false).unwrap();
        names.add("a/c.py", false).unwrap();
        names.add("a", true).unwrap();
        assert_eq!(names.add("a/b.py", false), Err(Clash::Again));
        assert_eq!(names.add("a/b.py/c", false), Err(Clash::FileAndFolder("a/b.py".into())));
        assert_eq!(names.add("a", false), Err(Clash::FileAndFolder("a".into())));
    }
}
