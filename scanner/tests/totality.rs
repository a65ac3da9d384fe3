//! Whatever the bytes are: a scan ends, in findings or in none, the same each time and
//! with any number of threads, and what is too much to follow is said to be so.

use std::fmt::Write as _;

use airlock_model::{Finding, Tree, TreePath};
use airlock_scanner::python::{Scan, Settings, scan};
use proptest::prelude::*;

fn scanned(files: &[(&str, &[u8])], jobs: usize) -> Scan {
    let mut tree = Tree::new();
    for (path, bytes) in files {
        tree.insert(TreePath::new(*path).expect("the paths of these tests are plain"), *bytes);
    }
    scan(&tree, &Settings { jobs, ..Settings::default() })
}

fn findings(text: &str) -> Vec<Finding> {
    scanned(&[("a.py", text.as_bytes())], 1).findings
}

/// Scans one file beside others, with one thread and with four, and holds the results together.
fn is_total(bytes: &[u8]) -> Result<(), TestCaseError> {
    let files: [(&str, &[u8]); 3] =
        [("a.py", bytes), ("b.py", b"from a import *\nimport os\nos.system('id')\n"), ("p/__init__.py", bytes)];
    let one = scanned(&files, 1);
    let four = scanned(&files, 4);
    prop_assert_eq!(&one.findings, &four.findings);
    prop_assert_eq!(&one.findings, &scanned(&files, 1).findings);
    prop_assert!(one.findings.iter().all(|finding| finding.rule != "AL-CODE-scanner-fault"), "{:?}", one.findings);
    // What stands beside the file is found whatever the file is.
    prop_assert!(one.findings.iter().any(|finding| finding.file.as_deref() == Some("b.py")));
    Ok(())
}

/// The disguises: a good start for mutations, since they take every path through the engine.
fn disguises() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/evasion");
    let entries = std::fs::read_dir(folder).expect("the fixtures are there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.sort();
    paths.iter().filter(|path| path.is_file()).map(|path| std::fs::read(path).expect("a file")).collect()
}

#[derive(Debug, Clone)]
enum Mutation {
    Replace(prop::sample::Index, u8),
    Remove(prop::sample::Index, u8),
    Repeat(prop::sample::Index, u8),
    Insert(prop::sample::Index, &'static str),
    Splice(prop::sample::Index, prop::sample::Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    let piece = prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "f'{",
        "\\",
        "\n",
        "\r",
        "\x0c",
        "lambda:",
        " for x in ",
        "**",
        ":=",
        "yield ",
        "await ",
        "*",
        "getattr(",
        "exec(",
        "x = x + x\n",
        "\u{202e}",
        "\u{fb01}",
        "#",
        "0x",
    ]);
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (at(), 1..20u8).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (at(), 1..60u8).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        (at(), piece).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        (at(), at()).prop_map(|(at, other)| Mutation::Splice(at, other)),
    ]
}

fn mutated(mut bytes: Vec<u8>, mutations: Vec<Mutation>, others: &[Vec<u8>]) -> Vec<u8> {
    for mutation in mutations {
        let place = |at: &prop::sample::Index, bytes: &[u8]| at.index(bytes.len().max(1)).min(bytes.len());
        match mutation {
            Mutation::Replace(at, byte) => {
                let at = place(&at, &bytes);
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
            Mutation::Remove(at, count) => {
                let at = place(&at, &bytes);
                let end = (at + usize::from(count)).min(bytes.len());
                bytes.drain(at..end);
            }
            Mutation::Repeat(at, count) => {
                let at = place(&at, &bytes);
                let piece: Vec<u8> = bytes[at..].iter().copied().take(12).collect();
                let repeated = piece.repeat(usize::from(count));
                bytes.splice(at..at, repeated);
            }
            Mutation::Insert(at, piece) => {
                let at = place(&at, &bytes);
                bytes.splice(at..at, piece.bytes());
            }
            Mutation::Splice(at, other) => {
                let at = place(&at, &bytes);
                let other = &others[other.index(others.len())];
                bytes.splice(at..at, other.iter().copied());
            }
        }
    }
    bytes
}

/// A random expression, printed as Python; names are few, so that they meet.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "a",
            "b",
            "c",
            "os",
            "self",
            "getattr",
            "exec",
            "globals",
            "base64",
            "__name__",
            "A",
            "f",
            "sys.modules",
        ])
        .prop_map(str::to_owned),
        any::<i32>().prop_map(|int| int.to_string()),
        "[a-z%{}\\\\]{0,6}".prop_map(|text| format!("{text:?}")),
        Just("b'\\x00ab'".to_owned()),
        Just("None".to_owned()),
        Just("2 ** 70".to_owned()),
    ];
    leaf.prop_recursive(6, 60, 4, |inner| {
        let two = (inner.clone(), inner.clone());
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            (
                two.clone(),
                prop::sample::select(vec!["+", "*", "%", "-", "//", "<<", "and", "or", "==", "in", "|", "**"])
            )
                .prop_map(|((left, right), op)| format!("({left} {op} {right})")),
            two.clone().prop_map(|(function, argument)| format!("({function})({argument})")),
            two.clone().prop_map(|(function, argument)| format!("({function})(*[{argument}], k={argument})")),
            two.clone().prop_map(|(base, key)| format!("({base})[{key}]")),
            two.clone().prop_map(|(base, key)| format!("({base})[{key}::-1]")),
            two.clone().prop_map(|(element, items)| format!("[{element} for a in {items} if a]")),
            two.clone().prop_map(|(element, items)| format!("''.join(chr({element}) for b in {items})")),
            two.clone().prop_map(|(key, value)| format!("{{{key}: {value}, **{value}}}")),
            two.clone().prop_map(|(base, name)| format!("getattr({base}, {name})")),
            three.prop_map(|(test, one, other)| format!("({one} if {test} else {other})")),
            two.prop_map(|(body, default)| format!("(lambda c={default}: {body})")),
            (
                inner.clone(),
                prop::sample::select(vec!["system", "b", "join", "__dict__", "decode", "append", "format"])
            )
                .prop_map(|(base, name)| format!("({base}).{name}")),
            inner.clone().prop_map(|inner| format!("f\"{{{}}}\"", inner.replace(['"', '\\', '{', '}'], ""))),
            inner.clone().prop_map(|inner| format!("(c := {inner})")),
            inner.clone().prop_map(|inner| format!("-{inner}")),
            inner.prop_map(|inner| format!("exec({inner})")),
        ]
    })
}

