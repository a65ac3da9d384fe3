//! Words that mark a text as an address, a path or a command of a known kind. One
//! search over each text finds all of them.

mod hosts;
mod machine;
mod stores;

use std::cmp::Reverse;
use std::sync::LazyLock;

use ruff_text_size::TextRange;

use super::addresses::is_below;
use super::check::Check;
use super::paths;
use crate::python::model::written::GAP;
use crate::words::{Case, Words};
use airlock_model::finding::Evidence;

/// How many marks of one file a rule is asked about.
pub(crate) const MARKS_PER_RULE: u32 = 200;

/// What kind of text a word marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Pools and programs that mine.
    Miner,
    /// Services that show whoever owns the address what is sent there.
    Catcher,
    /// Chat services' addresses for incoming messages.
    Webhook,
    /// Sites for pasted text.
    Paste,
    /// Sites for files of anybody.
    Drop,
    /// Ways into a machine behind a firewall.
    Tunnel,
    /// Addresses that stand for others.
    Shortener,
    /// Names that anybody can have for a home machine, and hidden services.
    DynamicName,
    /// Services that tell the asker's own address.
    AddressLookup,
    /// A cloud machine's own credentials.
    Metadata,
    /// Keys and tokens of developers' tools.
    Credential,
    /// What a browser keeps.
    Browser,
    /// What a wallet keeps.
    Wallet,
    /// What a messenger keeps.
    Messenger,
    /// The system's own passwords.
    Passwords,
    /// What was typed into a shell.
    History,
    /// Signs of a virtual machine or of an analyst.
    Machine,
    /// Settings of agents and editors that decide what they run.
    AgentSettings,
}

/// Words by kind.
const WORDS: &[(Mark, &[&str])] = &[
    (Mark::Miner, hosts::MINERS),
    (Mark::Catcher, hosts::CATCHERS),
    (Mark::Webhook, hosts::WEBHOOKS),
    (Mark::Paste, hosts::PASTES),
    (Mark::Drop, hosts::DROPS),
    (Mark::Tunnel, hosts::TUNNELS),
    (Mark::Shortener, hosts::SHORTENERS),
    (Mark::DynamicName, hosts::DYNAMIC_NAMES),
    (Mark::AddressLookup, hosts::ADDRESS_LOOKUPS),
    (Mark::Metadata, hosts::METADATA),
    (Mark::Credential, stores::CREDENTIALS),
    (Mark::Browser, stores::BROWSERS),
    (Mark::Wallet, stores::WALLETS),
    (Mark::Messenger, stores::MESSENGERS),
    (Mark::Passwords, stores::PASSWORDS),
    (Mark::History, stores::HISTORIES),
    (Mark::Machine, machine::MACHINES),
    (Mark::AgentSettings, machine::AGENT_SETTINGS),
];

/// All words in one row, by their numbers.
static ROW: LazyLock<Vec<(Mark, &'static str)>> =
    LazyLock::new(|| WORDS.iter().flat_map(|(mark, words)| words.iter().map(|word| (*mark, *word))).collect());

static SEARCH: LazyLock<Words> = LazyLock::new(|| Words::new(Case::Either, ROW.iter().map(|(_, word)| *word)));

/// How much of a text is searched, in bytes; paths and addresses are short.
const SEARCHED: usize = 64 * 1024;

/// The marks in a text that stand where such words stand: a domain as a host, a path between
/// separators, other words alone. Of words that overlap it is the first, and of those that begin together the longest.
pub(crate) fn find(text: &str) -> Vec<(Mark, &'static str, usize)> {
    let text = &text[..text.floor_char_boundary(SEARCHED)];
    let mut all = Vec::new();
    SEARCH.each(text.as_bytes(), |found| all.push(found));
    all.sort_unstable_by_key(|found| (found.start, Reverse(found.end)));
    let mut free = 0;
    all.retain(|found| {
        let is_free = found.start >= free;
        free = if is_free { found.end } else { free };
        is_free
    });
    let marks = all.into_iter().map(|found| (ROW[found.word], found));
    let standing = marks.filter(|((mark, word), found)| stands(text, found.start, found.end, word, *mark));
    standing.map(|((mark, word), found)| (mark, word, found.start)).collect()
}

/// Whether a word stands in its own right rather than inside another.
fn stands(text: &str, start: usize, end: usize, word: &str, mark: Mark) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    match mark {
        Mark::Catcher
        | Mark::Paste
        | Mark::Drop
        | Mark::Tunnel
        | Mark::Shortener
        | Mark::DynamicName
        | Mark::AddressLookup => is_host_at(text, start, word),
        Mark::Webhook => !joins(before),
        Mark::Miner if word.contains("://") => true,
        Mark::Miner | Mark::Machine => !joins(before) && !after.is_some_and(char::is_alphabetic),
        Mark::Metadata => !joins(before) && !after.is_some_and(char::is_numeric),
        // Names with a blank are words of a sentence as well.
        Mark::Browser | Mark::Wallet | Mark::Messenger => {
            let edge =
                |c: Option<char>| c.is_none_or(|c| matches!(c, '/' | '\\' | '"' | '\'' | '%' | ':' | '*' | '~' | GAP));
            edge(before) && (word.ends_with('/') || edge(after))
        }
        // A name alone could be anything; a path begins where a folder begins.
        _ => {
            let open = word.starts_with('/') || !joins(before);
            // `.aws.amazon.com`, `.npmrc.md` and `.ssh_client` are none.
            let shut =
                word.ends_with('/') || !after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
            open && shut && (!word.starts_with('.') || !before.is_some_and(|c| matches!(c, '*' | '.' | ')' | ']')))
        }
    }
}

