//! The child's side: unpacks the wheels of a layer, or makes its byte code. Wheels come from whoever published them,
//! so neither is done where credentials are.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use airlock_model::run::Unavailable;
use serde::{Deserialize, Serialize};

use super::PackageLimits;
use super::wheel::{Failed, Room};
use crate::jail::{self, Profile, lock_down};
use crate::wasm::{ByteCode, make_byte_code};

/// What one child is told, as its one argument.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    /// What it gives up.
    pub(super) profile: Profile,
    /// What it is to do.
    pub(super) task: Task,
}

/// What one child does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    /// Unpacking.
    Unpack {
        /// The folder of the wheels.
        wheels: PathBuf,
        /// Their names in it, in the order of the lock.
        files: Vec<String>,
        /// Where their files go.
        site: PathBuf,
        /// How much of them there may be.
        limits: PackageLimits,
    },
    /// Making byte code of what was unpacked.
    ByteCode(ByteCode),
}

/// One line of a child's answer, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The wheel with this number is begun: what comes from now on is its doing.
    Begun(usize),
    /// The wheel that was begun last is one that no installer should unpack, or too large.
    Refused(Unavailable),
    /// It is done; of byte code it tells how the interpreter ended.
    Done(String),
    /// We failed.
    Failed(String),
}

/// Runs in the jailed child: `args` holds the orders. Must be called before anything else in the process has started a
/// thread or opened a file.
#[must_use]
pub fn jailed_main(args: &[String]) -> ExitCode {
    let Some(orders) = args.first().and_then(|text| serde_json::from_str::<Orders>(text).ok()) else {
        let _ = writeln!(io::stderr(), "the jailed child got no orders that it understands");
        return ExitCode::from(2);
    };
    if let Err(error) = lock_down(&orders.profile) {
        return jail::refuse(&error);
    }
    let last = match &orders.task {
        Task::Unpack { wheels, files, site, limits } => {
            let mut room = Room::new(*limits);
            let unpacked = files.iter().enumerate().try_for_each(|(number, file)| {
                tell(&Line::Begun(number))?;
                room.unpack(File::open(wheels.join(file))?, site)
            });
            match unpacked {
                Ok(()) => Line::Done(String::new()),
                Err(Failed::Wheel(because)) => Line::Refused(because),
                Err(Failed::Io(error)) => Line::Failed(error.to_string()),
            }
        }
        Task::ByteCode(orders) => match make_byte_code(orders) {
            Ok(ending) => Line::Done(ending),
            Err(error) => Line::Failed(error.to_string()),
        },
    };
    if tell(&last).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

fn tell(line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line).expect("a line holds only what JSON can hold");
    text.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&text)?;
    stdout.flush()
}
