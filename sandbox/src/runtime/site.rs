//! What a folder of packages offers, and what its code asks for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use airlock_model::inventory::normalised;

use super::RuntimeError;
use crate::packages::Held;

/// The most files that are read for their imports.
const MOST_FILES: usize = 20_000;
/// The most of each file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// A folder of packages that the operator chose.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) folder: PathBuf,
    pub(super) modules: BTreeSet<String>,
    /// Read when first asked for: most runs never ask.
    imports: OnceLock<BTreeSet<String>>,
    /// What keeps the folder from being removed, where somebody might.
    _held: Option<Held>,
}

impl Site {
    pub(super) fn new(folder: PathBuf, held: Option<Held>) -> Result<Self, RuntimeError> {
        let modules = top_level_modules(&folder)?;
        Ok(Self { folder, modules, imports: OnceLock::new(), _held: held })
    }

    /// The packages whose metadata lies in the folder, with their versions.
    pub(super) fn distributions(&self) -> Vec<(String, String)> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names
            .filter_map(|name| {
                let (package, version) = name.strip_suffix(".dist-info")?.rsplit_once('-')?;
                Some((normalised(package), version.to_owned()))
            })
            .collect()
    }

    /// Whether some file below the folder imports this top-level module.
    pub(super) fn imports(&self, module: &str) -> bool {
        self.imports.get_or_init(|| imports(&self.folder)).contains(module)
    }
}

/// Modules and packages that a folder on the import path offers.
pub(super) fn top_level_modules(folder: &Path) -> Result<BTreeSet<String>, RuntimeError> {
    let failed = |source| RuntimeError::Io { what: "list", path: folder.to_owned(), source };
    let mut modules = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(module) = name.strip_suffix(".py") {
            modules.insert(module.to_owned());
        } else if entry.path().is_dir() && !name.contains(['.', '-']) && name != "__pycache__" {
            modules.insert(name);
        }
    }
    Ok(modules)
}

/// Top-level modules that the folder's code imports, by the look of its lines: the
/// operator's packages do not try to hide anything.
fn imports(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![folder.to_owned()];
    let mut files = 0;
    while let Some(folder) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") && files < MOST_FILES {
                files += 1;
                found.extend(read(&path).lines().flat_map(imported).map(str::to_owned));
            }
        }
    }
    found
}

/// The beginning of a file; one that cannot be read imports nothing that could be confirmed.
fn read(path: &Path) -> String {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let _ = std::fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The top-level modules that a line imports.
fn imported(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    let first = |name: &'_ str| name.len() - name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    let names = match (line.strip_prefix("import "), line.strip_prefix("from ")) {
        (Some(list), _) => list.split(',').collect(),
        (_, Some(one)) => vec![one],
        _ => return Vec::new(),
    };
    names.into_iter().map(str::trim_start).map(|name| &name[..first(name)]).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_read_from_lines() {
        assert_eq!(imported("    import ssl, _socket as s, urllib.request"), ["ssl", "_socket", "urllib"]);
        assert_eq!(imported("from concurrent.futures import ThreadPoolExecutor"), ["concurrent"]);
        assert!(imported("from . import a").is_empty() && imported("# import ssl").is_empty());
        assert!(imported("important = 1").is_empty());
    }

    #[test]
    fn a_site_offers_modules_and_tells_what_they_import() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir_all(folder.path().join("framework/inner"))?;
        std::fs::create_dir(folder.path().join("framework-1.0.dist-info"))?;
        std::fs::write(folder.path().join("framework/inner/a.py"), "import ssl\n")?;
        std::fs::write(folder.path().join("single.py"), "")?;
        let site = Site::new(folder.path().to_owned(), None)?;
        assert_eq!(site.modules.iter().collect::<Vec<_>>(), ["framework", "single"]);
        assert_eq!(site.distributions(), [("framework".to_owned(), "1.0".to_owned())]);
        assert!(site.imports("ssl") && !site.imports("threading"));
        Ok(())
    }
}
