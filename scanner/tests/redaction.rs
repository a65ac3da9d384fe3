//! No secret of a package is in any rendering of what is said about it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::Cursor;

use airlock_model::report::{sarif, text};
use airlock_model::verdict::judge;
use airlock_model::{Policy, Report, Sha256, Tree, TreePath};
use airlock_scanner::package::{self, Request};
use airlock_scanner::{archive, files, manifest, python};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Tokens of the known forms, put together here so that none stands in this repository.
fn tokens() -> Vec<String> {
    let body = |seed: usize, len: usize| -> String {
        let alphabet = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        (0..len).map(|n| char::from(alphabet[(n * n * 5 + n * 11 + seed * 17) % alphabet.len()])).collect()
    };
    [("ghp_", 36), ("glpat-", 20), ("xoxb-", 48), ("sk-proj-", 48), ("hf_", 34), ("npm_", 36), ("AIza", 35)]
        .iter()
        .enumerate()
        .map(|(seed, (prefix, len))| format!("{prefix}{}", body(seed + 1, *len)))
        .collect()
}

fn key() -> (String, Vec<String>) {
    let lines: Vec<String> = (0..6).map(|line| Sha256::of(format!("line {line}").as_bytes()).to_string()).collect();
    let begin = ["-----BEGIN RSA ", "PRIVATE KEY-----"].concat();
    (format!("{begin}\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n")), lines)
}

/// Secrets wherever a report could show them: beside what other rules find, in texts for the catalogue, in the manifest.
fn package(barred: bool) -> (Tree, Vec<String>) {
    let tokens = tokens();
    let (key, lines) = key();
    let random = "q8Zr4Lm1Xv7Tn3Kc9Bw5Hd2J";
    let manifest = format!(
        "name: leaky\nversion: 1.0.0\ntype: tool\ntitle: Leaky\ndescription: Has keys in it.\nauthor: {{name: Ada}}\n\
         entry_point: leaky:Tool\nhomepge: {}\nconfig: [{{name: a, description: b, type: str, default_value: {}}}]\n\
         x-notes: {}\n{}",
        tokens[0],
        tokens[1],
        tokens[2],
        if barred { format!("category: {}\n", tokens[2]) } else { String::new() }
    );
    let code = format!(
        "import os\n\n\nclass Tool:\n    def run(self, x):\n        os.system('curl -H {} https://example.org ' + x)\n\
         \n        # {}\n        password = '{random}'; os.system(x + '{random}')\n        eval(x + '{}')\n",
        tokens[3], tokens[4], tokens[5]
    );
    let notebook = serde_json::json!({
        "cells": [{"cell_type": "code", "source": [format!("import os\n"), format!("os.system(input() + '{}')\n", tokens[6])]}],
    });
    let mut tree = Tree::new();
    for (path, text) in [
        ("plugin.yaml", manifest),
        ("README.md", format!("# Leaky\n\nSet the token {}.\n", tokens[0])),
        ("CHANGELOG.md", format!("Rotated {}.\n", tokens[1])),
        ("LICENSE", "MIT License\n".to_owned()),
        ("leaky.py", code),
        ("config.toml", format!("token = \"{}\"\nkey = \"\"\"\n{key}\"\"\"\n", tokens[2])),
        ("tour.ipynb", notebook.to_string()),
    ] {
        tree.insert(TreePath::new(path).unwrap(), text.into_bytes());
    }
    let mut secrets = tokens;
    secrets.extend(lines);
    secrets.push(random.to_owned());
    (tree, secrets)
}

fn assert_clear(what: &str, rendered: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!rendered.contains(secret.as_str()), "{what} shows {secret}\n{rendered}");
        // A rule that cuts what it shows must not show half of it either.
        assert!(!rendered.contains(&secret[8..24]), "{what} shows a part of {secret}\n{rendered}");
    }
}

#[test]
fn no_rendering_of_a_report_shows_a_secret() {
    for barred in [false, true] {
        rendered(barred);
    }
}

