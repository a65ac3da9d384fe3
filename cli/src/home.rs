//! Plugins on this machine: a folder or an archive, made ready for the gate or
//! for an upload.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use airlock_model::finding::Finding;
use airlock_model::fingerprint::settle;
use airlock_model::inventory::{self, Wanted};
use airlock_model::limits::Limits;
use airlock_model::{Manifest, Sha256, Tree};
use airlock_scanner::{archive, dependencies, files, manifest};
use tempfile::TempPath;

use crate::exit::{Doing as _, Failure};

/// The top folder of a package whose manifest gives no name.
const NAMELESS: &str = "plugin";

/// A plugin's folder, read by the rules that an upload is held to.
pub(crate) struct Folder {
    /// Its files.
    pub(crate) tree: Tree,
    /// The manifest, where no fault bars it.
    pub(crate) manifest: Option<Manifest>,
    /// What is wrong with the folder itself and with its manifest, settled, and without its secrets.
    pub(crate) findings: Vec<Finding>,
}

impl Folder {
    /// Reads a folder.
    pub(crate) fn read(dir: &Path, limits: &Limits) -> Result<Self, Failure> {
        let opened = archive::read_dir(dir, &limits.archive).doing("reading the plugin").map_err(|failure| {
            failure.remedy("let yourself read everything in the folder, or take out what does not belong to the plugin")
        })?;
        let tree = opened.tree.unwrap_or_default();
        let checked = manifest::check(&tree, &limits.scan);
        let mut findings = opened.findings;
        findings.extend(checked.findings);
        let mut findings = settle(findings);
        if !findings.is_empty() {
            files::secrets_in(&tree).clear(&mut findings);
        }
        Ok(Self { tree, manifest: checked.manifest, findings })
    }

    /// The packages that its tests ask for.
    pub(crate) fn wanted(&self, limits: &Limits) -> Vec<Wanted> {
        let asked = dependencies::check(&self.tree, self.manifest.as_ref(), &limits.scan, &|_| None);
        inventory::wanted(&asked.requirements)
    }

    /// The folder's archive.
    pub(crate) fn pack(&self) -> Result<Vec<u8>, Failure> {
        let name = self.manifest.as_ref().map_or(NAMELESS, |manifest| manifest.name.as_str());
        archive::pack(name, &self.tree).map_err(Failure::refused)
    }
}

/// A plugin as it would be uploaded.
pub(crate) enum Upload {
    /// The archive that was named.
    Given(PathBuf),
    /// A folder, packed into a file that vanishes with this value.
    Packed(TempPath),
}

impl Upload {
    /// The archive's file.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Packed(path) => path,
        }
    }
}

/// Keeps an archive in a file that vanishes by itself.
pub(crate) fn keep(archive: &[u8]) -> Result<TempPath, Failure> {
    let write = || {
        let mut file = tempfile::Builder::new().prefix("airlock-").suffix(".tar.gz").tempfile()?;
        file.write_all(archive)?;
        Ok(file.into_temp_path())
    };
    write().doing("writing the packed plugin")
}

/// Writes a file whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<Sha256, Failure> {
    let folder = must_have_a_folder(path)?;
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        #[cfg(unix)]
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        file.persist(path).map_err(|error| error.error)
    };
    write()
        .doing(format_args!("writing {}", path.display()))
        .map_err(|failure| failure.remedy("name a file in a folder that you may write to and that has room"))?;
    Ok(Sha256::of(bytes))
}

/// The folder that a file is to be written to; refused where it is not there, so that
/// nobody waits for a result that has no place.
pub(crate) fn must_have_a_folder(path: &Path) -> Result<&Path, Failure> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::usage(format!(
            "{} cannot be written: there is no folder {}",
            path.display(),
            folder.display()
        ))
        .remedy("make the folder first, or name a file in another one"));
    }
    Ok(folder)
}

/// Refuses a path that holds nothing to read with a sentence of its own. What is neither a file
/// nor a folder is refused unopened: a pipe that nobody writes to would be waited for for ever.
pub(crate) fn must_be_readable(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let opened = std::fs::metadata(path).and_then(|kind| match kind {
        kind if kind.is_dir() => path.read_dir().map(|_| true),
        kind if kind.is_file() => File::open(path).map(|_| true),
        _ => Ok(false),
    });
    let (what, remedy) = match opened {
        Ok(true) => return Ok(()),
        Ok(false) => (
            format!("{shown} is neither a folder nor a file"),
            "name a folder or a file; what comes out of a pipe must be put into a file first",
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            (format!("there is no file or folder {shown}"), "name a folder or a file that can be read")
        }
        Err(error) => (format!("{shown} cannot be read: {error}"), "name a folder or a file that can be read"),
    };
    Err(Failure::usage(what).remedy(remedy))
}
