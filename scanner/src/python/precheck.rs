//! A look at the bytes before anything is parsed, so that a tree deep enough to
//! overflow a stack is never built.
//!
//! CPython refuses source with over 200 nested brackets or 100 indents
//! (`MAXLEVEL` and `MAXINDENT` in its tokenizer), and its compiler refuses
//! expressions some thousands of operators deep. What no interpreter would run
//! needs no tree. This is a small lexer of its own because it must be cheap; where
//! it and the parser should ever disagree about a string, the model's own depth
//! limit still holds.

/// Nested brackets, replacement fields of f-strings among them.
const BRACKETS: usize = 200;
/// Nested indented blocks.
const INDENTS: usize = 100;
/// Operators, calls and attribute steps that can stand on top of one another in
/// one expression, added up through its brackets.
const OPERATORS: u32 = 4000;

/// What is too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooDeep {
    /// Brackets.
    Brackets,
    /// Indented blocks.
    Indents,
    /// Operators of one expression.
    Operators,
}

impl TooDeep {
    /// What is wrong, as a sentence.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Brackets => "brackets are nested more than 200 deep, which the interpreter refuses",
            Self::Indents => "blocks are nested more than 100 deep, which the interpreter refuses",
            Self::Operators => "one expression chains more than 4000 operators, which the compiler refuses",
        }
    }
}

