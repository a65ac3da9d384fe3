// What makes two printings of one licence the same: its words, five at a time. The build script uses this file
// too, on the texts of the licences, so it knows nothing else of this crate.

/// Words of one shingle.
pub(crate) const WORDS: usize = 5;

/// The hashes of every five words in a row, each once, in the order of the text. Copyright lines, which name
/// the owner, and everything but letters and digits are left out; so are single characters,
/// which number clauses in one printing and not in another.
pub(crate) fn shingles(text: &str) -> Vec<u64> {
    let words: Vec<String> = text.lines().filter(|line| !is_owner(line)).flat_map(words).collect();
    let mut seen = std::collections::HashSet::new();
    words.windows(WORDS).map(hash).filter(|hash| seen.insert(*hash)).collect()
}

/// The most words of a line that names an owner; some print a whole licence on one line.
const OWNER_WORDS: usize = 40;

/// Whether a line says who owns the rights.
pub(crate) fn is_owner(line: &str) -> bool {
    if line.split_whitespace().nth(OWNER_WORDS).is_some() {
        return false;
    }
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != '©').to_lowercase();
    let Some(rest) = line.strip_prefix("copyright") else {
        return line.starts_with('©') || line.starts_with("all rights reserved");
    };
    rest.trim_start().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '(' | '©' | '<' | '[' | '{'))
}

pub(crate) fn words(line: &str) -> Vec<String> {
    line.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().nth(1).is_some())
        .map(str::to_lowercase)
        .collect()
}

/// FNV-1a, which is the same on every machine.
pub(crate) fn hash(words: &[String]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in words.iter().flat_map(|word| word.bytes().chain([b' '])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
