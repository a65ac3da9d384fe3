//! Tests of the worker with a real database, real object storage, a real queue
//! and the real gate. The test binary is its own jailed child (`__jail`) and its
//! own worker process that may die (`__worker`).

mod crashes;
mod differences;
mod faults;
mod journeys;
mod leases;
mod passed_on;
mod stopping;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    match args.get(1).map(String::as_str) {
        Some("__jail") => return airlock_gate::jailed_main(&args[2], &args[3..]),
        Some("__worker") => return crashes::worker_process(args[2].as_ref(), &args[3]),
        _ => {}
    }
    let groups = [
        journeys::trials(),
        leases::trials(),
        passed_on::trials(),
        faults::trials(),
        stopping::trials(),
        crashes::trials(),
        differences::trials(),
    ];
    let trials: Vec<Trial> = groups.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
