//! Where strings, brackets and continued lines leave the reader of a cell.

/// Where in a statement a line ends.
#[derive(Default)]
pub(super) struct State {
    depth: usize,
    /// The quotation mark that is open, and whether it is threefold.
    quote: Option<(char, bool)>,
    continued: bool,
}

impl State {
    pub(super) const fn is_between_statements(&self) -> bool {
        self.depth == 0 && self.quote.is_none() && !self.continued
    }

    pub(super) fn read(&mut self, line: &str) {
        self.continued = false;
        let mut rest = line.chars();
        while let Some(c) = rest.next() {
            let triple = |c: char, rest: &std::str::Chars<'_>| {
                rest.as_str().starts_with([c, c].iter().collect::<String>().as_str())
            };
            match (self.quote, c) {
                (_, '\\') => {
                    self.continued = rest.next().is_none();
                }
                (Some((mark, false)), c) if c == mark => self.quote = None,
                (Some((mark, true)), c) if c == mark && triple(c, &rest) => {
                    rest.nth(1);
                    self.quote = None;
                }
                (Some(_), _) => {}
                (None, '#') => break,
                (None, '\'' | '"') => {
                    let threefold = triple(c, &rest);
                    if threefold {
                        rest.nth(1);
                    }
                    self.quote = Some((c, threefold));
                }
                (None, '(' | '[' | '{') => self.depth += 1,
                (None, ')' | ']' | '}') => self.depth = self.depth.saturating_sub(1),
                (None, _) => {}
            }
        }
        // A string in single quotation marks ends with its line, unless a backslash carries it on.
        if matches!(self.quote, Some((_, false))) && !self.continued {
            self.quote = None;
        }
    }
}
