//! The files room: each rule's bad case with a benign twin beside it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;

use airlock_model::finding::{Finding, Permission, PolicyAction, RuleMeta, Severity};
use airlock_model::inspection::{FileKind, TextFormat};
use airlock_model::policy::Policy;
use airlock_model::tree::{Tree, TreePath};
use airlock_scanner::archive;
use airlock_scanner::files::{self, FilesCheck};

const PAPERS: &[(&str, &[u8])] = &[("README.md", b"Does a thing.\n"), ("LICENSE", b"MIT License\n")];

fn tree(files: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new();
    for (path, content) in files {
        tree.insert(TreePath::new(*path).unwrap(), *content);
    }
    tree
}

/// A plugin with its papers and one more file.
fn with(path: &str, content: &[u8]) -> FilesCheck {
    let mut all = PAPERS.to_vec();
    all.push((path, content));
    files::check(&tree(&all), None)
}

fn one(check: FilesCheck) -> Finding {
    assert_eq!(check.findings.len(), 1, "{:#?}", check.findings);
    check.findings.into_iter().next().unwrap()
}

fn action(finding: &Finding) -> PolicyAction {
    Policy::default().decide_finding(finding).action
}

#[test]
fn readme_and_license_are_required() {
    let rules = |files: &[(&str, &[u8])]| {
        let check = files::check(&tree(files), None);
        assert!(check.findings.iter().all(|finding| action(finding) == PolicyAction::Reject));
        check.findings.into_iter().map(|finding| finding.rule).collect::<BTreeSet<_>>()
    };
    let all = |ids: &[&str]| ids.iter().map(|id| format!("AL-FILES-{id}")).collect::<BTreeSet<_>>();
    assert_eq!(rules(&[("plugin.yaml", b"")]), all(&["no-readme", "no-license"]));
    assert_eq!(rules(&[("README.md", b" \n\xef\xbb\xbf"), ("LICENSE", b"\n")]), all(&["empty-readme", "no-license"]));
    assert_eq!(rules(&[("docs/README.md", b"x"), ("docs/LICENSE", b"x")]), all(&["no-readme", "no-license"]));
    for readme in ["README.md", "README.rst", "README.txt", "README", "Readme.md"] {
        for license in ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING", "UNLICENSE"] {
            assert_eq!(rules(&[(readme, b"Does a thing."), (license, b"x")]), BTreeSet::new(), "{readme} {license}");
        }
    }
}

#[test]
fn texts_for_the_catalogue_are_bounded() {
    let long = "é".repeat(200_000);
    let check = with("CHANGELOG.md", long.as_bytes());
    assert_eq!(check.papers.readme.as_deref(), Some("Does a thing.\n"));
    let changelog = check.papers.changelog.clone().unwrap();
    assert_eq!(changelog.len(), 256 * 1024);
    assert!(!changelog.contains('\u{fffd}'));
    assert_eq!(with("HISTORY.rst", b"1.0").papers.changelog.as_deref(), Some("1.0"));
    assert_eq!(with("docs/CHANGELOG.md", b"1.0").papers.changelog, None);
}

#[test]
fn texts_for_the_catalogue_say_how_they_are_written() {
    for (name, format) in [
        ("CHANGELOG.md", TextFormat::Markdown),
        ("HISTORY.rst", TextFormat::Rst),
        ("NEWS.TXT", TextFormat::Plain),
        ("CHANGES", TextFormat::Plain),
    ] {
        let papers = with(name, b"1.0").papers;
        assert_eq!((papers.readme_format, papers.changelog_format), (TextFormat::Markdown, format), "{name}");
    }
    for (name, format) in
        [("README.md", TextFormat::Markdown), ("Readme.rst", TextFormat::Rst), ("README.txt", TextFormat::Plain)]
    {
        let papers = files::check(&tree(&[(name, b"Does a thing.")]), None).papers;
        assert_eq!((papers.readme.as_deref(), papers.readme_format), (Some("Does a thing."), format), "{name}");
    }
}

#[test]
fn entries_point_into_the_views() {
    let check = with("a.bin", b"\0\x01");
    let views: Vec<&[u8]> = check
        .entries
        .iter()
        .map(|entry| &check.views[entry.offset as usize..(entry.offset + entry.size) as usize])
        .collect();
    assert_eq!(views, [&b"MIT License\n"[..], b"Does a thing.\n", b"\0\x01"]);
    let kinds: Vec<FileKind> = check.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [FileKind::Text, FileKind::Text, FileKind::Binary]);
    assert_eq!(check.entries[2].sha256, airlock_model::Sha256::of(b"\0\x01"));
    assert_eq!(with("a.py", b"x").entries[2].kind, FileKind::Python);
}

