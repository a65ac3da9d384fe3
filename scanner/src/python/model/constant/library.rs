//! Functions of the standard library that give constants for constants.

use super::calls::Given;
use super::{Const, Folder, SIZE, builtins, inflate, words};
use unicode_normalization::UnicodeNormalization;

/// `path(…)`.
pub(super) fn call(folder: &mut Folder<'_, '_>, path: &str, given: &Given) -> Option<Const> {
    let first = given.positional.first();
    let text = |index: usize| match given.positional.get(index) {
        Some(Const::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    match path {
        "json.loads" | "json.JSONDecoder().decode" => words::json(&first?.clone().into_text()?),
        // What is compiled is what was parsed.
        "ast.parse" => first.cloned(),
        "ast.literal_eval" => words::literal(text(0)?),
        "unicodedata.normalize" => Some(Const::Str(match text(0)? {
            "NFKC" => text(1)?.nfkc().collect(),
            "NFKD" => text(1)?.nfkd().collect(),
            "NFC" => text(1)?.nfc().collect(),
            "NFD" => text(1)?.nfd().collect(),
            _ => return None,
        })),
        "unicodedata.lookup" => {
            let name = text(0)?;
            let (case, letter) = name.rsplit_once(' ')?;
            let letter = letter.chars().next().filter(|c| c.is_ascii_uppercase() && letter.len() == 1)?;
            match case {
                "LATIN SMALL LETTER" => Some(Const::Str(letter.to_ascii_lowercase().into())),
                "LATIN CAPITAL LETTER" => Some(Const::Str(letter.into())),
                _ => None,
            }
        }
        "html.unescape" => Some(Const::Str(words::unescaped(text(0)?))),
        "textwrap.dedent" | "inspect.cleandoc" => Some(Const::Str(dedented(text(0)?))),
        "shlex.split" => shell_words(text(0)?),
        "io.BytesIO"
        | "io.StringIO"
        | "string.Template"
        | "copy.copy"
        | "copy.deepcopy"
        | "os.fsdecode"
        | "os.fspath"
        | "sys.intern"
        | "typing.cast"
        | "codecs.utf_8_decode"
        | "codecs.latin_1_decode"
        | "codecs.ascii_decode"
        | "codecs.escape_decode"
        | "collections.deque"
        | "collections.OrderedDict"
        | "pathlib.PurePath"
        | "pathlib.Path"
        | "pathlib.PurePosixPath" => wrapped(path, given),
        "os.fsencode" => first?.clone().into_bytes().map(Const::Bytes),
        "gzip.GzipFile" | "bz2.BZ2File" | "lzma.LZMAFile" | "gzip.open" | "bz2.open" | "lzma.open" => {
            let bytes = given.get(2, "fileobj").or(first)?.clone().into_bytes()?;
            folder.decoded();
            Some(Const::Bytes(match path.split('.').next()? {
                "gzip" => inflate::gzip(&bytes)?,
                "bz2" => inflate::bz2(&bytes)?,
                _ => inflate::lzma(&bytes)?,
            }))
        }
        "types.SimpleNamespace" | "argparse.Namespace" => builtins::call("dict", given),
        "array.array" => match (text(0)?, given.positional.get(1)?) {
            ("u" | "w", Const::Str(text)) => Some(Const::Str(text.clone())),
            ("B" | "b", value) => {
                folder.decoded();
                value.clone().into_bytes().map(Const::Bytes)
            }
            _ => None,
        },
        "posixpath.join" | "os.path.join" => {
            let parts: Option<Vec<String>> = given.positional.iter().map(|part| part.clone().into_text()).collect();
            Some(Const::Str(parts?.join("/")))
        }
        "os.path.basename" | "posixpath.basename" => Some(Const::Str(text(0)?.rsplit('/').next()?.to_owned())),
        "os.path.splitext" | "posixpath.splitext" => {
            let name = text(0)?;
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
            let ending = if ending.is_empty() { String::new() } else { format!(".{ending}") };
            Some(Const::List(vec![Const::Str(stem.to_owned()), Const::Str(ending)]))
        }
        _ if path.starts_with("struct.") => packed(folder, path, given),
        _ if path.starts_with("operator.") => operator(path, given),
        _ if path.starts_with("itertools.") => chained(path, given),
        _ if path.starts_with("re.") => matched(path, given),
        _ => None,
    }
}

/// Objects that hold a value and give it back; decoders that give its length as well.
fn wrapped(path: &str, given: &Given) -> Option<Const> {
    let first = given.positional.first()?.clone();
    Some(match path {
        "typing.cast" => given.positional.get(1)?.clone(),
        "os.fsdecode" | "os.fspath" | "sys.intern" => Const::Str(first.into_text()?),
        "codecs.escape_decode" => {
            let text = super::codecs::escapes(&first.into_bytes()?, false)?;
            Const::List(vec![Const::Bytes(text.into_bytes()), Const::None])
        }
        "collections.deque" => Const::List(first.into_items()?),
        _ if path.starts_with("codecs.") => Const::List(vec![Const::Str(first.into_text()?), Const::None]),
        _ => first,
    })
}

fn dedented(text: &str) -> String {
    let margin = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let line = |line: &str| line.get(margin..).unwrap_or_default().to_owned();
    let mut out = text.lines().map(line).collect::<Vec<_>>().join("\n");
    if text.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Words without escapes, in quotes or not.
fn shell_words(text: &str) -> Option<Const> {
    let (mut words, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    for c in text.chars() {
        match (quote, c) {
            (_, '\\') => return None,
            (Some(end), c) if c == end => quote = None,
            (None, '\'' | '"') => (quote, open) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if open || !word.is_empty() {
                    words.push(Const::Str(std::mem::take(&mut word)));
                }
                open = false;
            }
            (_, c) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(Const::Str(word));
    }
    quote.is_none().then_some(Const::List(words))
}

/// `struct.pack` and `struct.unpack` for integers, bytes and padding.
fn packed(folder: &mut Folder<'_, '_>, path: &str, given: &Given) -> Option<Const> {
    let pattern = given.positional.first()?.clone().into_text()?;
    let big = pattern.starts_with(['>', '!']);
    let (mut count, mut out, mut list, mut at) = (None::<usize>, Vec::new(), Vec::new(), 0usize);
    let mut values = given.positional.iter().skip(1);
    let source = match path {
        "struct.pack" => None,
        "struct.unpack" => Some(given.positional.get(1)?.clone().into_bytes()?),
        _ => return None,
    };
    for kind in pattern.chars().filter(|c| !matches!(c, '<' | '>' | '=' | '@' | '!' | ' ')) {
        if let Some(digit) = kind.to_digit(10) {
            count = Some(count.unwrap_or(0).checked_mul(10)?.checked_add(digit as usize)?);
            continue;
        }
        let times = count.take();
        let (width, times) = match kind {
            's' | 'p' | 'x' => (times.unwrap_or(1), 1),
            'b' | 'B' | 'c' | '?' => (1, times.unwrap_or(1)),
            'h' | 'H' => (2, times.unwrap_or(1)),
            'i' | 'I' | 'l' | 'L' => (4, times.unwrap_or(1)),
            'q' | 'Q' => (8, times.unwrap_or(1)),
            _ => return None,
        };
        if width > SIZE || times > SIZE {
            return None;
        }
        for _ in 0..times {
            folder.step()?;
            match &source {
                None => match kind {
                    'x' => out.resize(out.len().checked_add(width)?, 0),
                    's' | 'c' => {
                        let mut bytes = values.next()?.clone().into_bytes()?;
                        bytes.resize(width, 0);
                        out.extend(bytes);
                    }
                    _ => {
                        let wide = values.next()?.as_int()?.to_be_bytes();
                        let bytes = &wide[8 - width..];
                        if big { out.extend(bytes) } else { out.extend(bytes.iter().rev()) }
                    }
                },
                Some(source) => {
                    let bytes = source.get(at..at.checked_add(width)?)?;
                    at += width;
                    match kind {
                        'x' => {}
                        's' | 'c' => list.push(Const::Bytes(bytes.to_vec())),
                        _ => {
                            let mut bytes = bytes.to_vec();
                            if !big {
                                bytes.reverse();
                            }
                            list.push(super::number::of_bytes(&bytes));
                        }
                    }
                }
            }
            if out.len() > SIZE {
                return None;
            }
        }
    }
    folder.decoded();
    Some(if source.is_some() { Const::List(list) } else { Const::Bytes(out) })
}

fn operator(path: &str, given: &Given) -> Option<Const> {
    use ruff_python_ast::Operator;
    let [left, right] = given.positional.as_slice() else { return None };
    let op = match path.strip_prefix("operator.")?.trim_matches('_') {
        "add" | "concat" | "iadd" | "iconcat" => Operator::Add,
        "sub" => Operator::Sub,
        "mul" => Operator::Mult,
        "mod" => Operator::Mod,
        "xor" => Operator::BitXor,
        "or" => Operator::BitOr,
        "and" => Operator::BitAnd,
        "floordiv" => Operator::FloorDiv,
        "getitem" => return left.clone().get(right),
        _ => return None,
    };
    super::binary(op, left.clone(), right.clone())
}

fn chained(path: &str, given: &Given) -> Option<Const> {
    let first = given.positional.first();
    match path {
        "itertools.chain" | "itertools.chain.from_iterable" => {
            let rows =
                if path == "itertools.chain" { given.positional.clone() } else { first?.clone().into_items()? };
            let mut out = Vec::new();
            for row in rows {
                out.extend(row.into_items()?);
                if out.len() > SIZE {
                    return None;
                }
            }
            Some(Const::List(out))
        }
        // As often as anything that it is put beside can need.
        "itertools.cycle" => {
            let items = first?.clone().into_items()?;
            let times = (4096 / items.len().max(1)).max(1);
            Const::List(items).repeated(i64::try_from(times).ok()?)
        }
        "itertools.repeat" => {
            let times = given.positional.get(1)?.as_int()?;
            Const::List(vec![first?.clone()]).repeated(times)
        }
        "itertools.accumulate" if given.positional.len() == 1 => {
            let mut out: Vec<Const> = Vec::new();
            let mut size = 0usize;
            for item in first?.clone().into_items()? {
                let next = match out.last() {
                    Some(last) => last.clone().joined(item)?,
                    None => item,
                };
                size += next.size();
                if size > SIZE {
                    return None;
                }
                out.push(next);
            }
            Some(Const::List(out))
        }
        "itertools.islice" => {
            let bounds: Option<Vec<i64>> = given.positional.iter().skip(1).map(Const::as_int).collect();
            match *bounds?.as_slice() {
                [end] => first?.slice(None, Some(end), 1),
                [start, end] => first?.slice(Some(start), Some(end), 1),
                [start, end, step] => first?.slice(Some(start), Some(end), step),
                _ => None,
            }
        }
        _ => None,
    }
}

fn matched(path: &str, given: &Given) -> Option<Const> {
    let [Const::Str(pattern), rest @ ..] = given.positional.as_slice() else { return None };
    if path == "re.escape" {
        return None;
    }
    let found = words::pattern(pattern)?;
    match (path, rest) {
        ("re.sub", [Const::Str(replacement), Const::Str(text)]) => words::substituted(&found, replacement, text),
        ("re.findall", [Const::Str(text)]) => Some(words::all(&found, text)),
        ("re.split", [Const::Str(text)]) => {
            Some(Const::List(found.split(text).map(|part| Const::Str(part.to_owned())).collect()))
        }
        ("re.match", [Const::Str(text)]) => words::groups(&found, text, true),
        ("re.search", [Const::Str(text)]) => words::groups(&found, text, false),
        _ => None,
    }
}