/// Random statements, indented blocks among them.
fn statements() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["a", "b", "c", "f", "A"]);
    let simple = prop_oneof![
        (name(), expression()).prop_map(|(name, value)| format!("{name} = {value}\n")),
        (name(), expression()).prop_map(|(name, value)| format!("{name} += {value}\n")),
        (name(), expression()).prop_map(|(name, value)| format!("{name}.append({value})\n")),
        (name(), name(), expression()).prop_map(|(one, two, value)| format!("{one}, *{two} = {value}\n")),
        expression().prop_map(|value| format!("{value}\n")),
        expression().prop_map(|value| format!("return {value}\n")),
        Just("import os, sys, base64\n".to_owned()),
        Just("from os import *\n".to_owned()),
        Just("global a\n".to_owned()),
    ];
    simple.prop_recursive(4, 30, 6, move |inner| {
        let block = prop::collection::vec(inner, 1..5).prop_map(|body| {
            body.concat().lines().fold(String::new(), |mut out, line| {
                writeln!(out, "    {line}").expect("a string takes any text");
                out
            })
        });
        prop_oneof![
            (name(), block.clone()).prop_map(|(name, body)| format!("def {name}(self, c=a):\n{body}")),
            (name(), name(), block.clone()).prop_map(|(name, base, body)| format!("class {name}({base}):\n{body}")),
            (name(), expression(), block.clone())
                .prop_map(|(name, items, body)| format!("for {name} in {items}:\n{body}")),
            (expression(), block.clone()).prop_map(|(test, body)| format!("while {test}:\n{body}")),
            (expression(), block.clone()).prop_map(|(test, body)| format!("if {test}:\n{body}")),
            (expression(), block.clone()).prop_map(|(item, body)| format!("with {item} as b:\n{body}")),
            (expression(), block).prop_map(|(value, body)| format!("match {value}:\n  case [a, *b]:\n{body}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        is_total(&bytes)?;
    }

    #[test]
    fn mutated_disguises(
        start in any::<prop::sample::Index>(),
        mutations in prop::collection::vec(mutation(), 1..12),
    ) {
        let all = disguises();
        let bytes = all[start.index(all.len())].clone();
        is_total(&mutated(bytes, mutations, &all))?;
    }

    #[test]
    fn generated_programs(program in prop::collection::vec(statements(), 1..8)) {
        is_total(program.concat().as_bytes())?;
    }
}

/// Whether a scan said that there was too much to follow.
fn is_too_complex(found: &[Finding]) -> bool {
    found.iter().any(|finding| finding.rule == "AL-CODE-too-complex")
}

#[test]
fn what_no_interpreter_takes_is_refused() {
    for text in [
        format!("x = 1{}\n", "+1".repeat(200_000)),
        format!("x = {}1\n", "-".repeat(1_000_000)),
        "([".repeat(256 * 1024),
        // Each bracket is closed before its chain goes on.
        format!("x = {}\n", (0..190).fold("1".to_owned(), |inner, _| format!("({inner}{})", "+1".repeat(3900)))),
        format!("x = {}1\n", "lambda a, b: ".repeat(100_000)),
        format!("x = {}1\n", "yield a, ".repeat(100_000)),
        format!("x = {}1{}\n", "f'{".repeat(50_000), "}'".repeat(50_000)),
        format!("x = '{}'\n", "a".repeat(6 * 1024 * 1024)),
    ] {
        assert!(is_too_complex(&findings(&text)), "{}…", &text[..20]);
    }
}

#[test]
fn size_alone_is_no_fault() {
    let line = format!("x = '{}'\n", "a".repeat(4_900_000));
    let names: String = (0..50_000).map(|n| format!("'k{n}': f{n}, ")).collect();
    let table = format!("x = {{{names}}}\nx['k1']()\n");
    let chain: String = (1..100_000).map(|n| format!("a{n}=a{}\n", n - 1)).collect();
    let chain = format!("import os\na0=os.system\n{chain}a99999('id')\n");
    for text in [line, table, chain] {
        let found = findings(&text);
        assert!(found.iter().all(|finding| finding.rule != "AL-CODE-scanner-fault"), "{found:?}");
    }
}

#[test]
fn what_grows_without_end_is_cut_short() {
    let doubled = format!("x = 'ab'\n{}exec(x)\n", "x = x + x\n".repeat(60));
    let nested = format!("x = ['a']\n{}exec(x[0])\n", "x = [x, x]\n".repeat(60));
    let formatted = format!("x = 'ab'\n{}exec(x)\n", "x = '%s%s' % (x, x)\n".repeat(60));
    let braces = format!("x = 'ab'\n{}exec(x)\n", "x = f'{x}{x}'\n".repeat(60));
    let bombs = [
        "exec('a' * 10 ** 12)\n".to_owned(),
        "exec('a' * 1000 * 1000 * 1000 * 1000)\n".to_owned(),
        "exec(','.join(['a' * 1000] * 1000000))\n".to_owned(),
        "exec('%999999999d' % 1)\n".to_owned(),
        "exec(f'{1:999999999}')\n".to_owned(),
        "exec('a'.ljust(10 ** 12))\n".to_owned(),
        "exec('a'.replace('', 'b' * 100000) * 100000)\n".to_owned(),
        "exec(str(10 ** 10 ** 10))\n".to_owned(),
        "exec(''.join(chr(97) for a in range(10 ** 9)))\n".to_owned(),
        "exec(''.join('a' for a in range(5000) for b in range(5000) for c in range(5000)))\n".to_owned(),
        "x = ''\nwhile True:\n    x += 'a'\nexec(x)\n".to_owned(),
        "x = 'a'\nfor i in range(60000):\n    x += x\nexec(x)\n".to_owned(),
        "def f(n):\n    return f(n) + f(n)\nexec(f(1))\n".to_owned(),
        "f = lambda n: f(n)(f)\nexec(f(1))\n".to_owned(),
        "x = []\nfor i in range(60000):\n    x.append(x)\nexec(x[0])\n".to_owned(),
    ];
    for text in [doubled, nested, formatted, braces].into_iter().chain(bombs) {
        let found = findings(&text);
        // The call is named even though its text is not known.
        assert!(found.iter().any(|finding| finding.message.contains("builtins.exec")), "{text:.60}: {found:?}");
        assert!(found.iter().all(|finding| finding.rule != "AL-CODE-scanner-fault"), "{text:.60}: {found:?}");
    }
}

#[test]
fn compressed_bombs_stay_closed() {
    use base64::Engine as _;
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 16 * 1024 * 1024]).expect("memory takes it");
    let bomb = encoder.finish().expect("memory takes it");
    let text = base64::engine::general_purpose::STANDARD.encode(bomb);
    let found = findings(&format!("import base64, zlib\nexec(zlib.decompress(base64.b64decode('{text}')))\n"));
    let told = |finding: &Finding| finding.rule == "AL-MALWARE-obfuscated-payload";
    assert!(found.iter().any(told), "{found:?}");
}

#[test]
fn foldings_within_foldings_do_not_exhaust_the_stack() {
    // Each key is asked for to tell what the next name is.
    let keys: String = (1..5000).map(|n| format!("a{n} = m[a{}.x].y\n", n - 1)).collect();
    let calls: String =
        (1..3000).map(|n| format!("def f{n}(x):\n    return getattr(f{}(x), f{}(x))\n", n - 1, n - 1)).collect();
    for text in [format!("{keys}exec(a4999)\n"), format!("{calls}f2999(1)()\n")] {
        let found = findings(&text);
        assert!(found.iter().all(|finding| finding.rule != "AL-CODE-scanner-fault"), "{found:?}");
    }
}
