//! What files of settings hold, read as the tools read them: an escape or a folded line
//! must not hide a command from a search over lines.

use serde_json::Value;
use serde_saphyr::granit_parser::{self, Event, Parser};

/// How much of a file is read, in bytes; honest settings stay far below.
const MOST_BYTES: usize = 256 * 1024;
/// How many texts of one file are looked at.
const MOST_TEXTS: usize = 20_000;
/// Values inside values.
const MOST_DEPTH: usize = 64;

/// The texts that a file of settings holds, with the lines they begin in as far as these are told; none where the file
/// cannot be read. Of a program and its arguments the whole line is a text as well.
pub(super) fn texts(ending: &str, text: &str) -> Vec<(Option<u32>, String)> {
    if text.len() > MOST_BYTES {
        return Vec::new();
    }
    match ending {
        "yml" | "yaml" => scalars(text),
        "json" | "jsonc" | "code-workspace" => json(text).map(|value| of_json(&value)).unwrap_or_default(),
        "toml" => match toml::from_str::<Value>(text) {
            Ok(value) => of_json(&value),
            Err(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The texts of every document, up to the first fault.
fn scalars(text: &str) -> Vec<(Option<u32>, String)> {
    let options = granit_parser::options! {
        flow_nesting_limit: MOST_DEPTH,
        block_nesting_limit: MOST_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut out = Vec::new();
    while let Some(Ok((event, place))) = parser.next_event() {
        if out.len() >= MOST_TEXTS {
            break;
        }
        if let Event::Scalar(text, ..) = event {
            out.push((u32::try_from(place.start.line()).ok(), text.into_owned()));
        }
    }
    out
}

fn of_json(value: &Value) -> Vec<(Option<u32>, String)> {
    let mut out = Vec::new();
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        if out.len() >= MOST_TEXTS {
            break;
        }
        match value {
            Value::String(text) => out.push((None, text.clone())),
            Value::Array(all) => pending.extend(all),
            Value::Object(all) => {
                out.extend(command(value).filter(|line| line.contains(' ')).map(|line| (None, line)));
                pending.extend(all.values());
            }
            _ => {}
        }
    }
    out
}

/// The command line of an object that names a program and its arguments.
pub(super) fn command(object: &Value) -> Option<String> {
    let mut line = object.get("command")?.as_str()?.to_owned();
    for word in object.get("args").and_then(Value::as_array).into_iter().flatten() {
        // `{"value": …, "quoting": …}` is an argument, too.
        if let Some(word) = word.as_str().or_else(|| word.get("value")?.as_str()) {
            line.push(' ');
            line.push_str(word);
        }
    }
    Some(line)
}

/// Reads JSON with comments and commas too many, as editors do.
pub(super) fn json(text: &str) -> Option<Value> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut in_text = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' if in_text => {
                plain.push(c);
                plain.extend(rest.next());
            }
            '"' => {
                in_text = !in_text;
                plain.push(c);
            }
            '/' if !in_text && rest.peek() == Some(&'/') => while rest.next_if(|c| *c != '\n').is_some() {},
            '/' if !in_text && rest.peek() == Some(&'*') => {
                rest.next();
                let mut last = ' ';
                for c in rest.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            ']' | '}' if !in_text => {
                let kept = plain.trim_end();
                let kept = kept.strip_suffix(',').unwrap_or(kept).len();
                plain.truncate(kept);
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    serde_json::from_str(&plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_their_tools_read_them() {
        let of = |ending: &str, text: &str| texts(ending, text).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(of("yml", "run: \"\\x63url\"\n---\nb: >\n  x\n  | y\n"), ["run", "curl", "b", "x | y\n"]);
        assert_eq!(of("json", "{ // a\n\"a\": \"\\u0063 // x\", /* b */ }"), ["c // x"]);
        assert_eq!(of("json", r#"{"command": "a", "args": ["b", {"value": "c"}]}"#)[0], "a b c");
        assert_eq!(of("toml", "a = \"\\u0063\"\n"), ["c"]);
        for text in ["{", "[1,", "a: [", "\"", "{\"a\": \"\\", "/*", "//"] {
            assert!(of("json", text).is_empty() && of("toml", text).is_empty(), "{text}");
            drop(of("yml", text));
        }
        let deep = "[".repeat(100_000);
        assert!(of("json", &deep).is_empty() && of("toml", &format!("a = {deep}")).is_empty());
        assert!(of("yaml", &deep).is_empty());
    }
}
