//! Tests of the sandbox crate against real parts. The test binary is its own
//! jailed child, hence `main` looks for `__jail` before anything else.

use std::io::Write as _;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

mod apart;
mod docker;
mod engine;
mod honest;
mod hostile;
mod imports;
mod index;
mod jail;
mod layers;
mod packages;
mod probe;
mod runtime;
mod suite;
mod wasm;

/// One test: a name and what must hold.
type Test = (&'static str, fn() -> anyhow::Result<()>);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == "__jail") {
        return match args.get(2).map(String::as_str) {
            Some("wasm") => airlock_sandbox::wasm::jailed_main(&args[3..]),
            Some("layer") => airlock_sandbox::packages::jailed_main(&args[3..]),
            _ => probe::main(&args[3..]),
        };
    }
    if args.get(1).is_some_and(|arg| arg == "__full") {
        return match wasm::on_a_small_disk() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "{error:?}");
                ExitCode::FAILURE
            }
        };
    }
    if let [_, word, socket, ..] = args.as_slice()
        && word == "__worker"
    {
        return docker::worker(socket).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let tests = [
        apart::TESTS,
        docker::TESTS,
        engine::TESTS,
        jail::TESTS,
        honest::TESTS,
        hostile::TESTS,
        imports::TESTS,
        index::TESTS,
        layers::TESTS,
        packages::TESTS,
        runtime::TESTS,
        wasm::TESTS,
    ]
    .concat();
    let trials = tests
        .into_iter()
        .map(|(name, test)| Trial::test(name, move || test().map_err(|error| Failed::from(format!("{error:?}")))));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
