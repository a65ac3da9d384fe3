//! Makes fingerprints of licence texts, so that a plugin's LICENSE can be recognised
//! without the texts themselves being in the binary (docs/adr/0016-licence-texts.md).

use std::path::Path;

#[path = "src/files/licences/shingles.rs"]
mod shingles;

/// The licences that are recognised, by their SPDX identifiers: those a manifest can declare, and those
/// that stand in LICENSE instead often enough to be named.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "GPL-3.0",
    "BSD-3-Clause",
    "Unlicense",
    "0BSD",
    "AGPL-3.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSL-1.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "EPL-2.0",
    "GPL-2.0",
    "ISC",
    "LGPL-2.1",
    "LGPL-3.0",
    "MIT-0",
    "MPL-2.0",
    "WTFPL",
    "Zlib",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/files/licences/shingles.rs");
    let mut bytes = Vec::new();
    for name in LICENCES {
        let (_, text) = spdx::text::LICENSE_TEXTS
            .iter()
            .find(|(other, _)| other == name)
            .unwrap_or_else(|| panic!("the licence texts have no {name}"));
        let hashes = shingles::shingles(text);
        bytes.push(u8::try_from(name.len()).expect("identifiers are short"));
        bytes.extend(name.as_bytes());
        bytes.extend(u32::try_from(hashes.len()).expect("licences are short").to_le_bytes());
        bytes.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
    }
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folder by a variable")]
    let folder = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    std::fs::write(Path::new(&folder).join("licences.bin"), bytes).expect("the folder can be written");
}