fn rendered(barred: bool) {
    let (tree, secrets) = package(barred);
    let packed = archive::pack("leaky", &tree).unwrap();
    let examined = package::examine(Cursor::new(packed), &Request::default()).unwrap();
    let inspection = examined.inspection;
    let rules: Vec<&str> = inspection.findings.iter().map(|finding| finding.rule.as_str()).collect();
    for rule in ["AL-FILES-credential", "AL-FILES-private-key", "AL-CODE-hardcoded-secret", "AL-CODE-shell-injection"] {
        assert!(rules.contains(&rule), "{rules:?}");
    }
    assert!(inspection.findings.iter().any(|f| f.file.as_deref() == Some("tour.ipynb") && f.rule.contains("-CODE-")));
    assert_eq!(inspection.manifest.is_none(), barred);
    assert_clear("the inspection", &serde_json::to_string_pretty(&inspection).unwrap(), &secrets);
    let judgement = judge(&Policy::default(), &inspection.findings, None, &[]);
    let mut report = Report::new("airlock test").judged(judgement);
    report.manifest = inspection.manifest;
    report.capabilities = inspection.capabilities;
    report.files = inspection.files;
    assert_clear("JSON", &serde_json::to_string_pretty(&report).unwrap(), &secrets);
    assert_clear("SARIF", &sarif::render(&report).to_string(), &secrets);
    assert_clear("text", &text::render(&report, text::Style::default()), &secrets);
}

/// A package of a tool, with these files besides; cleared, and with a finding of each of these rules.
fn assert_cleared(files: &[(&str, String)], secrets: &[String], rules: &[&str]) {
    let shown = inspected(files, rules);
    assert_clear("the inspection", &shown, secrets);
    assert!(shown.contains("[redacted]"), "{shown}");
}

/// What is said of a package with these files, which these rules find something in.
fn inspected(files: &[(&str, String)], rules: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "name: leaky\nversion: 1.0.0\ntype: tool\ntitle: Leaky\ndescription: Has keys in it.\n\
        author: {name: Ada}\nentry_point: leaky:Tool\n";
    let sound = [("plugin.yaml", manifest.to_owned()), ("leaky.py", "class Tool:\n    pass\n".to_owned())];
    for (path, text) in sound.iter().chain(files) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let opened = archive::read_dir(folder.path(), &Request::default().archive).unwrap();
    let inspection = package::examine_opened(opened, &Request::default()).inspection;
    let found: Vec<&str> = inspection.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.iter().for_each(|rule| assert!(found.contains(rule), "{rule}: {found:?}"));
    serde_json::to_string_pretty(&inspection).unwrap()
}

#[test]
fn what_only_decoding_shows_is_cleared() {
    let token = tokens().remove(0);
    let payload = STANDARD.encode(format!("import os; os.system('curl {token}')"));
    let code = format!("import base64\n\nexec(base64.b64decode('{payload}'))\n");
    assert_cleared(&[("code.py", code)], &[token], &["AL-MALWARE-obfuscated-payload", "AL-CAPABILITY-subprocess"]);
}

#[test]
fn a_token_that_a_cut_left_the_beginning_of_is_cleared() {
    let mut cut = 0;
    for token in tokens() {
        // What is shown of a decoded text ends after some 80 characters: wherever the token stands, it may end in it.
        for before in (20..80).step_by(5) {
            let payload = STANDARD.encode(format!("import os; os.system('{} {token}')", "x".repeat(before)));
            let code = format!("import base64\n\nexec(base64.b64decode('{payload}'))\n");
            let shown = inspected(&[("code.py", code)], &["AL-MALWARE-obfuscated-payload"]);
            assert!(!shown.contains(&token[..11]), "{} is shown\n{shown}", &token[..11]);
            cut += shown.matches("[redacted]…").count();
        }
    }
    assert!(cut > 0, "none of them was cut");
}

#[test]
fn a_token_with_escaped_letters_is_cleared_as_it_is_written() {
    let token = tokens().remove(0);
    let code = format!("import os\n\n\ndef f(x):\n    os.system('\\x67\\u0068p\\137{} ' + x)\n", &token[4..]);
    assert_cleared(&[("code.py", code)], &[token], &["AL-CODE-hardcoded-secret", "AL-CODE-shell-injection"]);
}

