//! Scans the packages of `tests/false-alarms` and holds what is found against the
//! reviewed list; `--write` renews the list. `scripts/false-alarms` runs it.

use std::process::ExitCode;

#[path = "../tests/alarms/mod.rs"]
mod alarms;

#[expect(clippy::print_stderr, clippy::print_stdout, reason = "a command's own output")]
fn main() -> ExitCode {
    let packages = alarms::packages();
    let reviewed = alarms::reviewed();
    println!("{}", alarms::table(&packages));
    if std::env::args().any(|argument| argument == "--write") {
        let text = alarms::renewed(&packages, &reviewed);
        if let Err(error) = std::fs::write(alarms::list_file(), &text) {
            eprintln!("{}: {error}", alarms::list_file().display());
            return ExitCode::FAILURE;
        }
        let open = text.matches(alarms::TO_REVIEW).count();
        println!("{} written; {open} findings wait for a reason", alarms::list_file().display());
        return ExitCode::SUCCESS;
    }
    let differences = alarms::differences(&packages, &reviewed);
    for difference in &differences {
        eprintln!("{difference}");
    }
    if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
