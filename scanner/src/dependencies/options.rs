//! The options of a requirements file's line, as pip's own option reader takes them:
//! long ones may be cut short, values may follow `=`, a blank or nothing.

/// The options that a line may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opt {
    Index,
    ExtraIndex,
    NoIndex,
    FindLinks,
    TrustedHost,
    Requirement,
    Constraint,
    Editable,
    Hash,
    RequireHashes,
    /// One that says nothing about what is installed from where.
    Other,
}

/// Long names, the option, and whether a value follows.
const LONG: &[(&str, Opt, bool)] = &[
    ("config-settings", Opt::Other, true),
    ("constraint", Opt::Constraint, true),
    ("editable", Opt::Editable, true),
    ("extra-index-url", Opt::ExtraIndex, true),
    ("find-links", Opt::FindLinks, true),
    ("global-option", Opt::Other, true),
    ("hash", Opt::Hash, true),
    ("index-url", Opt::Index, true),
    ("install-option", Opt::Other, true),
    ("no-binary", Opt::Other, true),
    ("no-index", Opt::NoIndex, false),
    ("only-binary", Opt::Other, true),
    ("pre", Opt::Other, false),
    ("prefer-binary", Opt::Other, false),
    ("pypi-url", Opt::Index, true),
    ("require-hashes", Opt::RequireHashes, false),
    ("requirement", Opt::Requirement, true),
    ("trusted-host", Opt::TrustedHost, true),
    ("use-feature", Opt::Other, true),
];

const SHORT: &[(char, Opt)] = &[
    ('c', Opt::Constraint),
    ('C', Opt::Other),
    ('e', Opt::Editable),
    ('f', Opt::FindLinks),
    ('i', Opt::Index),
    ('r', Opt::Requirement),
];

/// A line taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken<'a> {
    /// What stands before the options.
    pub(super) requirement: &'a str,
    /// The options in order, with their values.
    pub(super) options: Vec<(Opt, String)>,
}

/// Takes a line apart; the error says what is wrong.
pub(super) fn take(line: &str) -> Result<Taken<'_>, String> {
    let start = option_start(line);
    let (requirement, rest) = line.split_at(start);
    let mut words = words(rest)?.into_iter();
    let mut options = Vec::new();
    while let Some(word) = words.next() {
        let (opt, takes, value) = known(&word)?;
        let value = match value {
            Some(value) => value,
            None if takes => words.next().ok_or_else(|| format!("the option {} lacks its value", shown(&word)))?,
            None => String::new(),
        };
        options.push((opt, value));
    }
    Ok(Taken { requirement: requirement.trim(), options })
}

/// Where the first word begins that starts with a hyphen.
fn option_start(line: &str) -> usize {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '-' && before.is_whitespace() {
            return at;
        }
        before = c;
    }
    line.len()
}

fn known(word: &str) -> Result<(Opt, bool, Option<String>), String> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
        // Cut names are taken as well, as long as they fit one option.
        let exact = LONG.iter().find(|(known, ..)| *known == name);
        let mut fitting = LONG.iter().filter(|(known, ..)| !name.is_empty() && known.starts_with(name));
        let first = exact.or_else(|| fitting.next());
        let single = exact.is_some() || fitting.next().is_none();
        return match first {
            Some((_, opt, takes)) if single => Ok((*opt, *takes, value)),
            _ => Err(format!("there is no option {}", shown(word))),
        };
    }
    let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
    let letter = letters.next();
    let value = Some(letters.as_str()).filter(|rest| !rest.is_empty()).map(str::to_owned);
    match SHORT.iter().find(|(known, _)| Some(*known) == letter) {
        Some((_, opt)) => Ok((*opt, true, value)),
        None if word.starts_with('-') => Err(format!("there is no option {}", shown(word))),
        None => Err(format!("{} cannot stand after an option", shown(word))),
    }
}

fn shown(word: &str) -> String {
    airlock_model::escape::quoted(&super::inventory::redacted(word))
}

/// Words as a shell cuts them: quotation marks hold together, a backslash takes what follows.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(chars.next()),
            quote @ ('"' | '\'') => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        None => return Err("a quotation mark is not closed".to_owned()),
                        Some(c) if c == quote => break,
                        Some('\\') if quote == '"' => word.extend(chars.next()),
                        Some(c) => word.push(c),
                    }
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Vec<(Opt, String)> {
        take(line).unwrap_or_else(|error| panic!("{line}: {error}")).options
    }

    #[test]
    fn options_are_known_however_they_are_written() {
        let url = |opt| vec![(opt, "https://h/s".to_owned())];
        for line in [
            "--index-url https://h/s",
            "--index-url=https://h/s",
            "-i https://h/s",
            "-ihttps://h/s",
            "--index 'https://h/s'",
            "--pypi-url https://h/s",
        ] {
            assert_eq!(options(line), url(Opt::Index), "{line}");
        }
        for line in ["--extra-index-url https://h/s", "--extra=https://h/s", "--e\\xtra-i https://h/s"] {
            assert_eq!(options(line), url(Opt::ExtraIndex), "{line}");
        }
        assert_eq!(options("--pre --no-index"), [(Opt::Other, String::new()), (Opt::NoIndex, String::new())]);
    }

    #[test]
    fn options_follow_a_requirement() {
        let taken = take("a-b==1 ; x  --hash=sha256:ab --hash sha256:cd").expect("a line");
        assert_eq!(taken.requirement, "a-b==1 ; x");
        let hashes = ["sha256:ab", "sha256:cd"].map(|hash| (Opt::Hash, hash.to_owned()));
        assert_eq!(taken.options, hashes);
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for line in ["--evil x", "-x", "--no x", "-i", "--index-url 'x", "a --pre b", "-- x"] {
            assert!(take(line).is_err(), "{line}");
        }
    }
}
