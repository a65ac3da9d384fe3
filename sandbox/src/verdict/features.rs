//! What CPython for WASI cannot do, and which parts of the standard library need it.
//! Whether an interpreter lacks a feature is its runtime's inventory to say.
//!
//! The guest's word that something is missing counts only where the tree imports
//! (or calls) what can have met the lack: any test can raise an exception that
//! names a missing module.

use airlock_model::stdlib::needed_feature;

/// A feature, and the modules of which a tree imports at least one to use it.
struct Feature {
    name: &'static str,
    modules: &'static [&'static str],
}

const FEATURES: [Feature; 8] = [
    Feature {
        name: "threads",
        modules: &["_thread", "concurrent", "multiprocessing", "queue", "socketserver", "threading"],
    },
    Feature { name: "processes", modules: &["_posixsubprocess", "concurrent", "multiprocessing", "pty", "subprocess"] },
    Feature {
        name: "sockets",
        modules: &[
            "_socket",
            "asyncio",
            "ftplib",
            "http",
            "imaplib",
            "nntplib",
            "poplib",
            "select",
            "selectors",
            "smtplib",
            "socket",
            "socketserver",
            "ssl",
            "telnetlib",
            "urllib",
            "wsgiref",
            "xmlrpc",
        ],
    },
    Feature { name: "time zone data", modules: &["zoneinfo"] },
    // Known by the functions that are called alone.
    Feature { name: "pipes", modules: &[] },
    Feature { name: "users", modules: &[] },
    Feature { name: "file attributes", modules: &[] },
    Feature { name: "signals", modules: &[] },
];

const TLS: &[&str] =
    &["asyncio", "ftplib", "http", "imaplib", "nntplib", "poplib", "smtplib", "ssl", "urllib", "xmlrpc"];
const COMPRESSED: &[&str] = &["bz2", "lzma", "shutil", "tarfile", "zipfile"];
const PROCESSES: &[&str] = &["concurrent", "multiprocessing", "pty", "subprocess"];

/// Modules that an interpreter may lack, and the standard modules that need them.
const NEEDED_BY: &[(&str, &[&str])] = &[
    ("_bz2", COMPRESSED),
    ("_ctypes", &["ctypes"]),
    ("_curses", &["curses"]),
    ("_dbm", &["dbm", "shelve"]),
    ("_gdbm", &["dbm", "shelve"]),
    ("_hashlib", &["hashlib", "hmac"]),
    ("_lzma", COMPRESSED),
    ("_multiprocessing", PROCESSES),
    ("_posixshmem", &["multiprocessing"]),
    ("_posixsubprocess", PROCESSES),
    ("_socket", &["asyncio", "http", "socket", "socketserver", "ssl", "urllib"]),
    ("_sqlite3", &["sqlite3"]),
    ("_ssl", TLS),
    ("_tkinter", &["tkinter", "turtle"]),
    ("_uuid", &["uuid"]),
    ("bz2", COMPRESSED),
    ("ctypes", &["_ctypes"]),
    ("fcntl", &["mailbox", "pty"]),
    ("grp", &["pathlib", "shutil", "tarfile"]),
    ("lzma", COMPRESSED),
    ("mmap", &["multiprocessing"]),
    ("multiprocessing", &["concurrent"]),
    ("pwd", &["getpass", "pathlib", "shutil", "tarfile"]),
    ("readline", &["cmd", "code", "pdb", "rlcompleter"]),
    ("ssl", TLS),
    ("termios", &["getpass", "pty", "tty"]),
    ("tkinter", &["turtle"]),
];

/// The feature that the guest says is missing, by the name that reports use, if the
/// interpreter lacks it and the tree imports or calls what needs it. `links` tells
/// that the host refused a link.
pub(crate) fn confirmed(
    feature: &str,
    lacks: impl Fn(&str) -> bool,
    imported: impl Fn(&str) -> bool,
    calls: &[String],
    links: bool,
) -> Option<&'static str> {
    if feature == "unsupported" && links {
        return Some("symbolic links");
    }
    // What else is not supported is making a socket.
    let feature = if feature == "unsupported" { "sockets" } else { feature };
    let feature = FEATURES.iter().find(|known| known.name == feature)?;
    let called = calls.iter().any(|call| needed_feature(call) == Some(feature.name));
    let used = called || feature.modules.iter().any(|module| imported(module));
    (used && lacks(feature.name)).then_some(feature.name)
}

/// The standard modules whose use can fail for want of `absent`, besides itself.
pub(crate) fn needed_by(absent: &str) -> &'static [&'static str] {
    NEEDED_BY.iter().find(|(module, _)| *module == absent).map_or(&[], |(_, by)| by)
}

/// The feature without which an interpreter leaves out a part of a standard package.
pub(crate) fn behind(module: &str) -> Option<&'static str> {
    match module {
        "concurrent.futures.thread" => Some("threads"),
        "concurrent.futures.process" => Some("processes"),
        _ => None,
    }
}

/// Whether `module` is a private part of the standard library that interpreters may lack.
pub(crate) fn is_private_part(module: &str) -> bool {
    module.starts_with('_') && NEEDED_BY.iter().any(|(known, _)| *known == module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launcher_and_the_host_have_the_same_lists() {
        let launcher = crate::guest::MODULES.iter().find(|(name, _)| *name == "airlock_lacks").expect("it is ours").1;
        let begin = launcher.find("LACKING = {").expect("lists");
        let lists = &launcher[begin..begin + launcher[begin..].find("\n}").expect("their end")];
        let (mut names, mut feature) = (0, "");
        for line in lists.lines().skip(1) {
            let mut words = line.trim();
            if let Some((name, rest)) = words.strip_prefix('"').and_then(|rest| rest.split_once("\": ")) {
                (feature, words) = (name, rest);
            }
            for name in words.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|name| !name.is_empty())
            {
                assert_eq!(needed_feature(&format!("os.{name}")), Some(feature), "os.{name}");
                names += 1;
            }
        }
        assert!(names > 80, "{names} names");
    }
}
