//! Whether a text may hold a word at all: most texts of a program are short, and hold none of four letters that each word
//! has.

/// How many bytes of a word are looked for.
const LETTERS: usize = 4;
/// How many bits of their number tell them apart.
const BITS: u32 = 15;

/// What texts are made of, from the most frequent on; anything else is rarer.
const FREQUENT: &[u8] = b" etaoinsrlcdmpu_.fgh,bvyk/-w0123456789x";

/// For each word the four letters in a row of it that are likely to be the rarest.
pub(super) struct Rare {
    there: Box<[u64; 1 << (BITS - 6)]>,
}

impl Rare {
    /// Of words that have four letters, or three as the last part of a host's name, which stands after a dot.
    pub(super) fn of<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut there = Box::new([0; 1 << (BITS - 6)]);
        for word in words {
            let word = if word.len() < LETTERS { format!(".{word}") } else { word.to_owned() };
            let rarest = word.as_bytes().array_windows().max_by_key(|letters| rarity(letters)).copied();
            let number = number(rarest.expect("words are not that short"));
            there[number / 64] |= 1 << (number % 64);
        }
        Self { there }
    }

    /// Whether any of the words may be in a text.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        let is_there = |letters: &[u8; LETTERS]| {
            let number = number(*letters);
            self.there[number / 64] & (1 << (number % 64)) != 0
        };
        text.as_bytes().array_windows().any(is_there)
    }
}

/// A number of few bits that letters have in either case.
fn number(letters: [u8; LETTERS]) -> usize {
    let folded = u32::from_le_bytes(letters) | 0x2020_2020;
    (folded.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

fn rarity(letters: &[u8; LETTERS]) -> usize {
    let one = |letter: &u8| FREQUENT.iter().position(|known| known == &letter.to_ascii_lowercase());
    letters.iter().map(|letter| one(letter).unwrap_or(FREQUENT.len())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_looked_for_in_either_case_and_most_texts_hold_none() {
        let rare = Rare::of(["id_rsa", "pastebin.com", "/.ssh", "i2p"].into_iter());
        for text in ["~/.ssh/config", "ID_RSA", "https://PasteBin.com/x", "é/.ssh", "http://a.i2p"] {
            assert!(rare.may_be_in(text), "{text}");
        }
        for text in ["", "/.s", "django.contrib.auth", "a sentence of no meaning", "üüü"] {
            assert!(!rare.may_be_in(text), "{text}");
        }
    }
}