fn windows_program() -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x40;
    bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
    bytes
}

/// What matters here of a zip with one member.
fn zip_of(member: &str) -> Vec<u8> {
    let length = u16::try_from(member.len()).unwrap().to_le_bytes();
    let local = [&b"PK\x03\x04"[..], &[0; 22], &length, &[0; 2], member.as_bytes()].concat();
    let entry = [&b"PK\x01\x02"[..], &[0; 24], &length, &[0; 16], member.as_bytes()].concat();
    [local, entry, b"PK\x05\x06".to_vec(), vec![0; 18]].concat()
}

#[test]
fn each_kind_of_file_is_told() {
    let bytecode = [&b"\xcb\x0d\r\n"[..], &[0; 20]].concat();
    let tar = [&vec![b'x'; 257][..], b"ustar\x0000", &[0; 300]].concat();
    let cases: &[(&str, &[u8], &str, PolicyAction)] = &[
        ("fast.so", b"\x7fELF\x02\x01", "native-binary", PolicyAction::Hold),
        ("lib/libx.so.1", b"\x7fELF\x02\x01", "native-binary", PolicyAction::Hold),
        ("run", b"\x7fELF\x02\x01", "native-binary", PolicyAction::Hold),
        ("x.dll", &windows_program(), "native-binary", PolicyAction::Hold),
        ("x.dylib", b"\xcf\xfa\xed\xfe\x07", "native-binary", PolicyAction::Hold),
        ("x.wasm", b"\0asm\x01\0\0\0", "native-binary", PolicyAction::Hold),
        ("x.pyd", b"no known form", "native-binary", PolicyAction::Hold),
        ("tour.ipynb", b"{\"cells\": []}", "notebook", PolicyAction::Note),
        (
            "tour.ipynb",
            b"{\"cells\": [{\"cell_type\": \"code\", \"source\": \"!ls\"}]}",
            "notebook",
            PolicyAction::Note,
        ),
        ("tour.ipynb", b"{}", "notebook", PolicyAction::Hold),
        (
            "tour.ipynb",
            b"{\"cells\": [], \"metadata\": {\"language_info\": {\"name\": \"R\"}}}",
            "notebook",
            PolicyAction::Hold,
        ),
        ("notes.txt", b"\x7fELF\x02\x01", "disguised-binary", PolicyAction::Reject),
        ("logo.png", &windows_program(), "disguised-binary", PolicyAction::Reject),
        ("tool.py", b"\xcf\xfa\xed\xfe\x07", "disguised-binary", PolicyAction::Reject),
        ("data.dat", &bytecode, "disguised-binary", PolicyAction::Reject),
        ("core.pyc", &bytecode, "bytecode", PolicyAction::Reject),
        ("core.pyo", b"", "bytecode", PolicyAction::Reject),
        ("x.zip", b"PK\x03\x04", "nested-archive", PolicyAction::Hold),
        ("x.tar.gz", b"\x1f\x8b\x08\0", "nested-archive", PolicyAction::Hold),
        ("logo.png", b"PK\x03\x04", "nested-archive", PolicyAction::Hold),
        ("x.tar", &tar, "nested-archive", PolicyAction::Hold),
        ("sheet.xlsx", b"PK\x03\x04", "nested-archive", PolicyAction::Note),
        ("words.npz", &zip_of("hidden.py"), "nested-archive", PolicyAction::Hold),
        ("words.npz", &zip_of("words.npy"), "nested-archive", PolicyAction::Note),
        ("notes.txt", &[b"notes\n", &zip_of("hidden.py")[..]].concat(), "nested-archive", PolicyAction::Hold),
        ("bin/helper", b"#!/usr/bin/env python3\nprint(1)\n", "unscanned-script", PolicyAction::Hold),
        ("demo.pth", b"import os; os.system('id')\n", "path-file", PolicyAction::Reject),
        ("demo.pth", b"# path\rimport os; os.system('id')\n", "path-file", PolicyAction::Reject),
        ("demo.pth", b"# path\x0bimport\tos\n", "path-file", PolicyAction::Reject),
        ("demo.pth", "# path\u{2028}import os\n".as_bytes(), "path-file", PolicyAction::Reject),
        ("demo.pth", b"# path\x85import os\n", "path-file", PolicyAction::Reject),
        ("demo.pth", b"\xef\xbb\xbfimport os\n", "path-file", PolicyAction::Reject),
        ("demo.pth", b"\xff\xfei\0m\0p\0o\0r\0t\0 \0o\0s\0\n\0", "path-file", PolicyAction::Reject),
        ("demo.pth", b"../lib\n", "path-file", PolicyAction::Note),
        ("demo.pth", b"../important\n# import os\n", "path-file", PolicyAction::Note),
        ("sitecustomize.py", b"", "site-hook", PolicyAction::Reject),
        ("src/usercustomize/__init__.py", b"", "site-hook", PolicyAction::Reject),
        ("pytest.py", b"", "shadows-module", PolicyAction::Reject),
        ("src/_pytest/__init__.py", b"", "shadows-module", PolicyAction::Reject),
        ("random.py", b"", "shadows-module", PolicyAction::Hold),
        ("src/ssl/__init__.py", b"", "shadows-module", PolicyAction::Hold),
    ];
    for (path, content, rule, expected) in cases {
        let finding = one(with(path, content));
        assert_eq!(finding.rule, format!("AL-FILES-{rule}"), "{path}");
        assert_eq!(finding.file.as_deref(), Some(*path));
        assert_eq!(action(&finding), *expected, "{path}: {finding:#?}");
    }
}

