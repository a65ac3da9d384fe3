//! Many words looked for in a text at once.
//!
//! An automaton has to know where the last letter led it before it can look at the next one, and over the texts of a
//! program, which hold next to none of the words, that waiting was a twentieth of a scan. Here each place of a text is
//! asked by itself whether three letters stand there that some word has, those that are likely to be its rarest, and
//! few places are compared with any word.

/// How many letters of a word are looked for, and how few a word may have.
const LETTERS: usize = 3;
/// How many bits of their number tell them apart.
const BITS: u32 = 15;

/// How many groups of numbers there are.
const GROUPS: usize = 256;

/// What texts are made of, from the most frequent on; anything else is rarer.
const FREQUENT: &[u8] = b" etaoinsrlcdmpu_.fgh,bvyk/-w0123456789x";

/// Whether small letters are as good as capital ones; only those of ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Exact,
    Either,
}

/// Words to look for.
pub(crate) struct Words {
    words: Vec<&'static str>,
    case: Case,
    /// Which numbers any word's letters have.
    there: Box<[u64; 1 << (BITS - 6)]>,
    /// The words' letters, by number.
    places: Vec<Place>,
    /// Where among them each group of numbers begins, and where the last ends.
    groups: [u16; GROUPS + 1],
}

/// The rarest letters of a word.
struct Place {
    number: u16,
    /// How far from its beginning they stand, in bytes.
    offset: u16,
    word: u16,
}

/// A word that stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its place among the words.
    pub(crate) word: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Words {
    /// Words of at least three bytes.
    ///
    /// # Panics
    ///
    /// If one is shorter, or they are more or longer than numbers of 16 bits count.
    pub(crate) fn new(case: Case, words: impl Iterator<Item = &'static str>) -> Self {
        let words: Vec<&'static str> = words.collect();
        let mut there = Box::new([0; 1 << (BITS - 6)]);
        let short = |number: usize| u16::try_from(number).expect("the words are few and short");
        let place = |(word, text): (usize, &&str)| {
            let letters = text.as_bytes().array_windows().enumerate();
            let (offset, rarest) = letters.max_by_key(|(_, letters)| rarity(**letters)).expect("no word is that short");
            let number = number(*rarest);
            there[usize::from(number) / 64] |= 1 << (number % 64);
            Place { number, offset: short(offset), word: short(word) }
        };
        let mut places: Vec<Place> = words.iter().enumerate().map(place).collect();
        places.sort_unstable_by_key(|place| place.number);
        let begins = |group| short(places.partition_point(|place| group_of(place.number) < group));
        let groups = std::array::from_fn(begins);
        Self { words, case, there, places, groups }
    }

    /// Tells of each word wherever it stands in a text, also within another; in no order.
    pub(crate) fn each(&self, text: &[u8], mut tell: impl FnMut(Found)) {
        // Four bytes are fetched at once as easily as one.
        for (at, [a, b, c, _]) in text.array_windows().enumerate() {
            let number = number([*a, *b, *c]);
            if self.may_stand(number) {
                self.each_at(text, at, number, &mut tell);
            }
        }
        if let Some(number) = text.last_chunk().map(|letters| number(*letters)).filter(|last| self.may_stand(*last)) {
            self.each_at(text, text.len() - LETTERS, number, &mut tell);
        }
    }

    fn may_stand(&self, number: u16) -> bool {
        self.there[usize::from(number) / 64] & (1 << (number % 64)) != 0
    }

    /// Tells of the words whose letters, which have this number, stand here.
    #[inline(never)]
    fn each_at(&self, text: &[u8], at: usize, number: u16, tell: &mut dyn FnMut(Found)) {
        let group = group_of(number);
        let group = &self.places[self.groups[group].into()..self.groups[group + 1].into()];
        let places = group.iter().filter(|place| place.number == number);
        places.filter_map(|place| self.stands(text, at, place)).for_each(tell);
    }

    /// The word whose letters may stand in a text, if it does.
    fn stands(&self, text: &[u8], at: usize, place: &Place) -> Option<Found> {
        let word = self.words[usize::from(place.word)].as_bytes();
        let start = at.checked_sub(usize::from(place.offset))?;
        let end = start + word.len();
        let there = text.get(start..end)?;
        let is_it = match self.case {
            Case::Exact => there == word,
            Case::Either => there.eq_ignore_ascii_case(word),
        };
        is_it.then_some(Found { word: usize::from(place.word), start, end })
    }
}

/// A number of few bits that letters have in either case.
fn number([a, b, c]: [u8; LETTERS]) -> u16 {
    let folded = u32::from_le_bytes([a, b, c, 0]) | 0x20_2020;
    (folded.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as u16
}

fn group_of(number: u16) -> usize {
    usize::from(number) >> (BITS - GROUPS.ilog2())
}

fn rarity(letters: [u8; LETTERS]) -> usize {
    let one = |letter: u8| FREQUENT.iter().position(|known| *known == letter.to_ascii_lowercase());
    letters.into_iter().map(|letter| one(letter).unwrap_or(FREQUENT.len())).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: [&str; 9] = ["id_rsa", "pastebin.com", "/.ssh", "i2p", "aaa", "aaaa", "abab", "AKIA", "bin.co"];

    /// By asking each word at each place.
    fn one_by_one(case: Case, text: &str) -> Vec<(usize, usize)> {
        let is_it = |there: &[u8], word: &str| match case {
            Case::Exact => there == word.as_bytes(),
            Case::Either => there.eq_ignore_ascii_case(word.as_bytes()),
        };
        let of = |(number, word): (usize, &&str)| {
            let starts = text.as_bytes().windows(word.len()).enumerate().filter(|(_, there)| is_it(there, word));
            starts.map(|(start, _)| (number, start)).collect::<Vec<_>>()
        };
        WORDS.iter().enumerate().flat_map(of).collect()
    }

    fn found(case: Case, text: &str) -> Vec<(usize, usize)> {
        let words = Words::new(case, WORDS.into_iter());
        let mut found = Vec::new();
        words.each(text.as_bytes(), |one| found.push((one.word, one.start)));
        found.sort_unstable();
        found
    }

    #[test]
    fn words_stand_at_the_ends_of_texts_within_others_and_in_either_case() {
        assert_eq!(found(Case::Either, "ID_RSA"), [(0, 0)]);
        assert_eq!(found(Case::Exact, "ID_RSA"), []);
        assert_eq!(found(Case::Exact, "é~/.ssh"), [(2, 3)]);
        assert_eq!(found(Case::Exact, "i2p"), [(3, 0)]);
        assert_eq!(found(Case::Exact, "pastebin.com"), [(1, 0), (8, 5)]);
        assert_eq!(found(Case::Exact, "aaaaa"), [(4, 0), (4, 1), (4, 2), (5, 0), (5, 1)]);
        assert_eq!(found(Case::Either, "i2"), []);
        assert_eq!(found(Case::Either, ""), []);
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_each_word_finds(
            text in "([aAbiI2pP./_é]|id_rsa|pastebin|\\.com|AKIA){0,24}",
            either in any::<bool>(),
        ) {
            let case = if either { Case::Either } else { Case::Exact };
            prop_assert_eq!(found(case, &text), one_by_one(case, &text));
        }
    }
}
