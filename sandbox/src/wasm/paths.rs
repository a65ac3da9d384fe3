//! Which paths the guest's descriptors stand for, as the guest sees them.

use std::collections::HashMap;

/// The first descriptor of preview 1 that is not a standard one.
const FIRST: i32 = 3;
/// The longest path that is kept, in characters; a longer one ends in an ellipsis.
const LONGEST: usize = 512;
/// Folders of the runtime, its launcher's settings, the operator's packages and those that were asked for.
const OURS: [&str; 4] = ["/site", "/settings", "/extra", "/layer"];
/// The launcher's null device.
const NULL: &str = "/tmp/.null";

/// Absolute paths by descriptor. The descriptors' limit bounds their number.
#[derive(Debug, Default)]
pub(crate) struct Paths(HashMap<i32, String>);

impl Paths {
    /// Starts with the folders that are open from the beginning, in their order.
    pub(crate) fn preopened(folders: &[&str]) -> Self {
        Self((FIRST..).zip(folders.iter().map(|folder| (*folder).to_owned())).collect())
    }

    /// Records that `fd` now stands for `path` below `dir`, and gives its absolute path.
    pub(crate) fn opened(&mut self, fd: i32, dir: i32, path: &[u8]) -> &str {
        let dir = self.0.get(&dir).map_or("", String::as_str);
        let absolute = absolute(dir, &String::from_utf8_lossy(path));
        self.0.entry(fd).insert_entry(absolute).into_mut()
    }

    pub(crate) fn closed(&mut self, fd: i32) {
        self.0.remove(&fd);
    }
}

/// Whether a path belongs to the runtime, so that opening it tells nothing of the plugin.
pub(crate) fn is_ours(path: &str) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == NULL || OURS.into_iter().any(below)
}

/// Joins and resolves dots. The guest can make no links, so text alone is enough.
fn absolute(dir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let whole = format!("/{}", parts.join("/"));
    match whole.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_whatever_descriptor_they_start_from() {
        let mut paths = Paths::preopened(&["/settings", "/plugin", "/tmp"]);
        assert_eq!(paths.opened(9, 4, b"tests"), "/plugin/tests");
        assert_eq!(paths.opened(10, 9, b"./a/../table.csv"), "/plugin/tests/table.csv");
        assert_eq!(paths.opened(11, 5, b"."), "/tmp");
        paths.closed(9);
        assert_eq!(paths.opened(9, 5, b"b"), "/tmp/b");
        assert_eq!(paths.opened(12, 9, &[0xff]), "/tmp/b/\u{fffd}");
        let long = paths.opened(13, 5, &[b'x'; 4096]);
        assert!(long.chars().count() == LONGEST + 1 && long.ends_with('…'));
    }

    #[test]
    fn only_the_runtimes_own_are_left_out() {
        for path in ["/site/pytest/__init__.py", "/settings/pytest.ini", "/extra", "/tmp/.null"] {
            assert!(is_ours(path), "{path}");
        }
        for path in ["/plugin/site/a.py", "/sites/a", "/tmp/.nullified", "/plugin/a.pyc"] {
            assert!(!is_ours(path), "{path}");
        }
    }
}
