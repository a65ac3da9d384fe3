//! A TOML file as dotted keys with values and lines.

use airlock_model::escape;
use toml::Value;
use toml::de::{DeTable, DeValue};

use super::layers::ConfigError;

/// One key of a file.
pub(super) struct Entry {
    /// The key with its sections, dotted.
    pub(super) key: String,
    /// Its value, never a table.
    pub(super) value: Value,
    /// The line it stands in, from 1.
    pub(super) line: usize,
}

/// Reads a file's text into its keys, in the order of the file's sections.
pub(super) fn entries(file: &str, text: &str) -> Result<Vec<Entry>, ConfigError> {
    let broken = |error: toml::de::Error| ConfigError::Toml {
        file: escape::line(file),
        message: escape::block(error.to_string().trim_end()),
    };
    let root = DeTable::parse(text).map_err(broken)?;
    let mut entries = Vec::new();
    collect(text, "", root.get_ref(), &mut entries);
    Ok(entries)
}

fn collect(text: &str, prefix: &str, table: &DeTable<'_>, entries: &mut Vec<Entry>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
        match value.get_ref() {
            DeValue::Table(inner) => collect(text, &key, inner, entries),
            other => {
                let line = text[..name.span().start].matches('\n').count() + 1;
                entries.push(Entry { key, value: plain(other), line });
            }
        }
    }
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Integer(number) => match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::String(number.as_str().to_owned()),
        },
        DeValue::Float(number) => Value::String(number.as_str().to_owned()),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(table) => Value::Table(
            table.iter().map(|(name, value)| (name.get_ref().to_string(), plain(value.get_ref()))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_carry_their_sections_and_lines() {
        let text = "a = 1\n\n[b.c]\nd = \"x\"\n\"e\" = [ \"y\" ]\n";
        let entries = entries("f", text).expect("valid");
        let seen: Vec<_> = entries.iter().map(|e| (e.key.as_str(), e.value.to_string(), e.line)).collect();
        assert_eq!(
            seen,
            [("a", "1".to_owned(), 1), ("b.c.d", "\"x\"".to_owned(), 4), ("b.c.e", "[\"y\"]".to_owned(), 5)]
        );
    }

    #[test]
    fn what_is_not_toml_names_line_and_column() {
        let error = entries("f.toml", "a = \n").err().expect("refused").to_string();
        assert!(error.starts_with("f.toml is not valid TOML: TOML parse error at line 1"), "{error}");
    }
}
