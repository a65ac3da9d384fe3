//! Writes a page for each rule into `docs/rules/`, or checks that the pages there
//! are current: `cargo run -p airlock-scanner --example rule_docs -- --write`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

#[path = "../tests/pages/mod.rs"]
mod pages;

#[expect(clippy::print_stderr, reason = "a command's own output")]
fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
    let wanted: BTreeMap<String, String> = pages::all();
    let outcome = if std::env::args().any(|argument| argument == "--write") {
        pages::write(&folder, &wanted)
    } else {
        pages::check(&folder, &wanted)
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
