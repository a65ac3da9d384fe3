//! What the catalogue's routes read from their query strings.

use airlock_model::escape;
use airlock_model::manifest::{Category, PluginType};

use crate::problem::{Kind, Problem};

/// How many results there are when nobody says, as both clients assume.
const USUAL: u32 = 20;

/// The most results of one page.
const MOST: u32 = 100;

/// The longest text to search for, in characters.
const LONGEST_TEXT: usize = 300;

/// Reads an enum as the existing client sends it: `PluginType.TOOL`, or plain `tool`. Empty is absent.
fn word<T>(
    part: &str,
    text: Option<&str>,
    words: &[&str],
    from_word: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let word = text.rsplit('.').next().unwrap_or(text).to_ascii_lowercase();
    let unknown = || {
        let known = words.join(", ");
        Problem::new(
            Kind::BadRequest,
            format!("The {part} {} is not known; it is one of {known}.", escape::quoted(text)),
        )
    };
    from_word(&word).map(Some).ok_or_else(unknown)
}

/// The type to search for.
pub(crate) fn kind(text: Option<&str>) -> Result<Option<PluginType>, Problem> {
    word("type", text, PluginType::WORDS, PluginType::from_word)
}

/// The category to search for.
pub(crate) fn category(text: Option<&str>) -> Result<Option<Category>, Problem> {
    word("category", text, Category::WORDS, Category::from_word)
}

/// The text to search for.
pub(crate) fn text(text: Option<String>) -> Result<String, Problem> {
    let text = text.unwrap_or_default();
    if text.contains('\0') || text.chars().count() > LONGEST_TEXT {
        let detail = format!("The text to search for has at most {LONGEST_TEXT} characters and no NUL.");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    Ok(text)
}

/// How many results, within bounds. None at all may be asked for: the answer still says how many there are.
pub(crate) fn limit(limit: Option<u32>) -> u32 {
    limit.unwrap_or(USUAL).min(MOST)
}

/// How many entries of a page, within bounds; a page without any would have no place to go on from.
pub(crate) fn page(limit: Option<u32>) -> u32 {
    self::limit(limit).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_an_enum_are_read() {
        for spelling in ["PluginType.TOOL", "tool", "Tool", "a.b.TOOL"] {
            assert_eq!(kind(Some(spelling)).expect("known"), Some(PluginType::Tool), "{spelling}");
        }
        assert_eq!(category(Some("PluginCategory.UTILITY")).expect("known"), Some(Category::Utility));
        assert_eq!(kind(Some("")).expect("absent"), None);
        assert_eq!(kind(None).expect("absent"), None);
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let problem = kind(Some("PluginType.SPOON\u{202e}")).expect_err("unknown");
        assert!(
            problem.detail().contains("tool, agent") && !problem.detail().contains('\u{202e}'),
            "{}",
            problem.detail()
        );
    }

    #[test]
    fn limits_are_kept_within_bounds() {
        assert_eq!((limit(None), limit(Some(0)), limit(Some(7)), limit(Some(u32::MAX))), (20, 0, 7, 100));
        assert_eq!((page(None), page(Some(0)), page(Some(7)), page(Some(u32::MAX))), (20, 1, 7, 100));
    }
}
