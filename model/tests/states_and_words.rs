//! States, names, versions and escapes: what holds for every value.

use airlock_model::{PluginName, PluginVersion, StageName, StageState, ValidationState, VersionState, escape, stdlib};
use proptest::prelude::*;

#[test]
fn every_state_reads_back_from_its_name() {
    for state in ValidationState::ALL {
        assert_eq!(state.as_str().parse(), Ok(*state));
    }
    for state in StageState::ALL {
        assert_eq!(state.as_str().parse(), Ok(*state));
    }
    for name in StageName::ALL {
        assert_eq!(name.as_str().parse(), Ok(*name));
    }
    for state in VersionState::ALL {
        assert_eq!(state.as_str().parse(), Ok(*state));
    }
    let error = "\u{1b}[2J".parse::<ValidationState>().expect_err("no state");
    assert_eq!(error.to_string(), "unknown validation state '\\u{1b}[2J'");
}

#[test]
fn what_has_ended_is_settled_and_what_is_under_way_is_not() {
    use ValidationState::{Errored, Held, Inspecting, Promoting, Published, Queued, Rejected, Testing, Withdrawn};
    for state in [Published, Rejected, Withdrawn] {
        assert!(state.is_settled() && state.is_terminal(), "{state}");
    }
    for state in [Held, Errored] {
        assert!(state.is_settled() && !state.is_terminal(), "{state}");
    }
    for state in [Queued, Inspecting, Testing, Promoting] {
        assert!(!state.is_settled() && !state.is_terminal(), "{state}");
    }
}

#[test]
fn a_quarantined_version_is_neither_listed_nor_served() {
    use VersionState::{Deprecated, Published, Quarantined, Yanked};
    let table = [(Published, true, true), (Deprecated, true, true), (Yanked, false, true), (Quarantined, false, false)];
    for (state, listed, served) in table {
        assert_eq!((state.is_listed(), state.is_served()), (listed, served), "{state}");
    }
}

proptest! {
    #[test]
    fn no_control_character_survives_escaping(text in any::<String>()) {
        prop_assert!(escape::line(&text).chars().all(escape::is_plain));
        prop_assert!(escape::quoted(&text).chars().all(escape::is_plain));
        prop_assert!(escape::block(&text).chars().all(|c| matches!(c, '\n' | '\t') || escape::is_plain(c)));
    }

    #[test]
    fn plain_text_is_left_as_it_is(text in "[ -~]{0,80}") {
        prop_assert_eq!(escape::line(&text), text.clone());
        prop_assert_eq!(escape::block(&text), text);
    }

    #[test]
    fn a_name_that_parses_obeys_the_grammar(text in any::<String>()) {
        if let Ok(name) = text.parse::<PluginName>() {
            prop_assert_eq!(name.as_str(), text);
            prop_assert!(name.as_str().bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')));
        }
    }

    #[test]
    fn names_of_the_grammar_parse_unless_they_are_taken(text in "[a-z]([a-z0-9]|-[a-z0-9]){1,30}") {
        let taken = stdlib::is_standard_module(&text.replace('-', "_"))
            || airlock_model::name::ROUTE_WORDS.contains(&text.as_str());
        prop_assert_eq!(text.parse::<PluginName>().is_ok(), !taken);
    }

    #[test]
    fn folding_forgets_hyphens_and_look_alikes(text in "[a-z][a-z0-9]{2,12}") {
        if let (Ok(one), Ok(other)) = (
            format!("{text}x").parse::<PluginName>(),
            format!("{}-x", text.replace('o', "0").replace('l', "1")).parse::<PluginName>(),
        ) {
            prop_assert_eq!(one.fold(), other.fold());
        }
    }

    #[test]
    fn a_version_that_parses_prints_as_it_was_written(text in "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(-[a-z0-9.]{1,8})?") {
        if let Ok(version) = text.parse::<PluginVersion>() {
            prop_assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_a_version_or_an_error_that_is_inert(text in any::<String>()) {
        if let Err(error) = text.parse::<PluginVersion>() {
            prop_assert!(error.to_string().chars().all(escape::is_plain));
        }
        if let Err(error) = text.parse::<PluginName>() {
            prop_assert!(error.to_string().chars().all(escape::is_plain));
        }
    }

    #[test]
    fn a_release_is_greater_than_its_prereleases(major in 0_u64..50, minor in 0_u64..50, patch in 0_u64..50, pre in "[a-z]{1,5}") {
        let release: PluginVersion = format!("{major}.{minor}.{patch}").parse().expect("a version");
        let before: PluginVersion = format!("{major}.{minor}.{patch}-{pre}").parse().expect("a version");
        prop_assert!(before < release);
        prop_assert_eq!(PluginVersion::latest([&before, &release]), Some(&release));
    }
}
