//! A look at the bytes before anything is parsed, so that a tree deep enough to
//! overflow a stack is never built.
//!
//! CPython refuses source with over 200 nested brackets or 100 indents
//! (`MAXLEVEL` and `MAXINDENT` in its tokenizer), and its compiler refuses
//! expressions some thousands of operators deep. What no interpreter would run
//! needs no tree. This is a small lexer of its own because it must be cheap; where
//! it and the parser should ever disagree about a string, the model's own depth
//! limit still holds.

mod level;
mod plain;

use self::level::{Level, Mode, class};

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
            Self::Operators => "one expression nests more than 4000 operators, which the compiler refuses",
        }
    }
}

/// Refuses text whose tree would be too deep, with the byte offset of the place.
pub(crate) fn check(text: &str) -> Result<(), (TooDeep, usize)> {
    Lexer::of(text).whole()
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    /// What the levels around the innermost have on top of it.
    around: u32,
    /// Whether a name, a constant or a closing bracket came last, so that a sign is no sign of what follows.
    after_operand: bool,
    indents: Vec<u32>,
    /// Whether statements that cannot be deep are passed over.
    passes_over: bool,
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

impl<'a> Lexer<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            levels: vec![Level::of(Mode::Module)],
            around: 0,
            after_operand: false,
            indents: Vec::new(),
            passes_over: true,
        }
    }

    fn whole(mut self) -> Step {
        self.line_start()?;
        self.plain()?;
        while self.at < self.bytes.len() {
            match self.mode() {
                Mode::Text { quote, triple, raw } => self.text(quote, triple, raw)?,
                Mode::Spec => self.spec()?,
                Mode::Module | Mode::Bracket | Mode::Field => self.code()?,
            }
        }
        Ok(())
    }

    fn mode(&self) -> Mode {
        self.levels.last().map_or(Mode::Module, |level| level.mode)
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, mode: Mode) -> Step {
        self.operator(class::TIGHT)?;
        if self.levels.len() > BRACKETS {
            return Err((TooDeep::Brackets, self.at));
        }
        self.around += self.levels.last().map_or(0, Level::own);
        self.levels.push(Level::of(mode));
        self.after_operand = false;
        Ok(())
    }

    fn pop(&mut self) {
        self.after_operand = true;
        if self.levels.len() > 1
            && let Some(inner) = self.levels.pop()
            && let Some(level) = self.levels.last_mut()
        {
            level.closed = level.closed.max(inner.depth());
            self.around -= level.own();
        }
    }

    /// An operator of a class, which ends the chains of the tighter ones.
    fn operator(&mut self, class: usize) -> Step {
        self.after_operand = false;
        if let Some(level) = self.levels.last_mut() {
            level.open[..class].fill(0);
            level.open[class] += 1;
            level.longest[class] = level.longest[class].max(level.open[class]);
        }
        self.bounded()
    }

    /// A sign that is an operator between two operands and a sign of what follows elsewhere.
    fn sign(&mut self, class: usize) -> Step {
        self.operator(if self.after_operand { class } else { class::TIGHT })
    }

    /// A keyword that holds whatever follows, to the end of the expression.
    fn keyword(&mut self) -> Step {
        self.after_operand = false;
        if let Some(level) = self.levels.last_mut() {
            level.keywords += 1 + level.open.iter().sum::<u32>();
            level.open.fill(0);
        }
        self.bounded()
    }

    /// A comparison or its like: what stands on its sides stands side by side.
    fn beside(&mut self) {
        self.after_operand = false;
        if let Some(level) = self.levels.last_mut() {
            level.open.fill(0);
        }
    }

    fn bounded(&self) -> Step {
        let inner = self.levels.last().map_or(0, |level| level.own() + level.closed);
        if self.around + inner > OPERATORS { Err((TooDeep::Operators, self.at)) } else { Ok(()) }
    }

    /// A comma, semicolon or line end: what follows does not stand on what came.
    fn fresh(&mut self) {
        self.after_operand = false;
        if let Some(level) = self.levels.last_mut() {
            level.fresh();
        }
    }

    /// A line's end outside brackets: nothing that follows stands beside what came.
    fn statement(&mut self) {
        self.after_operand = false;
        if let Some(level) = self.levels.last_mut() {
            *level = Level::of(level.mode);
        }
    }

    /// A number whose first digit is next, with the sign of its exponent.
    fn number(&mut self) {
        let digits = |lexer: &mut Self| {
            while matches!(lexer.peek(0), b'0'..=b'9' | b'_') {
                lexer.at += 1;
            }
        };
        digits(self);
        if self.peek(0) == b'.' {
            self.at += 1;
            digits(self);
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                digits(self);
            }
        }
        self.after_operand = true;
    }

    /// To the end of a comment's line.
    fn comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    /// A backslash and what it takes away the meaning of, a line's end of two bytes as one.
    fn escape(&mut self) {
        self.at += if self.peek(1) == b'\r' && self.peek(2) == b'\n' { 3 } else { 2 };
    }

    /// Code, up to where something else may begin.
    fn code(&mut self) -> Step {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                // Blanks say nothing, and there are many.
                b' ' => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
                    continue;
                }
                b'0'..=b'9' => {
                    self.number();
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
                    self.comment();
                    continue;
                }
                b'\n' | b'\r' => {
                    self.at += 1;
                    if matches!(self.mode(), Mode::Module) {
                        self.statement();
                        self.line_start()?;
                        self.plain()?;
                    }
                    continue;
                }
                b'\\' => {
                    self.escape();
                    continue;
                }
                b'(' | b'[' | b'{' => self.push(Mode::Bracket)?,
                b')' | b']' | b'}' => {
                    self.at += 1;
                    self.after_operand = true;
                    if let Mode::Bracket | Mode::Field = self.mode() {
                        self.pop();
                    }
                    return Ok(());
                }
                b',' | b';' => self.fresh(),
                b'=' | b'!' => self.beside(),
                b':' => {
                    self.after_operand = false;
                    if let Some(level) = self.levels.last_mut() {
                        level.parameters = level.parameters.saturating_sub(1);
                        if matches!(level.mode, Mode::Field) {
                            level.mode = Mode::Spec;
                            self.at += 1;
                            return Ok(());
                        }
                    }
                }
                b'.' | b'~' => self.operator(class::TIGHT)?,
                b'*' if self.peek(1) == b'*' => {
                    self.operator(class::TIGHT)?;
                    self.at += 1;
                }
                b'/' if self.peek(1) == b'/' => {
                    self.sign(class::PRODUCT)?;
                    self.at += 1;
                }
                b'<' | b'>' if self.peek(1) == *byte => {
                    self.sign(class::SHIFT)?;
                    self.at += 1;
                }
                b'*' | b'/' | b'%' | b'@' => self.sign(class::PRODUCT)?,
                b'+' | b'-' => self.sign(class::SUM)?,
                b'&' => self.sign(class::AND)?,
                b'^' => self.sign(class::XOR)?,
                b'|' => self.sign(class::OR)?,
                b'<' | b'>' => self.beside(),
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
        self.after_operand = true;
        match word {
            b"not" | b"if" | b"else" | b"lambda" | b"await" | b"yield" => self.keyword()?,
            b"and" | b"or" | b"in" | b"is" => self.beside(),
            _ => {}
        }
        if let (b"lambda" | b"yield", Some(level)) = (word, self.levels.last_mut()) {
            level.parameters += u32::from(word == b"lambda");
            level.yields |= word == b"yield";
        }
        Ok(false)
    }

    /// A string whose opening quote is next.
    fn string(&mut self, prefix: &[u8]) -> Step {
        let quote = self.bytes[self.at];
        self.after_operand = true;
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
                self.escape();
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
                    // The fields of one text stand side by side.
                    self.fresh();
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
        let rest = &self.bytes[self.at..];
        let blanks = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
        self.at += blanks;
        let mut column = u32::try_from(blanks).unwrap_or(u32::MAX);
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
mod tests;
