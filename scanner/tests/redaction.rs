//! No secret of a package is in any rendering of what is said about it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::Cursor;

use airlock_model::report::{sarif, text};
use airlock_model::verdict::judge;
use airlock_model::{Policy, Report, Tree, TreePath};
use airlock_scanner::package::{self, Request};
use airlock_scanner::{archive, files, python};

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
    let lines: Vec<String> =
        (0..6).map(|line| airlock_model::Sha256::of(format!("line {line}").as_bytes()).to_string()).collect();
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

#[test]
fn a_scan_of_python_alone_is_cleared_too() {
    let (tree, secrets) = package(false);
    let mut findings = python::scan(&tree, &python::Settings::default()).findings;
    let shown = |findings: &[airlock_model::Finding]| serde_json::to_string_pretty(findings).unwrap();
    assert!(secrets.iter().any(|secret| shown(&findings).contains(secret.as_str())), "there is something to clear");
    files::secrets_shown(&tree, &findings).clear(&mut findings);
    assert_clear("a scan", &shown(&findings), &secrets);
}
