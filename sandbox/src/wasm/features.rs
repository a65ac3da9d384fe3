//! What CPython for WASI cannot do, and how the host confirms that a suite needs it.

/// A feature, and the modules of which a suite imports at least one to use it.
const FEATURES: [(&str, &[&str]); 3] = [
    ("threads", &["threading", "_thread", "concurrent", "multiprocessing", "asyncio", "queue"]),
    ("processes", &["subprocess", "multiprocessing", "os", "asyncio", "concurrent", "pty"]),
    ("sockets", &["socket", "socketserver", "asyncio", "http", "urllib", "ssl", "smtplib", "select", "selectors"]),
];

/// The feature that the guest says is missing, if the plan shows that the suite uses it.
/// `links` tells that the host refused a link during the run.
pub(super) fn confirmed(feature: &str, imports: &[String], links: bool) -> Option<&'static str> {
    if feature == "unsupported" {
        return links.then_some("symbolic links");
    }
    let (name, modules) = FEATURES.iter().find(|(name, _)| *name == feature)?;
    imports.iter().any(|import| modules.contains(&import.as_str())).then_some(name)
}

/// Extension modules behind standard ones, absent here; an import of the standard
/// module fails with their name.
pub(super) fn accelerator(module: &str) -> bool {
    matches!(
        module,
        "_ssl"
            | "_socket"
            | "_ctypes"
            | "_lzma"
            | "_bz2"
            | "_sqlite3"
            | "_curses"
            | "_tkinter"
            | "_multiprocessing"
            | "_posixsubprocess"
            | "_posixshmem"
            | "_hashlib"
            | "_uuid"
            | "_dbm"
            | "_gdbm"
    )
}
