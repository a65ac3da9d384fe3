//! Input made to exhaust the reader: every bound holds, and says so.

use super::{asked, shown};
use crate::dependencies::Asked;

fn rules(asked: &Asked) -> Vec<&str> {
    asked.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn a_hundred_thousand_lines_end_at_the_bound() {
    let good: String = (0..100_000).map(|n| format!("p{n}\n")).collect();
    let many = asked(&[("requirements.txt", &good)]);
    assert_eq!(many.requirements.len(), 5_000);
    assert!(rules(&many).contains(&"AL-DEPS-unreadable"));
    let bad = asked(&[("requirements.txt", &"=\n".repeat(100_000))]);
    assert_eq!(bad.findings.len(), 1_001);
    assert!(bad.findings[1_000].message.contains("more than 1000 things"), "{:?}", bad.findings[1_000]);
}

#[test]
fn a_line_of_a_megabyte_is_refused() {
    let long = format!("a=={}", "1".repeat((1 << 20) - 10));
    let asked = asked(&[("requirements.txt", &long)]);
    assert_eq!(rules(&asked), ["AL-DEPS-unparseable"]);
    assert!(asked.findings[0].message.len() < 500);
}

#[test]
fn what_is_too_large_or_no_text_is_refused() {
    let large = "a\n".repeat(1 << 20);
    for text in [large.as_str(), "a==1\0\n", "# coding: utf-7\na\n"] {
        assert_eq!(rules(&asked(&[("requirements.txt", text)])), ["AL-DEPS-unreadable"]);
        assert_eq!(rules(&asked(&[("pyproject.toml", text)])), ["AL-DEPS-unreadable"]);
    }
}

#[test]
fn a_thousand_files_that_include_one_another_end() {
    let names: Vec<String> = (0..1_000).map(|n| format!("requirements-{n}.txt")).collect();
    let texts: Vec<String> =
        (0..1_000).map(|n| format!("-r requirements-{}.txt\n-r requirements-{n}.txt\n", (n + 1) % 1_000)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let asked = asked(&files);
    assert!(rules(&asked).contains(&"AL-DEPS-include"));
    assert!(rules(&asked).contains(&"AL-DEPS-unreadable"));
}

#[test]
fn deep_and_wide_toml_ends() {
    for text in [
        "[project]\ndependencies = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"{b=".repeat(100_000),
        "[a.".to_owned() + &"b.".repeat(100_000),
    ] {
        assert_eq!(rules(&asked(&[("pyproject.toml", &text)])), ["AL-DEPS-unreadable"]);
    }
    let wide = "[project]\ndependencies = [\n".to_owned() + &"\"a\",\n".repeat(100_000) + "]\n";
    assert_eq!(asked(&[("pyproject.toml", &wide)]).requirements.len(), 5_000);
}

#[test]
fn deep_python_is_no_danger() {
    let deep = format!("setup(install_requires={}{})", "[".repeat(150), "]".repeat(150));
    assert_eq!(rules(&asked(&[("setup.py", &deep)])), ["AL-DEPS-computed"]);
    assert_eq!(rules(&asked(&[("setup.py", &"(".repeat(1_000_000))])), [] as [&str; 0]);
}

#[test]
fn nothing_hostile_reaches_a_message_unescaped() {
    let text = "a\u{1b}[31m=>1\n-i https://h/\u{202e}x\n-r \u{7}x\n${\u{1b}}\n--hash=\u{1b}\nb ; \u{1b} == '1'\n";
    let said = shown(asked(&[("requirements.txt", text)]));
    assert!(said.chars().all(|c| c == '\n' || airlock_model::escape::is_plain(c)), "{said:?}");
}

proptest::proptest! {
    #[test]
    fn any_text_gives_an_answer(text in "\\PC{0,200}", file in "requirements\\.txt|pyproject\\.toml|setup\\.cfg|setup\\.py") {
        let once = asked(&[(&file, &text)]);
        proptest::prop_assert_eq!(once, asked(&[(&file, &text)]));
    }

    #[test]
    fn almost_requirements_give_an_answer(text in "[a-z]{0,3}(\\[[a-z,]{0,3}\\])?[ ]?(==|>=|~=|<|@|=)?[0-9.*a-z]{0,8}( ?; ?(os_name|extra) ?(==|<) ?'[a-z]{0,2}'?)?( --hash=sha256:[a-f]{0,4})?") {
        let answer = asked(&[("requirements.txt", &text)]);
        let silent = answer.requirements.is_empty() && answer.findings.is_empty();
        proptest::prop_assert!(!silent || text.trim().is_empty(), "{:?} vanished", text);
    }
}