#[test]
fn what_a_package_asks_for_is_cleared() {
    let tokens = tokens();
    let asked = format!(
        "foo @ https://corp.test/f.tar.gz?token={}\nbar==1.0 ; python_version > \"{}\"\nbaz=={}\n",
        tokens[1], tokens[3], tokens[4]
    );
    assert_cleared(&[("requirements.txt", asked)], &tokens, &["AL-DEPS-direct-reference", "AL-FILES-credential"]);
}

#[test]
fn a_function_that_is_called_like_a_token_is_cleared() {
    let token = tokens().remove(0);
    let code = format!("import os\n\n\ndef {token}(x):\n    os.system(x)\n");
    assert_cleared(&[("code.py", code)], &[token], &["AL-CAPABILITY-subprocess"]);
}

#[test]
fn names_of_members_are_cleared_where_they_are_refused_too() {
    let token = tokens().remove(0);
    assert_cleared(&[(&format!("data/{token}?.txt"), "x\n".to_owned())], &[token], &["AL-ARCHIVE-bad-name"]);
}

#[test]
fn a_file_full_of_tokens_is_cleared_to_its_end() {
    let alphabet = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let token = |n: usize| -> String {
        let body = Sha256::of(n.to_string().as_bytes());
        let letters = body.as_bytes().iter().chain(&body.as_bytes()[..4]);
        letters.map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect()
    };
    let tokens: Vec<String> = (0..2_000).map(|n| format!("ghp_{}", token(n))).collect();
    assert_cleared(&[("README.md", tokens.join("\n"))], &tokens, &["AL-FILES-credential"]);
}

/// Who chooses what is cleared must not choose what becomes of rules, digests and tests.
#[test]
fn what_must_stay_exact_stays_so() {
    let test = "tests/test_q8Zr4Lm1Xv7Tn3Kc9.py";
    let code = "import os\n\n\ndef f(x):\n    os.system(x)\n";
    let digest = Sha256::of(code.as_bytes()).to_string();
    let passwords = format!(
        "password = 'q8Zr4Lm1Xv7Tn3shell-injection'\ntoken = '{digest}'\npassword = 'q8Zr4Lm1Xv7Tn3subprocess'\n\
         secret_key = 'test_q8Zr4Lm1Xv7Tn3Kc9'\n"
    );
    let mut tree = package(false).0;
    for (path, text) in [("code.py", code), ("keys.ini", &passwords), (test, "def test_a():\n    pass\n")] {
        tree.insert(TreePath::new(path).unwrap(), text.as_bytes().to_vec());
    }
    let packed = archive::pack("leaky", &tree).unwrap();
    let inspection = package::examine(Cursor::new(packed), &Request::default()).unwrap().inspection;
    assert!(inspection.findings.iter().any(|finding| finding.rule == "AL-CODE-shell-injection"));
    assert!(inspection.files.iter().any(|file| file.sha256.to_string() == digest));
    assert_eq!(inspection.plan.inventory, [format!("{test}::test_a")]);
    assert!(inspection.manifest.is_some());
}

#[test]
fn what_is_said_of_a_manifest_alone_is_cleared_too() {
    let (tree, secrets) = package(true);
    let mut findings = manifest::check(&tree, &Request::default().scan).findings;
    let shown = |findings: &[airlock_model::Finding]| serde_json::to_string_pretty(findings).unwrap();
    assert!(secrets.iter().any(|secret| shown(&findings).contains(secret.as_str())), "there is something to clear");
    files::secrets_in(&tree).clear(&mut findings);
    assert_clear("a manifest", &shown(&findings), &secrets);
}

#[test]
fn a_scan_of_python_alone_is_cleared_too() {
    let (tree, secrets) = package(false);
    let mut findings = python::scan(&tree, &python::Settings::default()).findings;
    let shown = |findings: &[airlock_model::Finding]| serde_json::to_string_pretty(findings).unwrap();
    assert!(secrets.iter().any(|secret| shown(&findings).contains(secret.as_str())), "there is something to clear");
    files::secrets_shown(&tree, &findings).clear(&mut findings);
    assert_clear("a scan", &shown(&findings), &secrets);
}
