//! Environment markers (PEP 508): only whether one can be understood. Whether it
//! holds depends on the machine that installs, so every marker counts as true.

use airlock_model::escape;

/// The variables that a marker may ask for.
const VARIABLES: &[&str] = &[
    "dependency_groups",
    "extra",
    "extras",
    "implementation_name",
    "implementation_version",
    "os.name",
    "os_name",
    "platform.machine",
    "platform.python_implementation",
    "platform.version",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_implementation",
    "python_version",
    "sys.platform",
    "sys_platform",
];
/// Comparisons, longest first.
const OPERATORS: &[&str] = &["===", "==", "<=", ">=", "!=", "~=", "<", ">"];
/// Parentheses inside one another.
const DEPTH: usize = 32;

/// Checks a marker; the error says what is wrong, escaped.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut reader = Reader { rest: text.trim() };
    reader.any_of(0)?;
    match reader.rest {
        "" => Ok(()),
        rest => Err(format!("{} cannot stand at the end of a marker", escape::quoted(rest))),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn any_of(&mut self, depth: usize) -> Result<(), String> {
        self.comparison(depth)?;
        while self.word("and") || self.word("or") {
            self.comparison(depth)?;
        }
        Ok(())
    }

    fn comparison(&mut self, depth: usize) -> Result<(), String> {
        if self.take("(") {
            if depth == DEPTH {
                return Err(format!("its marker has more than {DEPTH} parentheses inside one another"));
            }
            self.any_of(depth + 1)?;
            return if self.take(")") { Ok(()) } else { Err("its marker lacks a ')'".to_owned()) };
        }
        self.value()?;
        self.operator()?;
        self.value()
    }

    fn value(&mut self) -> Result<(), String> {
        if let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let end = self.rest[1..].find(quote).ok_or("its marker lacks a closing quotation mark")?;
            self.advance(end + 2);
            return Ok(());
        }
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c)));
        let word = &self.rest[..end.unwrap_or(self.rest.len())];
        if VARIABLES.contains(&word) {
            self.advance(word.len());
            return Ok(());
        }
        if self.rest.is_empty() {
            return Err("its marker ends where a value should stand".to_owned());
        }
        let shown = if word.is_empty() { self.rest } else { word };
        Err(format!("{} is nothing that a marker can ask for", escape::quoted(shown)))
    }

    fn operator(&mut self) -> Result<(), String> {
        if OPERATORS.iter().any(|operator| self.take(operator)) || self.word("in") {
            return Ok(());
        }
        if self.word("not") && self.word("in") {
            return Ok(());
        }
        Err(format!("its marker lacks a comparison before {}", escape::quoted(self.rest)))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest.starts_with(text);
        if found {
            self.advance(text.len());
        }
        found
    }

    /// A word that ends where it ends.
    fn word(&mut self, word: &str) -> bool {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let found = self.rest.strip_prefix(word).is_some_and(ends);
        if found {
            self.advance(word.len());
        }
        found
    }

    fn advance(&mut self, by: usize) {
        self.rest = self.rest[by..].trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_understood_or_refused() {
        for good in [
            "python_version < '3.11'",
            "python_version<\"3\" and (os_name == 'nt' or sys_platform in 'linux darwin')",
            "'x' not in extra",
            "'2' == '2'",
            "extra=='a'or extra=='b'",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "python",
            "python_version",
            "python_version = '3'",
            "python_version < '3",
            "os_name=='a' and",
            "('a'=='b'",
            "os_name=='a' x",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&"(".repeat(100_000)).is_err());
        assert!(check(&format!("{}os_name=='a'{}", "(".repeat(30), ")".repeat(30))).is_ok());
    }
}
