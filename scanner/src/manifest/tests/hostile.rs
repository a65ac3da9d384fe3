//! YAML made to hurt its reader.

use airlock_model::limits::ScanLimits;
use airlock_model::{Tree, TreePath};
use proptest::prelude::*;

use super::{check, check_bytes, rules_of, told, with};

fn hostile() -> Vec<(&'static str, String, &'static str)> {
    let n = 250_000;
    let bomb = |width: usize, levels: usize| {
        let mut text = format!("a0: &a0 [{}]\n", vec!["x"; width].join(", "));
        for level in 1..levels {
            let inner = vec![format!("*a{}", level - 1); width].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
        }
        text
    };
    let indented = |depth: usize| -> String { (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect() };
    vec![
        ("alias bomb", bomb(9, 9), "AL-MANIFEST-too-large"),
        ("wide alias bomb", bomb(500, 4), "AL-MANIFEST-too-large"),
        (
            "long text by alias",
            format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 900].join(", ")),
            "AL-MANIFEST-too-large",
        ),
        (
            "anchors inside anchors",
            format!("{}x{}", "&a [".repeat(31), "]".repeat(31)).replace("&a", "&b"),
            "AL-MANIFEST-not-a-mapping",
        ),
        ("alias inside itself", "a: &a [*a]\n".into(), "AL-MANIFEST-yaml-feature"),
        ("deep flow lists", "[".repeat(n), "AL-MANIFEST-too-large"),
        ("deep flow mappings", "{a: ".repeat(n / 4), "AL-MANIFEST-too-large"),
        ("deep block mappings", indented(600), "AL-MANIFEST-too-large"),
        ("deep block lists", "- ".repeat(n / 2), "AL-MANIFEST-too-large"),
        ("deep question marks", "? ".repeat(n / 2), "AL-MANIFEST-too-large"),
        (
            "many keys",
            (0..40_000).map(|i| format!("{i:x}k: 1\n")).collect::<String>()[..n].to_owned(),
            "AL-MANIFEST-too-large",
        ),
        ("many values", format!("a: [{}1]", "1,".repeat(n / 2 - 10)), "AL-MANIFEST-too-large"),
        ("over the size", "#".repeat(300_000), "AL-MANIFEST-too-large"),
        ("unknown alias", "a: *b\n".into(), "AL-MANIFEST-syntax"),
        ("open quote", format!("a: \"{}", "x".repeat(n)), "AL-MANIFEST-syntax"),
        ("tab indentation", "a:\n\tb: 1\n".into(), "AL-MANIFEST-syntax"),
        ("template", "version: {% version %}\n".into(), "AL-MANIFEST-syntax"),
        ("two documents", format!("{}---\nname: other\n", with(&[])), "AL-MANIFEST-yaml-feature"),
        ("python tag", with(&[("x-home", "!!python/object/apply:os.system [id]")]), "AL-MANIFEST-yaml-feature"),
        ("local tag", with(&[("title", "!secret Weather")]), "AL-MANIFEST-yaml-feature"),
        ("binary tag", with(&[("title", "!!binary aGk=")]), "AL-MANIFEST-yaml-feature"),
        ("merge key", with(&[("requirements", "{<<: {python: \">=3.10\"}}")]), "AL-MANIFEST-yaml-feature"),
        ("number as key", with(&[("1", "one")]), "AL-MANIFEST-yaml-feature"),
        ("truth value as key", with(&[("on", "push")]), "AL-MANIFEST-yaml-feature"),
        ("list as key", with(&[("[a, b]", "c")]), "AL-MANIFEST-yaml-feature"),
        ("empty key", with(&[("x", "{? : 1}")]), "AL-MANIFEST-yaml-feature"),
        ("key twice", with(&[("license", "MIT\nlicense: Proprietary")]), "AL-MANIFEST-duplicate-key"),
        ("key twice inside", with(&[("x", "{a: 1, \"a\": 2}")]), "AL-MANIFEST-duplicate-key"),
        ("control character", with(&[("title", "Wea\u{7}ther")]), "AL-MANIFEST-encoding"),
        ("zero byte", with(&[("title", "Wea\0ther")]), "AL-MANIFEST-encoding"),
    ]
}

