//! The commands, one file each: parse, call a room, show what came of it.

pub(crate) mod advisories;
pub(crate) mod api;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod migrate;
pub(crate) mod pack;
pub(crate) mod publish;
pub(crate) mod review;
pub(crate) mod rules;
pub(crate) mod runtime;
pub(crate) mod sandbox;
pub(crate) mod scan;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod worker;

use std::future::Future;

use crate::command_line::{Command, CommandLine};
use crate::exit::{Doing as _, Exit, Failure};

/// Threads that drive asynchronous work; more would only hold memory.
const MOST_THREADS: usize = 4;
/// Threads for work that blocks: files, hashing, waiting for confined children.
const MOST_BLOCKING: usize = 32;

/// Runs the command that was asked for.
pub(crate) fn run(line: CommandLine) -> Result<Exit, Failure> {
    let shared = &line.shared;
    match line.command {
        Command::Serve(command) => wait(command.run(shared)),
        Command::Api(command) => wait(command.run(shared)),
        Command::Worker(command) => wait(command.run(shared)),
        Command::Check(command) => wait(command.run(shared)),
        Command::Scan(command) => command.run(shared),
        Command::Pack(command) => command.run(shared),
        Command::Publish(command) => wait(command.run(shared)),
        Command::Status(command) => wait(command.run()),
        Command::Review(command) => wait(command.run()),
        Command::Advisories(command) => command.run(shared),
        Command::Rules(command) => command.run(),
        Command::Runtime(command) => wait(command.run(shared)),
        Command::Sandbox(command) => wait(command.run(shared)),
        Command::User(command) => wait(command.run(shared)),
        Command::Token(command) => wait(command.run(shared)),
        Command::Config(command) => command.run(shared),
        Command::Migrate(command) => wait(command.run(shared)),
    }
}

fn wait(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.clamp(1, MOST_THREADS))
        .max_blocking_threads(MOST_BLOCKING)
        .enable_all()
        .build()
        .doing("starting threads")?
        .block_on(command)
}
