//! Many texts that are kept until all files were read, each once.

use std::hash::{BuildHasher as _, BuildHasherDefault};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;

/// A set of texts in one buffer.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    buffer: String,
    /// Where each begins and ends.
    places: Vec<(u32, u32)>,
    /// Which of them is which, by its text.
    known: HashTable<u32>,
}

impl Texts {
    /// Adds a text, unless it is there; its number. Those that do not fit into four thousand million bytes would take
    /// more memory than a file may, and get none.
    pub(super) fn insert(&mut self, text: &str) -> Option<usize> {
        let Self { buffer, places, known } = self;
        let at = |index: &u32| text_at(buffer, places, *index);
        let index = match known.entry(hash(text), |index| at(index) == text, |index| hash(at(index))) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let count = |number: usize| u32::try_from(number).ok();
                let place = (count(buffer.len())?, count(buffer.len() + text.len())?);
                let index = *vacant.insert(count(places.len())?).get();
                buffer.push_str(text);
                places.push(place);
                index
            }
        };
        Some(index as usize)
    }

    /// In the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).take(self.places.len()).map(|index| text_at(&self.buffer, &self.places, index))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Ready to be kept, when no more come.
    pub(super) fn closed(mut self) -> Self {
        self.known = HashTable::new();
        self.buffer.shrink_to_fit();
        self.places.shrink_to_fit();
        self
    }
}

fn text_at<'t>(buffer: &'t str, places: &[(u32, u32)], index: u32) -> &'t str {
    let (start, end) = places[index as usize];
    &buffer[start as usize..end as usize]
}

fn hash(text: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_kept_once_in_its_order() {
        let mut texts = Texts::default();
        assert!(texts.is_empty());
        let many: Vec<String> = (0..1000).map(|n| format!("p.a{}", n % 500)).collect();
        let all = ["é", "", "p.f()", "é"].into_iter().chain(many.iter().map(String::as_str));
        let numbers: Vec<_> = all.filter_map(|text| texts.insert(text)).collect();
        assert_eq!((&numbers[..5], numbers.len(), numbers.last()), (&[0, 1, 2, 0, 3][..], 1004, Some(&502)));
        let kept: Vec<&str> = texts.iter().collect();
        assert_eq!((&kept[..5], kept.len()), (&["é", "", "p.f()", "p.a0", "p.a1"][..], 503));
        let texts = texts.closed();
        assert!(
            !texts.is_empty()
                && texts.iter().eq(["é", "", "p.f()"].into_iter().chain(many[..500].iter().map(String::as_str)))
        );
    }
}
