//! Keys and tokens in any encoding and form.

use super::*;

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
