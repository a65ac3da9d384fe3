//! Which names are one name: exactly, after folding case and Unicode forms, or
//! as file and folder. One step for each component, however many members.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::intake::Kind;

/// How a name clashes with one that is already there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// The same file again.
    Again,
    /// Another spelling of a name.
    Spelling {
        /// That spelling, up to the component that differs.
        other: String,
        /// Where that component starts.
        from: usize,
        /// Whether the one or the other is neither a file nor a folder, so that something could be written through it.
        linked: bool,
    },
    /// This path is both; a link is no folder.
    FileAndFolder(String),
    /// There are more names than are looked at.
    TooMany,
}

/// The names so far, as a tree of folded components.
#[derive(Debug)]
pub(crate) struct Names {
    nodes: HashMap<(usize, String), Node>,
    next: usize,
    most: usize,
}

#[derive(Debug)]
struct Node {
    number: usize,
    spelling: String,
    kind: Kind,
}

impl Names {
    /// None yet, of at most `most` files and folders: a path of two bytes a folder can ask for many of them.
    pub(crate) fn new(most: usize) -> Self {
        Self { nodes: HashMap::new(), next: 1, most }
    }

    /// Adds a path with all its folders. A folder may come again, a file may not.
    pub(crate) fn add(&mut self, path: &str, kind: Kind) -> Result<(), Clash> {
        let mut parent = 0;
        let mut rest = Some(path);
        let mut spelled: Option<(String, usize)> = None;
        let mut linked = false;
        while let Some(here) = rest {
            let (part, after) = here.split_once('/').map_or((here, None), |(part, after)| (part, Some(after)));
            let kind = if after.is_some() { Kind::Folder } else { kind };
            let through = path.len() - after.map_or(0, |after| after.len() + 1);
            let next = self.next;
            if next > self.most {
                return Err(Clash::TooMany);
            }
            let node = self.nodes.entry((parent, fold(part))).or_insert_with(|| Node {
                number: next,
                spelling: part.to_owned(),
                kind,
            });
            if node.number == next {
                self.next += 1;
            } else if (node.kind == Kind::Folder) != (kind == Kind::Folder) {
                return Err(Clash::FileAndFolder(path[..through].to_owned()));
            } else {
                linked = !matches!((node.kind, kind), (Kind::File, Kind::File) | (Kind::Folder, Kind::Folder));
                if node.spelling != part {
                    let from = through - part.len();
                    spelled.get_or_insert_with(|| (format!("{}{}", &path[..from], node.spelling), from));
                } else if kind != Kind::Folder && spelled.is_none() {
                    return Err(Clash::Again);
                }
            }
            parent = node.number;
            rest = after;
        }
        spelled.map_or(Ok(()), |(other, from)| Err(Clash::Spelling { other, from, linked }))
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
            let mut names = Names::new(99);
            names.add(one, Kind::File).unwrap();
            let clash = names.add(other, Kind::File);
            assert!(matches!(clash, Err(Clash::Spelling { linked: false, .. })), "{one} {other}");
        }
    }

    #[test]
    fn folders_may_come_again_and_files_may_not() {
        let mut names = Names::new(99);
        names.add("a", Kind::Folder).unwrap();
        names.add("a/b.py", Kind::File).unwrap();
        names.add("a/c.py", Kind::File).unwrap();
        names.add("a", Kind::Folder).unwrap();
        assert_eq!(names.add("a/b.py", Kind::File), Err(Clash::Again));
        assert_eq!(names.add("a/b.py/c", Kind::File), Err(Clash::FileAndFolder("a/b.py".into())));
        assert_eq!(names.add("a", Kind::File), Err(Clash::FileAndFolder("a".into())));
    }

    #[test]
    fn links_are_no_folders_and_told_under_any_spelling() {
        let mut names = Names::new(99);
        names.add("a/l", Kind::Link).unwrap();
        assert_eq!(names.add("a/l/x", Kind::File), Err(Clash::FileAndFolder("a/l".into())));
        assert_eq!(names.add("a/L/x", Kind::File), Err(Clash::FileAndFolder("a/L".into())));
        for same in ["a/L", "A/l"] {
            assert!(matches!(names.add(same, Kind::File), Err(Clash::Spelling { linked: true, .. })), "{same}");
        }
    }

    #[test]
    fn a_path_of_many_folders_ends_at_the_bound() {
        let mut names = Names::new(50);
        assert_eq!(names.add(&"d/".repeat(1000), Kind::File), Err(Clash::TooMany));
        assert_eq!(names.nodes.len(), 50);
    }
}
