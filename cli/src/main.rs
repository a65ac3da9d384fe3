//! The `airlock` binary: the command line, the configuration, and how the rooms
//! of the house are put together into one process or several.
//!
//! This crate knows every other one and none knows it. It holds no rule, no SQL,
//! no route and no stage of its own. The same binary is also the confined child
//! that examines plugins; that form is left before anything else is set up.

mod client;
mod command_line;
mod commands;
mod config;
mod demo;
mod exit;
mod home;
mod logging;
mod progress;
mod rooms;
mod runtime;
mod server;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use crate::command_line::CommandLine;
use crate::exit::Exit;

/// A scan makes and drops many small things; the system's own allocator took a fifth of its time (ADR 28).
#[global_allocator]
static ALLOCATOR: airlock_region::Allocator = airlock_region::Allocator;

/// The word that makes this program the confined child.
const JAIL: &str = "__jail";

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == JAIL) {
        let mut words = words.map(|word| word.to_string_lossy().into_owned());
        let kind = words.next().unwrap_or_default();
        let rest: Vec<String> = words.collect();
        return airlock_gate::jailed_main(&kind, &rest);
    }
    terminal::explain_panics();
    std::panic::catch_unwind(run).unwrap_or(Exit::Ours).into()
}

fn run() -> Exit {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version are asked for and go to standard output; everything else is a mistake.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Fine };
            return error.print().map_or(Exit::Ours, |()| exit);
        }
    };
    match commands::run(line) {
        Ok(exit) => exit,
        Err(failure) if failure.is_broken_pipe() => Exit::Fine,
        Err(failure) => {
            terminal::show_failure(&failure);
            failure.exit
        }
    }
}
