//! The entry point: its form here, its existence asked of the Python room.

use airlock_model::{Tree, escape};

use super::faults::Faults;
use super::fields::{Block, Lines, Text};
use super::rules;

const EXAMPLE: &str = "entry_point: weather.plugin:Weather";

/// Reads and checks the entry point.
pub(super) fn read(root: &Block<'_>, _tree: &Tree, faults: &mut Faults<'_>) -> Option<String> {
    let text = root.required("entry_point", Lines::Grammar, EXAMPLE, faults)?;
    if split(text.text).is_none() {
        malformed(&text, faults);
        return None;
    }
    Some(text.owned())
}

/// Module and name of an entry point.
fn split(text: &str) -> Option<(&str, &str)> {
    let (module, name) = text.split_once(':')?;
    (text.len() <= 255 && module.split('.').all(is_identifier) && is_identifier(name)).then_some((module, name))
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
        && text.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

fn malformed(text: &Text<'_>, faults: &mut Faults<'_>) {
    let message = format!(
        "`entry_point` is {}, which is not `package.module:Class` in ASCII identifiers",
        escape::quoted(text.text)
    );
    let remedy = match nearest(text.text) {
        Some(near) => format!("Write `entry_point: {near}`."),
        None => format!("Write the module's dotted name, a colon and the class, for instance `{EXAMPLE}`."),
    };
    faults.say(&rules::ENTRY_POINT, text.span, message, remedy);
}

/// The entry point that a path or a dotted name likely means.
fn nearest(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).take(256).collect();
    let compact = compact.replace("::", ":").replace(".py", "").replace(['/', '\\'], ".");
    let compact = compact.trim_matches('.').trim_end_matches("()");
    let near = match compact.split_once(':') {
        Some(_) => compact.to_owned(),
        None => {
            let (module, class) = compact.rsplit_once('.')?;
            class.starts_with(|c: char| c.is_ascii_uppercase()).then(|| format!("{module}:{class}"))?
        }
    };
    split(&near).is_some().then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_are_split() {
        assert_eq!(split("weather.plugin:Weather"), Some(("weather.plugin", "Weather")));
        for bad in ["weather", "weather:", ":Weather", "a..b:C", "a:b:C", "a:b.C", "1a:B", "a-b:C", "wеather:W", "a :B"]
        {
            assert_eq!(split(bad), None, "{bad}");
        }
        for (seen, near) in [
            ("weather.plugin.Weather", Some("weather.plugin:Weather")),
            ("weather/plugin.py:Weather", Some("weather.plugin:Weather")),
            ("./weather/plugin.py:Weather()", Some("weather.plugin:Weather")),
            ("weather.plugin : Weather", Some("weather.plugin:Weather")),
            ("weather/plugin.py", None),
            ("", None),
        ] {
            assert_eq!(nearest(seen).as_deref(), near, "{seen}");
        }
    }
}
