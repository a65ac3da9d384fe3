//! Logs: one record per line on standard error, as text or JSON.

use std::io::{self, IsTerminal as _, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};
use crate::exit::Failure;
use crate::terminal;

/// Begins to log. Called once, before anything that logs.
pub(crate) fn start(log: &Log) -> Result<(), Failure> {
    let filter = EnvFilter::builder().parse(&log.level).map_err(|error| {
        Failure::usage(format!("log.level: {error}")).remedy(
            "write one of error, warn, info, debug, trace, or levels by module such as \"warn,airlock_worker=debug\"",
        )
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Besides);
    match log.format {
        LogFormat::Text => builder.with_ansi(terminal::is_live() && terminal::is_coloured()).init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).with_span_list(false).init(),
    }
    Ok(())
}

/// Standard error, with progress bars out of the way while a record is written.
struct Besides;

impl<'a> MakeWriter<'a> for Besides {
    type Writer = Record;

    fn make_writer(&'a self) -> Record {
        Record
    }
}

/// One record; the subscriber hands it over in one piece.
struct Record;

impl Write for Record {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let write = || io::stderr().lock().write_all(bytes);
        if io::stderr().is_terminal() { terminal::bars().suspend(write) } else { write() }?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
