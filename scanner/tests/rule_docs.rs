//! The pages in `docs/rules/` say what the rules say.

use std::path::Path;

mod pages;

#[test]
fn pages_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
    if let Err(message) = pages::check(&folder, &pages::all()) {
        panic!("{message}");
    }
}