#[test]
fn hostile_yaml_is_refused_by_the_right_rule() {
    let mut all = String::new();
    for (what, text, rule) in hostile() {
        let check = check_bytes(text.as_bytes());
        assert_eq!(check.manifest, None, "{what}");
        assert_eq!(rules_of(&check), [rule], "{what}\n{}", told(&check));
        let kept: usize = check
            .findings
            .iter()
            .map(|f| f.message.len() + f.remedy.len() + f.snippet.as_ref().map_or(0, String::len))
            .sum();
        assert!(kept < 4096, "{what} keeps {kept} bytes of findings");
        all.push_str(&format!("# {what}\n{}", told(&check)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_flood_of_faults_stays_small() {
    let text: String = (0..9_000).map(|i| format!("{i:05}k{}: .nan\n", "x".repeat(10))).collect();
    let check = check_bytes(text.as_bytes());
    assert!(check.findings.len() <= 3 * 200, "{} findings", check.findings.len());
    assert_eq!(check.manifest, None);
}

#[test]
fn encodings_are_told_apart() {
    let text = with(&[]);
    let utf16 = |little: bool, mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xfeff_u16);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    };
    let utf32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let latin: Vec<u8> = with(&[("title", "Caf#")]).bytes().map(|b| if b == b'#' { 0xe9 } else { b }).collect();
    let mut all = String::new();
    for (what, bytes) in [
        ("UTF-16 LE with mark", utf16(true, true)),
        ("UTF-16 LE", utf16(true, false)),
        ("UTF-16 BE with mark", utf16(false, true)),
        ("UTF-16 BE", utf16(false, false)),
        ("UTF-32 LE", utf32),
        ("Latin-1", latin),
    ] {
        let check = check_bytes(&bytes);
        assert_eq!(rules_of(&check), ["AL-MANIFEST-encoding"], "{what}");
        all.push_str(&format!("# {what}\n{}", told(&check)));
    }
    let marked = check_bytes(format!("\u{feff}{text}").as_bytes());
    assert_eq!(rules_of(&marked), ["AL-MANIFEST-byte-order-mark"]);
    assert!(marked.manifest.is_some());
    insta::assert_snapshot!(all);
}

#[test]
fn the_size_limit_is_the_callers() {
    let mut tree = Tree::new();
    tree.insert(TreePath::new("plugin.yaml").expect("a plain path"), with(&[]).into_bytes());
    let limits = ScanLimits { manifest_bytes: 20, ..ScanLimits::default() };
    assert_eq!(rules_of(&check(&tree, &limits)), ["AL-MANIFEST-too-large"]);
}

#[test]
fn no_finding_carries_a_control_character() {
    let text = with(&[("\"x\\e[2J\\u202e\"", "\"\\a\\u200b\""), ("license", "\"\\e[31mMIT\"")]);
    for finding in check_bytes(text.as_bytes()).findings {
        let shown = format!("{} {}", finding.message, finding.remedy);
        assert!(shown.chars().all(|c| c == '\n' || airlock_model::escape::is_plain(c)), "{shown:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_findings(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let check = check_bytes(&bytes);
        prop_assert!(check.manifest.is_some() || !check.findings.is_empty());
    }

    #[test]
    fn yaml_soup_gives_findings(words in proptest::collection::vec(
        prop::sample::select(vec![
            "name", "version", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "&a ", "*a", "!!str ", "!x ", "? ",
            "|", ">", "'", "\"", "#", "---\n", "...\n", "<<", "no", "1", "~", "author", "metadata:\n  ", "é", "\t",
            "\r", "%TAG ! x\n", "\u{feff}", "\\u202e", "permissions", "tools: []\n",
        ]), 0..120)) {
        let check = check_bytes(words.concat().as_bytes());
        prop_assert!(check.manifest.is_some() || !check.findings.is_empty());
    }

    #[test]
    fn a_full_manifest_with_bytes_changed_is_read_whole_or_refused(changes in proptest::collection::vec(
        (any::<prop::sample::Index>(), prop_oneof![
            Just(Vec::new()),
            prop::sample::select(vec!["\n", ":", " ", "- ", "\"", "'", "{", "[", "#", "&a ", "*a", "!x ", "\t", "\0", "é", "\u{202e}", "|\n"])
                .prop_map(|text| text.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 1..4),
        ], 0..8_usize), 1..5)) {
        let mut bytes = super::good::FULL.as_bytes().to_vec();
        for (at, new, removed) in changes {
            let start = at.index(bytes.len());
            let end = (start + removed).min(bytes.len());
            bytes.splice(start..end, new);
        }
        let check = check_bytes(&bytes);
        let barring = check.findings.iter().any(|finding| finding.severity >= airlock_model::Severity::High);
        prop_assert_eq!(check.manifest.is_some(), !barring, "{}", told(&check));
        if let Some(manifest) = check.manifest {
            let json = serde_json::to_value(&manifest).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let back: airlock_model::Manifest =
                serde_json::from_value(json).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(back, manifest);
        }
    }

    #[test]
    fn a_good_manifest_with_one_line_changed_gives_findings(line in 0..7_usize, value in "[ -~]{0,40}") {
        let key = super::SMALLEST[line].0;
        let check = check_bytes(with(&[(key, &value)]).as_bytes());
        prop_assert!(check.manifest.is_some() || !check.findings.is_empty());
    }
}
