//! Text that the standard library reads: JSON, literals, entities, patterns, templates.

use regex::{Regex, RegexBuilder};

use super::{Const, SIZE, codecs};

/// How deep JSON and literals nest.
const DEPTH: u32 = 32;

/// `json.loads(text)`.
pub(super) fn json(text: &str) -> Option<Const> {
    of_json(&serde_json::from_str(text).ok()?, DEPTH)
}

fn of_json(value: &serde_json::Value, depth: u32) -> Option<Const> {
    let depth = depth.checked_sub(1)?;
    Some(match value {
        serde_json::Value::Null => Const::None,
        serde_json::Value::Bool(value) => Const::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) => Const::Int(int),
            None => Const::Float(number.as_f64()?),
        },
        serde_json::Value::String(text) => Const::Str(text.clone()),
        serde_json::Value::Array(items) => {
            Const::List(items.iter().map(|item| of_json(item, depth)).collect::<Option<_>>()?)
        }
        serde_json::Value::Object(items) => Const::Dict(
            items
                .iter()
                .map(|(key, value)| Some((Const::Str(key.clone()), of_json(value, depth)?)))
                .collect::<Option<_>>()?,
        ),
    })
}

/// `html.unescape(text)`, for numbers and the entities that code is written with.
pub(super) fn unescaped(text: &str) -> String {
    const NAMED: &[(&str, char)] = &[
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("lpar", '('),
        ("rpar", ')'),
        ("period", '.'),
        ("comma", ','),
        ("semi", ';'),
        ("colon", ':'),
        ("lowbar", '_'),
        ("equals", '='),
        ("NewLine", '\n'),
        ("Tab", '\t'),
        ("nbsp", '\u{a0}'),
        ("lsqb", '['),
        ("rsqb", ']'),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest[1..].split_once(';').map(|(entity, _)| entity).filter(|entity| entity.len() < 32);
        let decoded = entity.and_then(|entity| match entity.strip_prefix('#') {
            Some(number) => {
                let hex = number.strip_prefix(['x', 'X']);
                let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
                code.and_then(char::from_u32)
            }
            None => NAMED.iter().find(|(name, _)| *name == entity).map(|(_, c)| *c),
        });
        match (decoded, entity) {
            (Some(c), Some(entity)) => {
                out.push(c);
                rest = &rest[entity.len() + 2..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A pattern of `re`, where it means the same here: bounded in size, linear in time.
pub(super) fn pattern(text: &str) -> Option<Regex> {
    /// Longer patterns serve other ends than spelling.
    const MOST: usize = 200;
    if text.len() > MOST {
        return None;
    }
    RegexBuilder::new(text).size_limit(64 * 1024).dfa_size_limit(64 * 1024).build().ok()
}

/// `re.sub(pattern, replacement, text)`, for replacements without references.
pub(super) fn substituted(found: &Regex, replacement: &str, text: &str) -> Option<Const> {
    if replacement.contains('\\') || text.len() > SIZE / 16 {
        return None;
    }
    let most = text.len().saturating_add(1).saturating_mul(replacement.len().max(1));
    let text = (most <= SIZE * 4).then(|| found.replace_all(text, regex::NoExpand(replacement)))?;
    Some(Const::Str(text.into_owned()))
}

/// The groups of a match: the whole first.
pub(super) fn groups(found: &Regex, text: &str, from_start: bool) -> Option<Const> {
    let captures = found.captures(text)?;
    if from_start && captures.get(0)?.start() != 0 {
        return None;
    }
    let group = |group: Option<regex::Match<'_>>| group.map_or(Const::None, |group| Const::Str(group.as_str().into()));
    Some(Const::List(captures.iter().map(group).collect()))
}

/// `re.findall(pattern, text)`.
pub(super) fn all(found: &Regex, text: &str) -> Const {
    let one = |captures: regex::Captures<'_>| {
        let text = |index: usize| Const::Str(captures.get(index).map_or("", |group| group.as_str()).into());
        match captures.len() {
            1 => text(0),
            2 => text(1),
            many => Const::List((1..many).map(text).collect()),
        }
    };
    Const::List(found.captures_iter(text).map(one).collect())
}

/// `string.Template(text).substitute(values)`.
pub(super) fn template(text: &str, values: &[(String, Const)]) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = rest.strip_prefix('{');
        let name = braced.unwrap_or(rest);
        let length = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        let (name, after) = name.split_at(length);
        rest = if braced.is_some() { after.strip_prefix('}')? } else { after };
        out.push_str(&values.iter().find(|(own, _)| own == name)?.1.to_text()?);
        if out.len() > SIZE {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// `ast.literal_eval(text)`: strings, numbers and displays of them.
pub(super) fn literal(text: &str) -> Option<Const> {
    let mut reader = Reader { rest: text.trim(), depth: DEPTH };
    let value = reader.value()?;
    reader.rest.trim().is_empty().then_some(value)
}

struct Reader<'t> {
    rest: &'t str,
    depth: u32,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Option<Const> {
        self.rest = self.rest.trim_start();
        for (word, value) in [("None", Const::None), ("True", Const::Bool(true)), ("False", Const::Bool(false))] {
            if self.take(word) {
                return Some(value);
            }
        }
        match self.rest.chars().next()? {
            '[' => self.list("[", "]"),
            '(' => self.list("(", ")"),
            '{' => self.table(),
            '0'..='9' | '-' => {
                let more = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let length = 1 + self.rest[1..].find(|c| !more(c)).unwrap_or(self.rest.len() - 1);
                let (digits, rest) = self.rest.split_at(length);
                self.rest = rest;
                super::number::read(digits, 0)
            }
            _ => {
                let mut value = self.string()?;
                while let Some(more) = self.string() {
                    value = value.joined(more)?;
                }
                Some(value)
            }
        }
    }

    fn list(&mut self, open: &str, close: &str) -> Option<Const> {
        self.depth = self.depth.checked_sub(1)?;
        self.take(open);
        let mut items = Vec::new();
        let mut single = close == ")";
        while !self.take(close) {
            items.push(self.value()?);
            if self.take(",") {
                single = false;
            } else {
                self.rest.trim_start().starts_with(close).then_some(())?;
            }
        }
        self.depth += 1;
        if single && items.len() == 1 { items.pop() } else { Some(Const::List(items)) }
    }

    fn table(&mut self) -> Option<Const> {
        self.depth = self.depth.checked_sub(1)?;
        self.take("{");
        let mut items = Vec::new();
        while !self.take("}") {
            let key = self.value()?;
            self.take(":").then_some(())?;
            items.push((key, self.value()?));
            if !self.take(",") {
                self.rest.trim_start().starts_with('}').then_some(())?;
            }
        }
        self.depth += 1;
        Some(Const::Dict(items))
    }

    fn string(&mut self) -> Option<Const> {
        let rest = self.rest.trim_start();
        let start = rest.find(['\'', '"'])?;
        let prefix = rest[..start].to_ascii_lowercase();
        if !matches!(prefix.as_str(), "" | "b" | "r" | "rb" | "br" | "u") {
            return None;
        }
        let quote = &rest[start..=start];
        let body = &rest[start + 1..];
        let mut end = 0;
        while !body[end..].starts_with(quote) {
            let c = body[end..].chars().next()?;
            end += c.len_utf8();
            if c == '\\' {
                end += body[end..].chars().next()?.len_utf8();
            }
        }
        let text = &body[..end];
        self.rest = &body[end + 1..];
        let text = if prefix.contains('r') || !text.contains('\\') {
            text.to_owned()
        } else {
            codecs::escapes(text.as_bytes(), false)?
        };
        Some(if prefix.contains('b') { Const::Bytes(text.into_bytes()) } else { Const::Str(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read() {
        let text = |text: &str| Const::Str(text.into());
        assert_eq!(literal("'sys' \"tem\""), Some(text("system")));
        assert_eq!(literal("['a', ('b',), {'c': -1}]").unwrap().into_items().unwrap()[0], text("a"));
        assert_eq!(literal("('a')"), Some(text("a")));
        assert_eq!(literal("r'\\x'"), Some(text("\\x")));
        assert_eq!(literal("b'\\x73'"), Some(Const::Bytes(b"s".to_vec())));
        assert_eq!(literal(&"[".repeat(100)), None);
        assert_eq!(literal("f(1)"), None);
    }

    #[test]
    fn entities_patterns_and_templates_are_undone() {
        assert_eq!(unescaped("&#115;y&#x73;t&amp;e & m&bogus;"), "syst&e & m&bogus;");
        let digits = pattern("[0-9]").unwrap();
        assert_eq!(substituted(&digits, "", "s1y2"), Some(Const::Str("sy".into())));
        assert_eq!(
            template("${a}b$$$c", &[("a".into(), Const::Int(1)), ("c".into(), Const::Str("d".into()))]).unwrap(),
            "1b$d"
        );
        assert_eq!(
            json("{\"a\": [\"\\u0073\"]}").unwrap().get(&Const::Str("a".into())).unwrap().at(0),
            Some(Const::Str("s".into()))
        );
    }
}
