//! What the guest prints: the beginning and the end are kept, in bounded memory.
//! Setting up shows at the beginning, the runner's account of failures at the end.

/// How much of the beginning is kept, in bytes.
const HEAD: usize = 8 * 1024;
/// How much of the end is kept, in bytes.
const TAIL: usize = 56 * 1024;

/// The bounded record of what was printed.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Bytes that are no longer in `tail`.
    dropped: usize,
}

impl Printed {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        // Of one long write only the end can stay, so the rest is never copied.
        let skipped = rest.len().saturating_sub(TAIL);
        if skipped > 0 {
            self.dropped += self.tail.len() + skipped;
            self.tail.clear();
        }
        self.tail.extend_from_slice(&rest[skipped..]);
        if self.tail.len() > 2 * TAIL {
            self.drop_front(self.tail.len() - TAIL);
        }
    }

    /// The text, and whether anything was cut out of it. It is cut at ends of
    /// lines, where there are any.
    pub(crate) fn finish(mut self) -> (String, bool) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if self.tail.len() > TAIL {
            self.drop_front(self.tail.len() - TAIL);
        }
        if self.dropped == 0 {
            self.head.append(&mut self.tail);
            return (text(&self.head), false);
        }
        let line = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        if let Some(start) = line(&self.tail).filter(|start| *start < self.tail.len()) {
            self.drop_front(start);
        }
        let end = self.head.iter().rposition(|byte| *byte == b'\n').map_or(self.head.len(), |end| end + 1);
        let dropped = self.dropped + self.head.len() - end;
        let head = text(&self.head[..end]);
        let gap = if head.ends_with('\n') { "" } else { "\n" };
        (format!("{head}{gap}[… {dropped} bytes are not shown …]\n{}", text(&self.tail)), true)
    }

    fn drop_front(&mut self, bytes: usize) {
        self.tail.drain(..bytes);
        self.dropped += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(parts: impl IntoIterator<Item = Vec<u8>>) -> (String, bool) {
        let mut printed = Printed::default();
        parts.into_iter().for_each(|part| printed.take(&part));
        printed.finish()
    }

    #[test]
    fn short_output_is_kept_as_it_is() {
        assert_eq!(printed([b"one\n".to_vec(), b"tw\xffo".to_vec()]), ("one\ntw\u{fffd}o".into(), false));
        let whole = vec![b'x'; HEAD + TAIL];
        assert_eq!(printed([whole.clone()]), (String::from_utf8(whole).expect("text"), false));
        assert_eq!(printed([]), (String::new(), false));
    }

    #[test]
    fn of_long_output_the_beginning_and_the_end_are_kept_by_whole_lines() {
        let lines: Vec<Vec<u8>> = (0..100_000).map(|n| format!("line {n}\n").into_bytes()).collect();
        let total: usize = lines.iter().map(Vec::len).sum();
        let (text, cut) = printed(lines);
        assert!(cut && text.starts_with("line 0\nline 1\n") && text.ends_with("line 99999\n"));
        assert!(text.len() <= HEAD + TAIL + 64, "{}", text.len());
        let (before, rest) = text.split_once("[… ").expect("a mark");
        let (dropped, after) = rest.split_once(" bytes are not shown …]\n").expect("a mark");
        assert!(before.ends_with('\n') && after.starts_with("line "));
        assert_eq!(before.len() + after.len() + dropped.parse::<usize>().expect("a number"), total);
    }

    #[test]
    fn one_endless_line_is_cut_too() {
        let (text, cut) = printed([vec![b'x'; 1 << 20], b"end".to_vec()]);
        assert!(cut && text.ends_with("xend") && text.len() <= HEAD + TAIL + 64);
    }
}