/// Refuses text whose tree would be too deep, with the byte offset of the place.
pub(crate) fn check(text: &str) -> Result<(), (TooDeep, usize)> {
    let mut lexer = Lexer {
        bytes: text.as_bytes(),
        at: 0,
        levels: vec![Level { mode: Mode::Module, operators: 0 }],
        operators: 0,
        indents: Vec::new(),
    };
    lexer.line_start()?;
    while lexer.at < lexer.bytes.len() {
        match lexer.mode() {
            Mode::Text { quote, triple, raw } => lexer.text(quote, triple, raw)?,
            Mode::Spec => lexer.spec()?,
            Mode::Module | Mode::Bracket | Mode::Field => lexer.code()?,
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Mode {
    Module,
    Bracket,
    /// Between the quotes of an f-string.
    Text {
        quote: u8,
        triple: bool,
        raw: bool,
    },
    /// The expression of a replacement field.
    Field,
    /// The format specification of a replacement field.
    Spec,
}

struct Level {
    mode: Mode,
    operators: u32,
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    operators: u32,
    indents: Vec<u32>,
}

type Step = Result<(), (TooDeep, usize)>;

/// Bytes that a name or keyword goes on with.
const WORD: [bool; 256] = {
    let mut word = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        word[byte] = byte >= 0x80 || byte == b'_' as usize || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    word
};

impl Lexer<'_> {
    fn mode(&self) -> Mode {
        self.levels.last().map_or(Mode::Module, |level| level.mode)
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, mode: Mode) -> Step {
        self.operator()?;
        if self.levels.len() > BRACKETS {
            return Err((TooDeep::Brackets, self.at));
        }
        self.levels.push(Level { mode, operators: 0 });
        Ok(())
    }

    fn pop(&mut self) {
        if self.levels.len() > 1
            && let Some(level) = self.levels.pop()
        {
            self.operators -= level.operators;
        }
    }

    fn operator(&mut self) -> Step {
        if let Some(level) = self.levels.last_mut() {
            level.operators += 1;
            self.operators += 1;
        }
        if self.operators > OPERATORS { Err((TooDeep::Operators, self.at)) } else { Ok(()) }
    }

    /// A comma, semicolon or line end: what follows does not stand on what came.
    fn fresh(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.operators -= level.operators;
            level.operators = 0;
        }
    }

    /// Code, up to where something else may begin.
    fn code(&mut self) -> Step {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                // Blanks and digits say nothing, and there are many.
                b' ' | b'0'..=b'9' => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|byte| !matches!(byte, b' ' | b'0'..=b'9')).unwrap_or(rest.len());
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => {
                    if self.word()? {
                        return Ok(());
                    }
                    continue;
                }
                b'"' | b'\'' => return self.string(b""),
                b'#' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                    continue;
                }
                b'\n' | b'\r' => {
                    self.at += 1;
                    if matches!(self.mode(), Mode::Module) {
                        self.fresh();
                        self.line_start()?;
                    }
                    continue;
                }
                b'\\' => {
                    self.at += if self.peek(1) == b'\r' && self.peek(2) == b'\n' { 3 } else { 2 };
                    continue;
                }
                b'(' | b'[' | b'{' => self.push(Mode::Bracket)?,
                b')' | b']' | b'}' => {
                    self.at += 1;
                    if let Mode::Bracket | Mode::Field = self.mode() {
                        self.pop();
                    }
                    return Ok(());
                }
                b',' | b';' => self.fresh(),
                b':' => {
                    if let Some(level) = self.levels.last_mut()
                        && matches!(level.mode, Mode::Field)
                    {
                        level.mode = Mode::Spec;
                        self.at += 1;
                        return Ok(());
                    }
                }
                b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'<' | b'>' | b'.' => {
                    self.operator()?;
                }
                _ => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    /// A name, a keyword, or the prefix of a string with the string, which it tells.
    fn word(&mut self) -> Result<bool, (TooDeep, usize)> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !WORD[usize::from(*byte)]).unwrap_or(rest.len());
        let word = &rest[..length];
        self.at += length;
        if length <= 2 && matches!(self.peek(0), b'"' | b'\'') {
            self.string(word)?;
            return Ok(true);
        }
        if length <= 6 && matches!(word, b"not" | b"if" | b"else" | b"lambda" | b"await" | b"yield") {
            self.operator()?;
        }
        Ok(false)
    }

    /// A string whose opening quote is next.
    fn string(&mut self, prefix: &[u8]) -> Step {
        let quote = self.bytes[self.at];
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        let has = |letter: u8| prefix.iter().any(|b| b.to_ascii_lowercase() == letter);
        if has(b'f') || has(b't') {
            return self.push(Mode::Text { quote, triple, raw: has(b'r') });
        }
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            // Long texts stand between three quotes, short ones between one.
            let next = if triple {
                memchr::memchr2(quote, b'\\', rest)
            } else {
                rest.iter().position(|byte| *byte == quote || matches!(byte, b'\\' | b'\n' | b'\r'))
            };
            let Some(next) = next else {
                self.at = self.bytes.len();
                return Ok(());
            };
            self.at += next;
            let byte = rest[next];
            if byte == b'\\' {
                self.at += if self.peek(1) == b'\r' && self.peek(2) == b'\n' { 3 } else { 2 };
            } else if byte == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) {
                self.at += if triple { 3 } else { 1 };
                return Ok(());
            } else if byte == quote {
                self.at += 1;
            } else {
                return Ok(());
            }
        }
    }

    /// The literal part of an f-string up to its next field or its end.
    fn text(&mut self, quote: u8, triple: bool, raw: bool) -> Step {
        while self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            if byte == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) {
                self.at += if triple { 3 } else { 1 };
                self.pop();
                return Ok(());
            }
            match byte {
                b'\\' if !raw && self.peek(1) == b'N' && self.peek(2) == b'{' => self.at += 3,
                b'\\' if matches!(self.peek(1), b'{' | b'}') => self.at += 1,
                b'\\' => self.at += 2,
                b'{' if self.peek(1) == b'{' => self.at += 2,
                b'{' => {
                    self.push(Mode::Field)?;
                    self.at += 1;
                    return Ok(());
                }
                b'\n' | b'\r' if !triple => {
                    self.pop();
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// One byte of a format specification.
    fn spec(&mut self) -> Step {
        match self.bytes[self.at] {
            b'{' => self.push(Mode::Field)?,
            b'}' => self.pop(),
            b'\n' | b'\r' if self.in_single_quotes() => {
                self.pop();
                return Ok(());
            }
            byte if self.ends_text(byte) => {
                self.pop();
                return Ok(());
            }
            _ => {}
        }
        self.at += 1;
        Ok(())
    }

    fn around(&self) -> Option<Mode> {
        self.levels.len().checked_sub(2).map(|below| self.levels[below].mode)
    }

    fn in_single_quotes(&self) -> bool {
        matches!(self.around(), Some(Mode::Text { triple: false, .. }))
    }

    fn ends_text(&self, byte: u8) -> bool {
        matches!(self.around(), Some(Mode::Text { quote, triple, .. })
            if quote == byte && (!triple || (self.peek(1) == quote && self.peek(2) == quote)))
    }

    /// Measures the indentation of a logical line; blank lines and comments have none.
    fn line_start(&mut self) -> Step {
        let mut column = 0u32;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b' ' => column += 1,
                b'\t' => column = (column / 8 + 1) * 8,
                b'\x0c' => column = 0,
                _ => break,
            }
            self.at += 1;
        }
        if matches!(self.peek(0), b'\n' | b'\r' | b'#' | 0) {
            return Ok(());
        }
        while self.indents.last().is_some_and(|open| column < *open) {
            self.indents.pop();
        }
        if column > self.indents.last().copied().unwrap_or(0) {
            self.indents.push(column);
        }
        if self.indents.len() > INDENTS { Err((TooDeep::Indents, self.at)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<TooDeep> {
        check(text).err().map(|(kind, _)| kind)
    }

    #[test]
    fn what_the_interpreter_refuses_is_refused() {
        assert_eq!(kind(&"(".repeat(201)), Some(TooDeep::Brackets));
        assert_eq!(kind(&"([".repeat(500_000)), Some(TooDeep::Brackets));
        assert_eq!(kind(&("-".repeat(1_000_000) + "1")), Some(TooDeep::Operators));
        assert_eq!(kind(&("1".to_owned() + &"+1".repeat(500_000))), Some(TooDeep::Operators));
        assert_eq!(kind(&("lambda: ".repeat(5000) + "1")), Some(TooDeep::Operators));
        assert_eq!(kind(&("a".to_owned() + &"()".repeat(5000))), Some(TooDeep::Operators));
        assert_eq!(kind(&("a if b else ".repeat(5000) + "c")), Some(TooDeep::Operators));
        assert_eq!(kind(&"f'{".repeat(5000)), Some(TooDeep::Brackets));
        assert_eq!(kind(&"f'{x:{".repeat(5000)), Some(TooDeep::Brackets));
        let blocks: String = (0..102).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
        assert_eq!(kind(&blocks), Some(TooDeep::Indents));
    }

    #[test]
    fn deep_levels_add_up() {
        let level = format!("({}", "1+".repeat(100));
        assert_eq!(kind(&level.repeat(150)), Some(TooDeep::Operators));
    }

    #[test]
    fn long_but_shallow_source_passes() {
        assert_eq!(kind(&"f(x, [1, 2], {'a': -1})\n".repeat(10_000)), None);
        assert_eq!(kind(&format!("x = [{}]", "-1, ".repeat(100_000))), None);
        assert_eq!(kind(&format!("x = ({})", "'a' ".repeat(100_000))), None);
        assert_eq!(kind(&format!("x = '{}'", "(".repeat(1000))), None);
        assert_eq!(kind(&format!("'''{}'''", "(\n".repeat(1000))), None);
        assert_eq!(kind(&format!("# {}\n", "(".repeat(1000))), None);
        assert_eq!(kind(&"f'{x!r:>{w}} {{ \\N{DASH} {d[\"k\"]}' + rf'\\{x}'\n".repeat(1000)), None);
        assert_eq!(kind(&"if x:\n  if y:\n    z()\n\n# c\n".repeat(1000)), None);
    }
}
