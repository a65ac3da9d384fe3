//! The YARA room: an operator's rules over text and binary files, and what becomes
//! of rules that are broken or slow.

use std::path::Path;

use airlock_model::fingerprint::settle;
use airlock_model::{Confidence, Finding, Severity, Tree, TreePath};
use airlock_scanner::yara::{Bounds, Rules, SourceFile, Sources, YaraError, check};

const MINER: &str = r#"
rule miner_pool : miner network {
    meta:
        description = "talks to a mining pool"
        severity = "critical"
    strings:
        $protocol = "stratum+tcp://"
        $pool = /pool\.[a-z]+\.example/
    condition:
        any of them
}
"#;

const PACKED: &str = r#"
import "elf"
import "hash"

rule elf_marker {
    meta:
        severity = 45
    strings:
        $marker = { 55 50 58 ?? 21 }
    condition:
        uint32(0) == 0x464c457f and $marker
}

rule known_file {
    condition:
        filename == "known.bin" and hash.sha256(0, filesize) == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
}
"#;

fn sources(files: &[(&str, &str)]) -> Sources {
    let files = files.iter().map(|(name, text)| SourceFile { name: (*name).into(), text: (*text).into() });
    Sources { folder: "rules".into(), files: files.collect() }
}

fn rules(files: &[(&str, &str)]) -> Rules {
    Rules::compile(&sources(files)).expect("the rules are valid")
}

fn tree(files: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new();
    for (path, bytes) in files {
        tree.insert(TreePath::new(*path).expect("plain"), *bytes);
    }
    tree
}

fn found(rules: &Rules, files: &[(&str, &[u8])]) -> Vec<Finding> {
    settle(check(&tree(files), rules, &Bounds::default(), 2))
}

#[test]
fn a_match_in_text_names_rule_place_and_line() {
    let rules = rules(&[("apt/miners.yar", MINER)]);
    let text = "# ü\nURL = 'stratum+tcp://pool.monero.example:3333'\n";
    let findings = found(&rules, &[("plugin/mine.py", text.as_bytes()), ("plugin/sound.py", b"x = 1\n")]);
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((finding.rule.as_str(), finding.severity), ("AL-MALWARE-yara", Severity::Critical));
    assert_eq!(finding.confidence, Confidence::Medium, "an operator's rule never refuses by itself");
    assert_eq!(
        finding.message,
        "matches the YARA rule miner_pool (namespace apt/miners, tags miner, network): talks to a mining pool"
    );
    assert_eq!((finding.file.as_deref(), finding.line, finding.column), (Some("plugin/mine.py"), Some(2), Some(8)));
    assert_eq!(finding.snippet.as_deref(), Some("URL = 'stratum+tcp://pool.monero.example:3333'"));
    let evidence: Vec<&str> = finding.evidence.iter().map(|step| step.message.as_str()).collect();
    assert_eq!(evidence, ["$protocol at offset 12: 'stratum+tcp://'", "$pool at offset 26: 'pool.monero.example'"]);
}

#[test]
fn binary_files_are_looked_at_as_well() {
    let rules = rules(&[("packed.yara", PACKED)]);
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.extend([0; 57]);
    elf.extend(b"\xff\xfeUPX7!");
    let findings = found(&rules, &[("lib/fast.so", &elf), ("lib/other.so", b"\0\0UPX7!\xff"), ("known.bin", b"hello")]);
    let shown: Vec<_> = findings
        .iter()
        .map(|f| {
            (f.file.as_deref().unwrap_or_default(), f.severity, f.line, f.evidence.first().map(|e| e.message.as_str()))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("known.bin", Severity::High, None, None),
            ("lib/fast.so", Severity::Medium, None, Some("$marker at offset 66: 55 50 58 37 21")),
        ]
    );
}

#[test]
fn severities_come_from_the_rule_up_to_the_operators_bound() {
    let with = |severity: &str, worst| {
        let rule = format!("rule r {{ meta: severity = {severity} strings: $a = \"abcd\" condition: $a }}");
        let bounds = Bounds { worst, ..Bounds::default() };
        check(&tree(&[("a", b"abcd")]), &rules(&[("r.yar", &rule)]), &bounds, 1)[0].severity
    };
    for (written, read) in [
        ("\"critical\"", Severity::Critical),
        ("\"HIGH\"", Severity::High),
        ("\"medium\"", Severity::Medium),
        ("\"low\"", Severity::Low),
        ("\"informational\"", Severity::Note),
        ("100", Severity::Critical),
        ("75", Severity::High),
        ("0", Severity::Note),
        ("\"whatever\"", Severity::High),
        ("true", Severity::High),
    ] {
        assert_eq!(with(written, Severity::Critical), read, "{written}");
    }
    assert_eq!(with("\"critical\"", Severity::Medium), Severity::Medium);
    assert_eq!(with("\"low\"", Severity::Medium), Severity::Low);
}

