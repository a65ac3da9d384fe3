//! The names room: whether a new plugin's name could be taken for one that is known,
//! a listed plugin, a module of the standard library, or a well-known package.
//!
//! How names are compared is [`airlock_model::likeness`]'s matter; this room holds the
//! list of packages. It must **not** know manifests or findings.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use airlock_model::PluginName;
use airlock_model::likeness::{Likeness, likeness, marks};
use airlock_model::stdlib::STANDARD_MODULES;

/// The most downloaded projects of the Python package index in November 2026, most downloaded first.
static PACKAGES: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("packages.txt").split_whitespace().collect());

/// A package further down the list is known to too few for its name to be worth imitating, and nearness
/// to it is mostly chance: of the 2,999 projects below this place, 15 are near to one above it.
const IMITATED: usize = 2000;

/// The packages of the list, to be asked for by name.
static LISTED: LazyLock<HashSet<&str>> = LazyLock::new(|| PACKAGES.iter().copied().collect());

/// Where in the list the packages are that are worth imitating, by what slips of their names have in common with them.
static MARKED: LazyLock<HashMap<Vec<u8>, Vec<usize>>> = LazyLock::new(|| {
    let mut marked: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
    for (place, package) in PACKAGES.iter().take(IMITATED).enumerate() {
        marks(package).into_iter().for_each(|mark| marked.entry(mark).or_default().push(place));
    }
    marked
});

/// How many known names one answer holds.
const MOST: usize = 3;

/// Whose name is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// A plugin of this registry, of another publisher.
    Plugin,
    /// A module of Python's standard library.
    Module,
    /// A package that many projects use.
    Package,
}

/// A known name that a new one is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// What it is the name of.
    pub known: Known,
    /// The known name.
    pub name: String,
    /// How the two are alike.
    pub likeness: Likeness,
}

/// The known names that `name` could be taken for, at most three of each kind, the best known first. Of a
/// package of the very same name nothing else is asked.
#[must_use]
pub fn near(name: &PluginName, listed: &[PluginName]) -> Vec<Near> {
    let mut found = alike(Known::Plugin, name, listed.iter().map(PluginName::as_str));
    found.retain(|near| near.likeness != Likeness::Same);
    let modules = STANDARD_MODULES.iter().copied().filter(|module| !module.starts_with('_'));
    found.extend(alike(Known::Module, name, modules));
    if let Some(same) = PACKAGES.iter().find(|package| **package == name.as_str()) {
        found.push(Near { known: Known::Package, name: (*same).to_owned(), likeness: Likeness::Same });
    } else {
        found.extend(alike(Known::Package, name, PACKAGES.iter().take(IMITATED).copied()));
    }
    found
}

/// The well-known package that a dependency's name, as indexes compare it, looks like a slip of. What only stands
/// before or behind a known name is ordinary among packages (`types-requests`), and so are other separators.
#[must_use]
pub fn misspelt_package(name: &str) -> Option<String> {
    if LISTED.contains(name) {
        return None;
    }
    let slips = |package: &&str| {
        likeness(name, package)
            .is_some_and(|kind| !matches!(kind, Likeness::Same | Likeness::Affixed | Likeness::Separated))
    };
    compared(name).into_iter().map(|place| PACKAGES[place]).find(slips).map(str::to_owned)
}

/// The places in the list of all packages that a name could be a slip of: a plugin may ask for thousands of packages.
fn compared(name: &str) -> BTreeSet<usize> {
    marks(name).iter().filter_map(|mark| MARKED.get(mark)).flatten().copied().collect()
}

