//! Landlock: every path is denied but those listed.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, PathFdError, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

/// The newest set of rights that we know; older kernels enforce what they have.
const KNOWN: ABI = ABI::V10;

/// Why paths could not be closed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PathsError {
    /// A listed path cannot be opened.
    #[error("{}: {source}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: PathFdError,
    },
    /// The kernel refused the rules.
    #[error(transparent)]
    Rules(#[from] RulesetError),
}

/// Denies every path, TCP port, outside signal and abstract socket except
/// reading below `read` and reading and writing below `write`. Returns the
/// version of Landlock that enforces it, or none when the kernel has none.
pub(super) fn close_paths(read: &[PathBuf], write: &[PathBuf]) -> Result<Option<u32>, PathsError> {
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    // Links, devices, sockets and execution stay denied in writable folders too.
    let writing = reading
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    for path in read {
        rules = rules.add_rule(PathBeneath::new(open(path)?, allowed(path, reading)))?;
    }
    for path in write {
        rules = rules.add_rule(PathBeneath::new(open(path)?, allowed(path, writing)))?;
    }
    let status = rules.restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => None,
        (_, LandlockStatus::Available { effective_abi, .. }) => Some(effective_abi as u32),
        _ => None,
    })
}

fn open(path: &Path) -> Result<PathFd, PathsError> {
    PathFd::new(path).map_err(|source| PathsError::Path { path: path.to_owned(), source })
}

/// The kernel refuses folder rights on a file.
fn allowed(path: &Path, access: BitFlags<AccessFs>) -> BitFlags<AccessFs> {
    if path.is_dir() { access } else { access & AccessFs::from_file(KNOWN) }
}