/// Whether the word is the end of a host in an address, or the beginning of one with its path.
fn is_host_at(text: &str, start: usize, word: &str) -> bool {
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let from = text[..start]
        .rfind(|c: char| !is_host(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let rest = &text[from..];
    let host = rest.split(|c: char| !is_host(c)).next().unwrap_or_default().to_ascii_lowercase();
    let domain = word.split('/').next().unwrap_or(word);
    let is_address = text[..from].ends_with("://") || text[..from].ends_with('@');
    let alone = from == 0 && (host.len() == text.len() || text[host.len()..].starts_with(['/', ':']));
    is_below(&host, domain) && (is_address || (alone && domain.contains('.')))
}

/// A text that holds a mark.
pub(crate) struct Marked<'t> {
    /// The word, as the list has it.
    pub(crate) word: &'static str,
    /// The whole text, with the gaps of [`crate::python::model::Model::written`].
    pub(crate) text: &'t str,
    /// Where in the text the word begins.
    pub(crate) at: usize,
    pub(crate) range: TextRange,
}

impl Check<'_, '_> {
    /// Something in the same file that speaks to other machines.
    pub(crate) fn network_beside(&self) -> Option<Evidence> {
        self.beside(paths::NETWORK)
    }

    /// Something in the same file that opens, copies or lists files.
    pub(crate) fn files_beside(&self) -> Option<Evidence> {
        self.beside(paths::FILE_OPENERS).or_else(|| self.beside(paths::FILE_READERS)).or_else(|| {
            self.beside(&[
                "shutil.copy",
                "shutil.copy2",
                "shutil.copyfile",
                "shutil.copytree",
                "sqlite3.connect",
                "shutil.make_archive",
                "zipfile.ZipFile().write",
                "os.path.exists",
                "os.path.isfile",
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&'static str> {
        find(text).into_iter().map(|(_, word, _)| word).collect()
    }

    #[test]
    fn words_stand_in_their_own_right() {
        assert_eq!(words("https://bit.ly/x"), ["bit.ly"]);
        assert_eq!(words("https://rabbit.ly/x"), [""; 0]);
        assert_eq!(words("https://a.b.ngrok.io:80/"), ["ngrok.io"]);
        assert_eq!(words("the t.co and s.id words"), [""; 0]);
        assert_eq!(words("~/.ssh/id_rsa"), ["/.ssh", "id_rsa"]);
        assert_eq!(words("valid_rsa"), [""; 0]);
        assert_eq!(words("s3.aws.amazon.com"), [""; 0]);
        assert_eq!(words(".AWS/credentials"), [".aws/credentials"]);
        assert_eq!(words("https://pastebin.com/raw/abc"), ["pastebin.com/raw"]);
        assert_eq!(words("a mirandomx b"), [""; 0]);
    }

    #[test]
    fn each_word_is_found_where_it_stands_for_what_it_marks() {
        for (mark, word) in ROW.iter() {
            let texts = [word.to_string(), format!("https://a.{word}"), format!("https://{word}"), format!("~/{word}")];
            let is_it = |text: &String| find(text).iter().any(|(found, at, _)| (found, at) == (mark, word));
            assert!(texts.iter().any(is_it), "{word}");
            assert!(texts.iter().any(|text| is_it(&text.to_uppercase())), "{word}");
        }
    }
}