fn alike<'k>(known: Known, name: &PluginName, names: impl Iterator<Item = &'k str>) -> Vec<Near> {
    names
        .filter_map(|other| {
            let likeness = likeness(name.as_str(), other)?;
            Some(Near { known, name: other.to_owned(), likeness })
        })
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, listed: &[&str]) -> Vec<(Known, String, Likeness)> {
        let listed: Vec<PluginName> = listed.iter().map(|name| name.parse().expect("a name")).collect();
        let near = near(&name.parse().expect("a name"), &listed);
        near.into_iter().map(|near| (near.known, near.name, near.likeness)).collect()
    }

    #[test]
    fn near_names_are_found_in_each_list() {
        for (name, known, other, likeness) in [
            ("weahter-tool", Known::Plugin, "weather-tool", Likeness::Swapped),
            ("python-weather-tool", Known::Plugin, "weather-tool", Likeness::Affixed),
            ("colections", Known::Module, "collections", Likeness::Repeated),
            ("context-vars", Known::Module, "contextvars", Likeness::Separated),
            ("reqeusts", Known::Package, "requests", Likeness::Swapped),
            ("nurnpy", Known::Package, "numpy", Likeness::Look),
            ("python-pandas", Known::Package, "pandas", Likeness::Affixed),
            ("requests", Known::Package, "requests", Likeness::Same),
        ] {
            assert_eq!(told(name, &["weather-tool"]), [(known, other.to_owned(), likeness)], "{name}");
        }
    }

    /// Names as plugins of agent frameworks have them. Each was written down before the rule was tried on it.
    const HONEST: &str = "weather web-search web-scraper calculator unit-converter text-tidy pdf-reader csv-tools \
        sql-agent github-tool slack-notifier email-sender calendar-agent news-reader stock-prices crypto-prices \
        image-resizer image-captioner translator language-detector summarizer sentiment-analyzer code-reviewer \
        code-runner test-writer docs-writer json-tools yaml-tools markdown-renderer note-taker todo-list \
        reminder-agent meeting-notes travel-planner recipe-finder map-tools geo-lookup ip-lookup dns-tools \
        password-checker qr-code barcode-reader color-mixer font-finder icon-search music-player podcast-search \
        video-downloader subtitle-tools speech-to-text text-to-speech vector-memory redis-memory sqlite-memory \
        graph-memory chat-history long-term-memory openai-provider anthropic-provider local-provider \
        mistral-provider ollama-provider router-agent planner-agent research-agent critic-agent writer-agent \
        support-agent sales-agent onboarding-flow approval-flow data-pipeline etl-flow tree-of-thought \
        chain-of-thought self-reflection debate-reasoning math-solver physics-tools chemistry-tools dna-tools \
        finance-tools tax-helper invoice-maker receipt-scanner expense-tracker time-tracker habit-tracker \
        fitness-coach meal-planner garden-helper home-control light-switch disk-report log-analyzer queue-drain \
        metrics-agent alert-agent deploy-agent docker-tools kubernetes-tools cloud-costs file-search file-organizer \
        zip-tools clipboard-tools screenshot-tool browser-agent form-filler survey-maker quiz-maker flashcards \
        story-writer poem-writer joke-teller name-generator lorem-maker regex-helper diff-viewer url-shortener \
        link-checker site-monitor rss-reader wiki-search arxiv-search patent-search job-search house-hunter";

    #[test]
    fn ordinary_names_are_near_to_no_other() {
        let names: Vec<&str> = HONEST.split_whitespace().collect();
        assert!(names.len() >= 120, "{}", names.len());
        for name in &names {
            let others: Vec<&str> = names.iter().copied().filter(|other| other != name).collect();
            let near = told(name, &others).into_iter();
            // Other separators are told and never a bar.
            let near: Vec<_> =
                near.filter(|(_, _, kind)| !matches!(kind, Likeness::Same | Likeness::Separated)).collect();
            assert!(near.is_empty(), "{name}: {near:?}");
        }
    }

    #[test]
    fn only_slips_of_well_known_packages_are_told_of_dependencies() {
        assert_eq!(misspelt_package("reqeusts").as_deref(), Some("requests"));
        assert_eq!(misspelt_package("nurnpy").as_deref(), Some("numpy"));
        for ordinary in ["requests", "types-requests", "python-pandas", "agenticraft", "weather-tool"] {
            assert_eq!(misspelt_package(ordinary), None, "{ordinary}");
        }
    }

    /// Slips of the fingers, and what is none.
    fn bent(name: &str) -> [String; 8] {
        let (head, tail) = name.split_at(name.len() / 2);
        let (first, last) = name.split_once('-').unwrap_or((tail, head));
        let mut swapped: Vec<char> = name.chars().collect();
        swapped.swap(name.len() / 2, name.len() / 2 - 1);
        [
            format!("{head}{}", &tail[1..]),
            format!("{head}q{tail}"),
            format!("{head}{}{tail}", &tail[..1]),
            swapped.into_iter().collect(),
            format!("{last}-{first}"),
            name.replace('m', "rn").replace('o', "0"),
            name.replace('-', ""),
            format!("{name}-py"),
        ]
    }

    #[test]
    fn a_slip_is_found_as_if_every_package_were_compared() {
        let slips = |name: &str, package: &&&str| {
            likeness(name, package)
                .is_some_and(|kind| !matches!(kind, Likeness::Same | Likeness::Affixed | Likeness::Separated))
        };
        let mut found = 0;
        for name in PACKAGES.iter().step_by(199).filter(|name| name.len() > 3).flat_map(|name| bent(name)) {
            let one_by_one = PACKAGES.iter().take(IMITATED).find(|package| slips(&name, package));
            let expected = one_by_one.filter(|_| !LISTED.contains(&*name)).map(|package| (*package).to_owned());
            assert_eq!(misspelt_package(&name), expected, "{name}");
            found += usize::from(expected.is_some());
        }
        assert!(found > 40, "{found}");
    }

    #[test]
    fn thousands_of_names_are_compared_with_few_packages() {
        let compared: usize = HONEST.split_whitespace().map(|name| compared(name).len()).sum();
        assert!(compared < 50, "{compared}");
    }

    #[test]
    fn the_list_of_packages_is_whole() {
        assert_eq!(PACKAGES.len(), 4999);
        let plain = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(PACKAGES.iter().all(|name| plain(name)));
    }
}
