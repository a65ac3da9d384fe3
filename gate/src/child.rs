//! The confined child's side: lock down first, read the upload from standard
//! input, answer in frames on standard output, and nothing else.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;

use airlock_sandbox::jail;
use airlock_scanner::package::{self, Request};
use airlock_scanner::yara;
use serde::{Deserialize, Serialize};

use crate::frames::{self, Kind};

/// The words that follow the program's name when it is started as a confined child.
pub(crate) const MARK: &str = "__jail";
/// The kind of child that examines a package.
pub(crate) const INSPECT: &str = "inspect";
/// The kind of child that runs a test suite.
const WASM: &str = "wasm";
/// The kind of child that unpacks packages for tests.
const LAYER: &str = "layer";
/// What a child exits with when it failed by our own fault (`EX_SOFTWARE`).
const EXIT_OURS: u8 = 70;

/// Everything the child is told, as JSON in its third argument.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Orders {
    /// How to examine.
    pub(crate) request: Request,
    /// How to be confined.
    pub(crate) profile: jail::Profile,
    /// The operator's YARA rules, where there are any.
    pub(crate) yara: Option<YaraOrders>,
}

/// Where the rules lie, and how much they may cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct YaraOrders {
    /// A file with [`yara::Sources`] as JSON, which the profile leaves readable.
    pub(crate) sources: PathBuf,
    /// What they may cost, and say.
    pub(crate) bounds: yara::Bounds,
}

/// The entry of every confined child; `args` are those after `__jail <kind>`.
#[must_use]
pub fn jailed_main(kind: &str, args: &[String]) -> ExitCode {
    match kind {
        INSPECT => inspect(args),
        WASM => airlock_sandbox::wasm::jailed_main(args),
        LAYER => airlock_sandbox::packages::jailed_main(args),
        _ => last_words("there is no such kind of child"),
    }
}

fn inspect(args: &[String]) -> ExitCode {
    let Some(Ok(orders)) = args.first().map(|text| serde_json::from_str::<Orders>(text)) else {
        return last_words("the child's orders cannot be read");
    };
    if let Err(error) = jail::lock_down(&orders.profile) {
        return jail::refuse(&error);
    }
    match examine(&orders) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => last_words(&error.to_string()),
    }
}

fn examine(orders: &Orders) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let rules = orders.yara.as_ref().map(compile).transpose()?;
    // Up to here no byte of the upload was read: what goes wrong before this frame is not the plugin's fault.
    frames::write(&mut out, Kind::Ready, b"")?;
    out.flush()?;
    let yara = rules.as_ref().zip(orders.yara.as_ref().map(|yara| &yara.bounds));
    let upload = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let examined = package::examine_with(BufReader::new(upload), &orders.request, yara)?;
    frames::write(&mut out, Kind::Inspection, &serde_json::to_vec(&examined.inspection)?)?;
    if let Some(canonical) = &examined.canonical {
        frames::write(&mut out, Kind::Canonical, canonical)?;
    }
    frames::write(&mut out, Kind::Views, &examined.views)?;
    frames::write(&mut out, Kind::End, b"")?;
    out.flush()
}

/// The rules were compiled once already, at the start, so what fails here is ours.
fn compile(orders: &YaraOrders) -> io::Result<yara::Rules> {
    let sources = serde_json::from_slice(&std::fs::read(&orders.sources)?)?;
    yara::Rules::compile(&sources).map_err(io::Error::other)
}

fn last_words(words: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{words}");
    ExitCode::from(EXIT_OURS)
}
