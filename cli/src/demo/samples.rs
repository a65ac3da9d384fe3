//! The sample plugins, made at start from small templates.

use airlock_model::{PluginName, PluginVersion, Tree, TreePath};
use airlock_scanner::archive;
use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::exit::Failure;

/// One sample, ready to be uploaded.
pub(super) struct Sample {
    /// The plugin's name.
    pub(super) name: PluginName,
    /// Its version.
    pub(super) version: PluginVersion,
    /// What is to be seen with it.
    pub(super) about: &'static str,
    /// The archive.
    pub(super) archive: Vec<u8>,
}

/// A sample as it lies in the binary: paths below the top folder, and texts.
struct Template {
    name: &'static str,
    version: &'static str,
    about: &'static str,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! template {
    ($name:literal $version:literal, $about:literal, { $($path:literal = $file:literal),+ $(,)? }) => {
        Template {
            name: $name,
            version: $version,
            about: $about,
            files: &[
                ("plugin.yaml", include_str!(concat!("samples/", $name, "/plugin.yaml"))),
                ("README.md", include_str!(concat!("samples/", $name, "/README.md"))),
                ("LICENSE", include_str!("samples/LICENSE")),
                $(($path, include_str!(concat!("samples/", $name, "/", $file)))),+
            ],
        }
    };
}

const TEMPLATES: &[Template] = &[
    template!("text-tidy" "1.0.0", "sound, with tests", {
        "text_tidy/__init__.py" = "../package.py",
        "text_tidy/tool.py" = "tool.py",
        "tests/test_tool.py" = "test_tool.py",
    }),
    template!("unit-converter" "0.3.0", "a test fails", {
        "unit_converter/__init__.py" = "../package.py",
        "unit_converter/tool.py" = "tool.py",
        "tests/test_tool.py" = "test_tool.py",
    }),
    template!("disk-report" "1.1.0", "starts another program", {
        "disk_report/__init__.py" = "../package.py",
        "disk_report/tool.py" = "tool.py",
    }),
    template!("color-mixer" "2.0.0", "runs a hidden payload", {
        "color_mixer/__init__.py" = "../package.py",
        "color_mixer/tool.py" = "tool.py",
    }),
    template!("note-taker" "0.1.0", "its manifest is broken", {
        "note_taker/__init__.py" = "../package.py",
        "note_taker/tool.py" = "tool.py",
    }),
    template!("queue-drain" "1.0.0", "a test never ends", {
        "queue_drain/__init__.py" = "../package.py",
        "queue_drain/flow.py" = "flow.py",
        "tests/test_flow.py" = "test_flow.py",
    }),
];

/// Every sample.
pub(super) fn all() -> Result<Vec<Sample>, Failure> {
    TEMPLATES.iter().map(pack).collect()
}

fn pack(template: &Template) -> Result<Sample, Failure> {
    let mut tree = Tree::new();
    for (path, text) in template.files {
        let path = TreePath::new(*path).expect("the templates' paths are plain");
        tree.insert(path, filled(text).into_bytes());
    }
    let archive = archive::pack(template.name, &tree)
        .map_err(|error| Failure::ours(format!("the sample {} cannot be packed: {error}", template.name)))?;
    Ok(Sample {
        name: template.name.parse().expect("the templates' names are valid"),
        version: template.version.parse().expect("the templates' versions are valid"),
        about: template.about,
        archive,
    })
}

/// Puts the hidden payload together. It is harmless (it prints a line), and it is
/// made here so that neither this repository nor the binary holds such a text,
/// which virus scanners would rightly complain of.
fn filled(text: &str) -> String {
    let hidden = ["print", "('the payload", " has run')"].concat();
    text.replace("{decoder}", &["base", "64"].concat())
        .replace("{decode}", &["b64", "decode"].concat())
        .replace("{runner}", &["ex", "ec"].concat())
        .replace("{payload}", &BASE64_STANDARD.encode(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_those_of_the_manifests() {
        for template in TEMPLATES {
            let manifest = template.files[0].1;
            assert!(manifest.contains(&format!("name: {}\nversion: {}\n", template.name, template.version)));
        }
    }

    #[test]
    fn packing_twice_gives_the_same_bytes() {
        let (first, second) = (all().expect("packed"), all().expect("packed"));
        assert_eq!(first.len(), 6);
        assert!(first.iter().zip(&second).all(|(a, b)| a.archive == b.archive));
    }

    #[test]
    fn the_payload_is_only_put_together_at_start() {
        let template = TEMPLATES.iter().find(|template| template.name == "color-mixer").expect("there");
        let source = template.files.iter().find(|(path, _)| path.ends_with("tool.py")).expect("there").1;
        assert!(!source.contains("exec"));
        assert!(filled(source).contains("exec(base64.b64decode(_PALETTE).decode())"));
    }
}