#[test]
fn a_broken_rule_names_its_file_and_line() {
    let broken =
        Rules::compile(&sources(&[("ok.yar", MINER), ("sub/broken.yar", "rule a {\n  condition:\n    $b\n}\n")]));
    let Err(YaraError::Broken(message)) = broken else { panic!("{broken:?}") };
    assert!(message.starts_with("rules/sub/broken.yar:3:5: "), "{message}");
    let twice = Rules::compile(&sources(&[("a.yar", "rule a { condition: true }\nrule a { condition: true }\n")]));
    assert!(matches!(twice, Err(YaraError::Broken(message)) if message.starts_with("rules/a.yar:2:")));
    let no_module = Rules::compile(&sources(&[("a.yar", "import \"nothing\"\n")]));
    assert!(matches!(no_module, Err(YaraError::Broken(message)) if message.starts_with("rules/a.yar:1:")));
}

#[test]
fn included_files_are_compiled_where_they_are_included() {
    let files = [
        ("base/common.yar", "private rule small { condition: filesize < 100 }\nrule loud { condition: true }\n"),
        ("main.yar", "include \"base/common.yar\"\nrule main { strings: $a = \"abcd\" condition: small and $a }\n"),
        ("zcomment.yar", "// include \"main.yar\"\nrule z { condition: false }\n"),
    ];
    let findings = found(&rules(&files), &[("a.txt", b"abcd")]);
    let names: Vec<&str> = findings.iter().map(|f| f.message.split(' ').nth(4).unwrap_or_default()).collect();
    assert_eq!(names, ["loud", "main"], "each once, and the private one not at all");
    let endless = Rules::compile(&sources(&[("a.yar", "include \"a.yar\"\n")]));
    assert!(matches!(endless, Err(YaraError::Broken(_))), "{endless:?}");
    let outside = Rules::compile(&sources(&[("a.yar", "include \"../../etc/passwd\"\n")]));
    assert!(matches!(outside, Err(YaraError::Broken(message)) if message.contains("a.yar:1")));
}

#[test]
fn time_that_runs_out_is_said_and_never_passed_over() {
    let greedy = rules(&[("greedy.yar", "rule greedy { strings: $a = /abcd(x|y)*z/ condition: #a > 100000 }")]);
    let long = "abcdxyz ".repeat(100_000);
    let files: [(&str, &[u8]); 1] = [("long.txt", long.as_bytes())];
    let none_for_a_file = Bounds { file_ms: 0, ..Bounds::default() };
    let findings = check(&tree(&files), &greedy, &none_for_a_file, 1);
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((finding.rule.as_str(), finding.severity), ("AL-MALWARE-yara-unfinished", Severity::Medium));
    assert!(finding.message.ends_with("the time for one file ran out"), "{}", finding.message);
    let none_at_all = Bounds { tree_ms: 0, ..Bounds::default() };
    let findings = check(&tree(&[("a", b"a"), ("b", b"b")]), &greedy, &none_at_all, 1);
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding.message.ends_with("for all files together had run out")));
}

#[test]
fn many_matches_are_told_in_few_lines() {
    let rules = rules(&[("r.yar", "rule r { strings: $a = \"abcd\" condition: $a }")]);
    let text = "abcd\n".repeat(50_000);
    let findings = found(&rules, &[("a.txt", text.as_bytes())]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].evidence.len(), 6);
    assert_eq!(findings[0].evidence[5].message, "and 995 more places");
}

#[test]
fn hostile_content_is_shown_inert() {
    let rules =
        rules(&[("r.yar", "rule r { meta: description = \"a\\x1b[2Jb\" strings: $a = /ab.{1,8}cd/ condition: $a }")]);
    let findings = found(&rules, &[("a.txt", "ab\u{1b}[2J\u{202e}cd\n".as_bytes())]);
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    let shown = format!("{}{:?}{:?}", finding.message, finding.snippet, finding.evidence);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
}

#[test]
fn two_rules_on_one_line_are_two_findings() {
    let one = "rule one { strings: $a = \"abcd\" condition: $a }\nrule two { strings: $a = \"abcd\" condition: $a }\n";
    let findings = found(&rules(&[("r.yar", one)]), &[("a.txt", b"abcd\n")]);
    assert_eq!(findings.len(), 2);
    assert_ne!(findings[0].fingerprint, findings[1].fingerprint);
}

#[test]
fn a_folder_is_read_with_what_lies_below_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    assert!(matches!(Sources::read(folder.path()), Err(YaraError::NoRules { .. })));
    write("README.txt", "not rules");
    write("b/two.YARA", MINER);
    write("a.yar", PACKED);
    let read = Sources::read(folder.path()).expect("readable");
    assert_eq!(read.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.yar", "b/two.YARA"]);
    assert_eq!(Rules::compile(&read).expect("valid").len(), 3);
    assert!(matches!(Sources::read(Path::new("/nonexistent")), Err(YaraError::Unreadable { .. })));
    std::fs::write(folder.path().join("bad.yar"), b"\xff\xfe").expect("written");
    assert!(
        matches!(Sources::read(folder.path()), Err(YaraError::Unreadable { path, .. }) if path.ends_with("bad.yar"))
    );
}
