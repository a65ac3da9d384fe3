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

/// The classes of operators that hold one another by their precedence, tightest first. A chain of one class is as deep
/// as it is long; an operator of a looser class ends the chains of all tighter ones, whose operands stand beside one
/// another from then on.
mod class {
    /// Signs, powers, calls, subscripts and attribute steps, which hold one another in both directions.
    pub(super) const TIGHT: usize = 0;
    pub(super) const PRODUCT: usize = 1;
    pub(super) const SUM: usize = 2;
    pub(super) const SHIFT: usize = 3;
    pub(super) const AND: usize = 4;
    pub(super) const XOR: usize = 5;
    pub(super) const OR: usize = 6;
    pub(super) const COUNT: usize = 7;
}

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
    let mut lexer = Lexer {
        bytes: text.as_bytes(),
        at: 0,
        levels: vec![Level::of(Mode::Module)],
        around: 0,
        after_operand: false,
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

/// What stands between two brackets, as far as it was read.
struct Level {
    mode: Mode,
    /// The chains that are still going on.
    open: [u32; class::COUNT],
    /// The longest chain of each class since the last comma.
    longest: [u32; class::COUNT],
    /// Keywords that hold all that follows, and what held them, since the last comma.
    keywords: u32,
    /// The deepest pair of brackets that was closed since the last comma.
    closed: u32,
    /// The deepest of what came before the last comma.
    done: u32,
    /// Lambdas whose parameters have not ended, the commas between which are no new beginning.
    parameters: u32,
    /// Whether a `yield` came, which takes what stands behind commas too.
    yields: bool,
}

impl Level {
    const fn of(mode: Mode) -> Self {
        Self {
            mode,
            open: [0; class::COUNT],
            longest: [0; class::COUNT],
            keywords: 0,
            closed: 0,
            done: 0,
            parameters: 0,
            yields: false,
        }
    }

    /// What an operand written here can have on top of it, at most: a path from the root goes through one chain of each
    /// class.
    fn own(&self) -> u32 {
        self.keywords + self.longest.iter().sum::<u32>()
    }

    /// How deep it is as a whole.
    fn depth(&self) -> u32 {
        self.done.max(self.own() + self.closed)
    }

    /// A comma, or what else makes a new beginning.
    fn fresh(&mut self) {
        if self.parameters > 0 || self.yields {
            self.open.fill(0);
            return;
        }
        *self = Self { done: self.depth(), ..Self::of(self.mode) };
    }
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
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                    continue;
                }
                b'\n' | b'\r' => {
                    self.at += 1;
                    if matches!(self.mode(), Mode::Module) {
                        self.statement();
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
    fn what_was_closed_counts_for_what_goes_on() {
        let level = |inner: String| format!("({inner}{})", "+1".repeat(90));
        assert_eq!(kind(&(0..20).fold("1".to_owned(), |inner, _| level(inner))), None);
        assert_eq!(kind(&(0..150).fold("1".to_owned(), |inner, _| level(inner))), Some(TooDeep::Operators));
        let call = |inner: String| format!("f(1, {inner}{}, 2)", ".a".repeat(90));
        assert_eq!(kind(&(0..150).fold("1".to_owned(), |inner, _| call(inner))), Some(TooDeep::Operators));
    }

    #[test]
    fn operands_side_by_side_do_not_add_up() {
        let term = "-2*s1**8*s3*s4 - f(s1)**7*s4.real**2 + 1.5e-3*s1**6//s2<<3 ";
        assert_eq!(kind(&format!("x = ({}0)\n", format!("{term}+ ").repeat(200))), None);
        assert_eq!(kind(&format!("x = {}0\n", format!("{term}== ").repeat(5000))), None);
        assert_eq!(kind(&format!("x = {}0\n", "a + b - c < 3 and d.e is f or ".repeat(5000))), None);
        assert_eq!(kind(&format!("x = {}0\n", "a*b + ".repeat(3900))), None);
        assert_eq!(kind(&format!("x = {}0\n", "a*b + ".repeat(4100))), Some(TooDeep::Operators));
    }

    #[test]
    fn fields_of_one_text_do_not_add_up() {
        assert_eq!(kind(&format!("x = f'{}'\n", "{a.b} ".repeat(5000))), None);
    }

    #[test]
    fn no_sign_ends_a_chain_that_goes_on() {
        for unit in [
            "2**-",
            "2**1e-5**",
            "2**1.e-5**",
            "2**.5e+5**",
            "2**1_0e-5**",
            "-2**+",
            "~a.b**",
            "a**-f(1)**",
            "not -",
            "await -",
            "0if 0else ",
            "0 if-0 else-",
            "lambda:-",
            "lambda x=-1: ",
            "lambda a, b: ",
            "lambda a=lambda: 1, b=2: ",
            "yield a, ",
        ] {
            assert_eq!(kind(&format!("x = {}1\n", unit.repeat(4100))), Some(TooDeep::Operators), "{unit}");
        }
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