#[test]
fn honest_files_are_left_alone() {
    let cases: &[(&str, &[u8])] = &[
        ("notes.txt", b"MZ is how a program begins, ELF another."),
        ("script.py", b"#!/usr/bin/env python3\n"),
        ("run.sh", b"#!/bin/sh\n"),
        ("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("demo/random.py", b""),
        ("demo/pytest.py", b""),
        ("random/data.txt", b""),
        ("random/helper.py", b""),
        ("tests/conftest.py", b""),
        ("setup.py", b""),
        ("pytest.ini", b""),
        ("src/demo/sitecustomize.py", b""),
        ("site.md", b"Put `import x` in a .pth file."),
        ("key.md", b"-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n"),
        ("config.yaml", b"aws_secret_access_key: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
        ("task.md", b"see task-force-and-other-long-hyphenated-names-of-things"),
    ];
    for (path, content) in cases {
        let check = with(path, content);
        assert!(check.findings.is_empty(), "{path}: {:#?}", check.findings);
    }
    let mut both = PAPERS.to_vec();
    both.extend([("a.py", &b"x"[..]), ("a.pyc", b"x")]);
    let finding = one(files::check(&tree(&both), None));
    assert_eq!((finding.rule.as_str(), finding.severity), ("AL-FILES-bytecode", Severity::Low));
}

#[test]
fn native_code_follows_the_declaration() {
    let finding = one(with("fast.so", b"\x7fELF"));
    assert_eq!((finding.permission, finding.severity), (Some(Permission::Absent), Severity::Medium));
}

/// Letters and digits without an order that a placeholder would have.
fn letters(len: usize) -> String {
    let alphabet = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (0..len).map(|n| char::from(alphabet[(n * n * 7 + n * 13 + 5) % alphabet.len()])).collect()
}

/// Digits of a hash, drawn as if at random.
fn hexadecimal(len: usize) -> String {
    let digest = airlock_model::Sha256::of(b"a seed").to_string();
    digest.chars().cycle().take(len).collect()
}

#[test]
fn values_whose_names_call_them_secret_are_found_where_code_reads_them() {
    let value = letters(32);
    let text = format!("database_password: \"{value}\"\n");
    let finding = one(with("settings.toml", text.as_bytes()));
    assert_eq!((finding.rule.as_str(), action(&finding)), ("AL-FILES-credential", PolicyAction::Hold));
    assert!(!format!("{finding:?}").contains(&value[6..14]));
    for (path, text) in [
        ("docs/guide.md", text.as_str()),
        ("settings.toml", "password = \"correct_horse_battery_staple\"\n"),
        ("settings.toml", "token = ${{ secrets.PUBLISHING_TOKEN_1234 }}\n"),
        ("settings.toml", "api_key = settings_module_api_key_name\n"),
        ("settings.toml", "secret_name = \"\"\n"),
    ] {
        assert!(with(path, text.as_bytes()).findings.is_empty(), "{path} {text}");
    }
}

#[test]
fn credentials_are_found_and_never_repeated() {
    let shapes = [
        ("ghp_", 36),
        ("github_pat_", 70),
        ("glpat-", 20),
        ("xoxb-", 40),
        ("sk_live_", 24),
        ("AIza", 35),
        ("sk-", 48),
        ("pypi-AgE", 60),
        ("npm_", 36),
        ("hf_", 34),
        ("gsk_", 52),
        ("r8_", 37),
        ("pplx-", 48),
        ("xai-", 80),
        ("dckr_pat_", 27),
        ("lin_api_", 40),
        ("ntn_", 46),
        ("figd_", 42),
        ("ATATT3", 180),
        ("hvs.", 96),
        ("glsa_", 0),
        ("dop_v1_", 0),
        ("rubygems_", 0),
        ("shpat_", 0),
        ("dapi", 0),
        ("GOCSPX-", 28),
        ("whsec_", 40),
        ("sntrys_", 70),
        ("sq0atp-", 22),
        ("ya29.", 60),
    ];
    for (prefix, len) in shapes {
        let body = match prefix {
            "glsa_" => format!("{}_{}", letters(32), &hexadecimal(8)),
            "dop_v1_" => hexadecimal(64),
            "rubygems_" => hexadecimal(48),
            "shpat_" | "dapi" => hexadecimal(32),
            _ => letters(len),
        };
        let text = format!("# settings\ntoken: \"{prefix}{body}\"\n");
        let finding = one(with("config.yaml", text.as_bytes()));
        assert_eq!(finding.rule, "AL-FILES-credential", "{prefix}");
        assert_eq!((finding.line, finding.column), (Some(2), Some(9)), "{prefix}");
        assert_eq!(action(&finding), PolicyAction::Reject);
        let whole = format!("{finding:?}");
        assert!(!whole.contains(&body) && !whole.contains(&body[6..12]), "{whole}");
        let in_tests = one(with("tests/fixtures/config.yaml", text.as_bytes()));
        assert_eq!(action(&in_tests), PolicyAction::Hold, "{prefix}");
        let placeholder = format!("token: {prefix}{}\n", "x".repeat(body.len()));
        assert!(with("config.yaml", placeholder.as_bytes()).findings.is_empty(), "{prefix}");
    }
}

#[test]
fn private_keys_are_found_and_never_repeated() {
    let body = letters(400);
    for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
        let text = format!("-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\n");
        let finding = one(with("certs/server.key", text.as_bytes()));
        assert_eq!(finding.rule, "AL-FILES-private-key");
        assert_eq!(action(&finding), PolicyAction::Reject);
        assert!(!format!("{finding:?}").contains(&body[10..20]));
    }
    let public = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    assert!(with("certs/server.pub", public.as_bytes()).findings.is_empty());
}

#[test]
fn every_rule_is_documented() {
    const HEADINGS: [&str; 5] =
        ["## What it finds", "## Why it is dangerous", "## Example", "## Safe form", "## References"];
    let groups: [(&str, &[&RuleMeta]); 2] = [("ARCHIVE", archive::rules::ALL), ("FILES", files::rules::ALL)];
    let mut ids = BTreeSet::new();
    for (group, rule) in groups.iter().flat_map(|(group, rules)| rules.iter().map(move |rule| (group, rule))) {
        assert!(ids.insert(rule.id), "{} is there twice", rule.id);
        assert_eq!(rule.group(), *group, "{}", rule.id);
        let headings: Vec<&str> = rule.doc.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", rule.id);
        assert!(
            rule.doc.split("## ").skip(1).all(|part| part.lines().skip(1).any(|line| !line.is_empty())),
            "{}",
            rule.id
        );
        assert!(!rule.title.ends_with('.') && rule.remedy.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn a_back_end_in_the_package_is_told() {
    let own: &[u8] = b"[build-system]\nrequires = []\nbuild-backend = \"here\"\nbackend-path = [\"tools\"]\n";
    let finding = one(with("pyproject.toml", own));
    assert_eq!((finding.rule.as_str(), finding.line), ("AL-FILES-build-backend", Some(4)));
    assert_eq!(action(&finding), PolicyAction::Hold);
    let published: &[u8] = b"[build-system]\nbuild-backend = \"setuptools.build_meta\"\n# backend-path = [\"x\"]\n";
    for (path, text) in [("pyproject.toml", published), ("docs/pyproject.toml", own)] {
        assert!(with(path, text).findings.is_empty(), "{path}");
    }
}
