//! What a person sees: results on standard output, everything else on standard
//! error. Colour and moving parts only where a terminal shows them.

use std::io::{IsTerminal as _, Write as _};
use std::sync::LazyLock;

use airlock_model::escape;
use airlock_model::report::text::Style as ReportStyle;
use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;

use crate::exit::{Doing as _, Failure};

/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What waits for someone.
pub(crate) const WAITS: Style = AnsiColor::Yellow.on_default().bold();
/// What stands out.
pub(crate) const BOLD: Style = Style::new().bold();
/// What stands back.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The columns of a text that goes to no terminal.
const PLAIN_WIDTH: usize = 100;

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// All progress bars of this process; hidden by themselves where there is no terminal.
pub(crate) fn bars() -> &'static MultiProgress {
    &BARS
}

/// Whether progress can move: standard error is a terminal.
pub(crate) fn is_live() -> bool {
    std::io::stderr().is_terminal()
}

/// Prints a result. Colour is taken out where nobody would see it.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    BARS.suspend(|| {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    })
    .doing("writing to standard output")
}

/// Prints a result that programs read: nothing in it is colour.
pub(crate) fn print_data(text: &str) -> Result<(), Failure> {
    BARS.suspend(|| {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    })
    .doing("writing to standard output")
}

/// Tells something beside the result. A standard error that is closed is no reason to stop.
pub(crate) fn tell(text: &str) {
    BARS.suspend(|| {
        let mut err = anstream::stderr().lock();
        let _ = writeln!(err, "{text}");
    });
}

/// Whether standard output takes colour, by terminal and `NO_COLOR`.
pub(crate) fn is_coloured() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// How reports are laid out on standard output.
pub(crate) fn report_style() -> ReportStyle {
    let width = console::Term::stdout().size_checked().map_or(PLAIN_WIDTH, |(_, columns)| usize::from(columns));
    ReportStyle { color: is_coloured(), width }
}

/// Tells why the command failed, and what to do.
pub(crate) fn show_failure(failure: &Failure) {
    tell(&format!("{BAD}error:{BAD:#} {}", escape::block(&failure.to_string())));
    if let Some(remedy) = failure.what_to_do() {
        tell(&format!("  {BOLD}do:{BOLD:#} {}", escape::block(remedy)));
    }
}

/// A panic is a fault of this program: it is told in one line, with its place, and not as a dump.
pub(crate) fn explain_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("no further words");
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        let place = place.unwrap_or_default();
        tell(&format!("{BAD}error:{BAD:#} airlock itself failed{place}: {}", escape::line(what)));
        tell("  This is a fault of the program and says nothing about any plugin. Please report it.");
    }));
}
