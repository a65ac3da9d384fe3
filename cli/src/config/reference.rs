//! The reference page, made from the default file's own comments.

use std::fmt::Write as _;

use super::DEFAULT;
use super::environment::variable;

const HEAD: &str = "\
<!-- Written by `airlock config --reference`; edit cli/src/config/default.toml instead. -->

# Configuration

Airlock runs without any configuration. What follows can be set, each source overriding the one before:

1. the defaults below;
2. a TOML file, named by `--config FILE` or `AIRLOCK_CONFIG`;
3. environment variables, as given with each key; lists are separated by commas;
4. flags, such as `--listen` and `--data`, or `--set KEY=VALUE` for any key.

An unknown key is an error, in every source. `airlock config` prints what is in force and where each value comes
from, with secrets masked.
";

/// The page in Markdown.
pub(crate) fn markdown() -> String {
    let mut out = HEAD.to_owned();
    let mut section = "";
    let mut comment: Vec<&str> = Vec::new();
    let _ = writeln!(out, "\n## Top level");
    for line in DEFAULT.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            let _ = writeln!(out, "\n## `[{name}]`");
        } else if let Some((name, value)) = line.split_once(" = ") {
            let key = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
            let _ = write!(
                out,
                "\n### `{key}`\n\nDefault `{value}` · environment `{}`\n\n{}\n",
                variable(&key),
                comment.join("\n")
            );
            comment.clear();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_explained() {
        let mut explained = false;
        for line in DEFAULT.lines() {
            assert!(explained || !line.contains(" = ") || line.starts_with('#'), "no comment before: {line}");
            explained = line.starts_with('#');
        }
    }

    #[test]
    fn the_page_in_the_repository_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let kept = std::fs::read_to_string(path).expect("docs/configuration.md is there");
        assert!(kept == markdown(), "write it anew: airlock config --reference > docs/configuration.md");
    }
}
