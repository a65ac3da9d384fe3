//! Names, links and what is left out.

use super::*;

pub(super) fn names(cases: &mut Cases) {
    let named = |name: &[u8]| beside(member(name, 0, CODE, CODE.to_vec()).both(|head| head.flags |= 1 << 11));
    let shift = |name: &'static str, rule, path: &[u8]| reject(name, rule, named(path));
    let two = |one: &str, other: &str| {
        let marked = |name| stored(name, CODE).both(|head| head.flags |= 1 << 11);
        zip(&[stored("plugin.yaml", YAML), marked(one), marked(other)])
    };
    let long = [b"d/".repeat(33), b"x".to_vec()].concat();
    let below = |top: &str| zip(&[stored(&format!("{top}/plugin.yaml"), YAML), deflated(&format!("{top}/a.py"), CODE)]);
    cases.reject(vec![
        reject("top folder named as a device", "bad-name", below("nul")),
        reject("top folder with a space at its end", "bad-name", below("demo ")),
        reject("top folder with a dot at its end", "bad-name", below("demo.")),
        reject("top folder with an asterisk", "bad-name", below("demo*")),
        reject("top folder with a version", "bad-name", below("demo;1")),
        reject("long top folder", "long-name", below(&"d".repeat(101))),
        shift("absolute", "path-traversal", b"/etc/passwd"),
        shift("climbing", "path-traversal", b"../evil.py"),
        shift("climbing in the middle", "path-traversal", b"a/../../evil.py"),
        shift("climbing by backslash", "path-traversal", b"a\\..\\..\\evil.py"),
        shift("drive", "path-traversal", b"C:/evil.py"),
        shift("drive without slash", "path-traversal", b"c:evil.py"),
        shift("share", "path-traversal", b"\\\\host\\share\\evil.py"),
        shift("backslash", "bad-name", b"a\\b.py"),
        shift("newline", "bad-name", b"a\nb.py"),
        shift("escape", "bad-name", b"a\x1b[31m.py"),
        shift("delete", "bad-name", b"a\x7f.py"),
        shift("zero byte", "bad-name", b"a.py\0.txt"),
        shift("not utf-8", "bad-name", b"caf\xe9.py"),
        shift("empty", "bad-name", b""),
        shift("empty component", "bad-name", b"a//b.py"),
        shift("dot component", "bad-name", b"a/./b.py"),
        shift("right to left", "bad-name", "a\u{202e}yp.txt".as_bytes()),
        shift("zero width", "bad-name", "a\u{200b}.py".as_bytes()),
        shift("no character", "bad-name", "a\u{ffff}.py".as_bytes()),
        shift("no character of Arabic", "bad-name", "a\u{fdd0}.py".as_bytes()),
        shift("no character of the last plane", "bad-name", "a\u{10fffe}.py".as_bytes()),
        shift("no character in what is left out", "bad-name", ".git/a\u{1ffff}".as_bytes()),
        shift("no-break space at the end", "bad-name", "a.py\u{a0}".as_bytes()),
        shift("ideographic space at the end of a folder", "bad-name", "d\u{3000}/a.py".as_bytes()),
        shift("blank pattern of Braille", "bad-name", "a\u{2800}.py".as_bytes()),
        shift("stream", "bad-name", b"notes.txt:hidden"),
        shift("trailing dot", "bad-name", b"a.py."),
        shift("trailing space", "bad-name", b"a.py "),
        shift("version", "bad-name", b"plugin.yaml;1"),
        shift("version of no digits", "bad-name", b"a.py;"),
        shift("version of a folder", "bad-name", b"d;12/a.py"),
        shift("question mark", "bad-name", b"a?.py"),
        shift("asterisk", "bad-name", b"a*.py"),
        shift("quotation mark", "bad-name", b"a\".py"),
        shift("less-than sign", "bad-name", b"a<.py"),
        shift("greater-than sign", "bad-name", b"d>/a.py"),
        shift("vertical bar", "bad-name", b"a|b.py"),
        shift("short name of .git", "bad-name", b"GIT~1/config"),
        shift("another short name of .git", "bad-name", b"git~2"),
        shift("short name of the manifest", "bad-name", b"PLUGIN~1.YAM"),
        shift("short name of a cache", "bad-name", b"a/__PYCA~1/a.pyc"),
        shift(".git with a dot at its end", "bad-name", b".git./config"),
        shift(".git with a space at its end", "bad-name", b".GIT /config"),
        shift("stream of .git", "bad-name", b".git::$INDEX_ALLOCATION/config"),
        shift("stream of the manifest", "bad-name", b"plugin.yaml::$DATA"),
        shift("device", "bad-name", b"con.py"),
        shift("device before a space", "bad-name", b"aux .txt"),
        shift("console's input", "bad-name", b"CONIN$"),
        shift("port with a raised digit", "bad-name", "COM\u{b9}.txt".as_bytes()),
        shift("device in a folder", "bad-name", b"a/NUL"),
        shift("port", "bad-name", b"COM1.txt"),
        reject("not marked as utf-8", "bad-name", beside(stored("caf\u{e9}.py", CODE))),
        shift("long component", "long-name", &b"x".repeat(101)),
        shift("deep", "long-name", &long),
        shift("long path", "long-name", &[&b"0123456789/".repeat(15)[..], &b"y".repeat(99)].concat()),
        shift("case", "name-collision", b"PLUGIN.yaml"),
        reject("ligature", "name-collision", two("fi.py", "ﬁ.py")),
        reject("composed", "name-collision", two("caf\u{e9}.py", "cafe\u{301}.py")),
        reject("case of a folder", "name-collision", two("src/a.py", "SRC/b.py")),
        shift("file and folder", "name-collision", b"plugin.yaml/x"),
    ]);
    let fine = |name: &'static str| Accept { name, bytes: named(name.as_bytes()), paths: sorted(name) };
    cases.accept(
        [
            "foo..svg",
            "..hidden",
            "a...b",
            "x-_ 1.txt",
            "grüße.md",
            "日本語.txt",
            "日\u{3000}本.txt",
            "un\u{a0}deux.txt",
            "\u{2801}\u{2803}.txt",
            "\u{fffd}.txt",
            "icon@2x.png",
            "a+b,c=(1)[2]~.txt",
            "a;b.txt",
            "a;1.py",
            "a!#$%&'@^`{}.txt",
            "d/e/f",
        ]
        .map(fine)
        .into_iter()
        .collect(),
    );
}

/// ADR 26: unzip changes such names, and Python on Windows, .NET, 7-Zip there and `jar` write them.
#[test]
fn names_marked_as_utf_8_pass_from_windows_too() {
    let mut zips = Vec::new();
    for (maker, made_by) in [("DOS", 0x0014), ("OS/2", 0x0614), ("Windows", 0x0b14), ("Windows 5.0", 0x0b32)] {
        let marked = stored("grüße.md", CODE).both(|head| head.flags |= 1 << 11);
        let bytes = beside(marked.with(|member| member.made_by = made_by));
        let opened = crate::open(&bytes);
        assert!(crate::rules(&opened).is_empty(), "{maker}: {:#?}", crate::told(&opened));
        assert_eq!(crate::paths(&opened), ["grüße.md", "plugin.yaml", "z.py"], "{maker}");
        zips.push((maker.to_owned(), bytes));
    }
    crate::readers::assert_agree(&zips, crate::readers::Others::MayRefuse);
}

/// What unzip can be told by every maker must be read by it.
#[test]
fn ascii_names_from_windows_are_read_alike_by_all() {
    let from = |made_by: u16| beside(code().with(|member| (member.made_by, member.external) = (made_by, 0x20)));
    let zips = [0x0014, 0x0614, 0x0b14, 0x0b32].map(|made_by| (format!("{made_by:04x}"), from(made_by)));
    crate::readers::assert_agree(&zips, crate::readers::Others::MustRead);
}

#[test]
fn names_of_no_alphabet_are_told_how_to_be_packed() {
    let opened = crate::open(&beside(stored("café.txt", CODE)));
    let [finding] = opened.findings.as_slice() else { panic!("{:#?}", crate::told(&opened)) };
    assert_eq!((finding.rule.as_str(), finding.file.as_deref()), ("AL-ARCHIVE-bad-name", Some("café.txt")));
    assert!(
        finding.remedy.contains("airlock pack") && finding.remedy.contains("python3 -m zipfile"),
        "{}",
        finding.remedy
    );
}

fn sorted(name: &'static str) -> Vec<&'static str> {
    let mut all = vec!["plugin.yaml", "z.py", name];
    all.sort_unstable();
    all
}

pub(super) fn links(cases: &mut Cases) {
    cases.reject(vec![
        reject("symlink", "link", beside(stored("a.py", b"/etc/passwd").mode(0o120_777))),
        reject("name of a disk", "zip-mismatch", beside(code().with(|member| member.external |= 0x08))),
        reject("symlink without unix maker", "link", {
            beside(stored("a.py", b"/etc/passwd").mode(0o120_777).with(|member| member.made_by = 20))
        }),
        reject("pipe", "special-file", beside(stored("a", b"").mode(0o010_644))),
        reject("device", "special-file", beside(stored("a", b"").mode(0o020_644))),
        reject("set user id", "set-id", beside(code().mode(0o104_755))),
        reject("set group id", "set-id", beside(code().mode(0o102_755))),
    ]);
}

pub(super) fn dropped_folders(cases: &mut Cases) {
    cases.reject(vec![
        reject("climbing out of .git", "path-traversal", beside(stored(".git/../../x", b""))),
        reject("climbing after __MACOSX", "path-traversal", beside(stored("__MACOSX/../x", b""))),
        reject("newline in .git", "bad-name", beside(stored(".git/a\nb", b""))),
        reject("right to left in .git", "bad-name", beside(member(".git/a\u{202e}b".as_bytes(), 0, b"", vec![]))),
        reject("file behind a link", "name-collision", {
            let link = stored(".git", b".").mode(0o120_777);
            zip(&[stored("plugin.yaml", YAML), link, stored(".git/plugin.yaml", b"name: evil\n")])
        }),
        reject("file over a link of another case", "name-collision", {
            let link = stored(".git/x", b"../plugin.yaml").mode(0o120_777);
            zip(&[stored("plugin.yaml", YAML), link, stored(".git/X", b"name: evil\n")])
        }),
        reject("not marked, beside what is left out", "bad-name", {
            zip(&[stored("plugin.yaml", YAML), stored("café.txt", b"x"), stored("__MACOSX/._café.txt", b"x")])
        }),
    ]);
    let accepted = |name, bytes| Accept { name, bytes, paths: vec!["plugin.yaml", "z.py"] };
    cases.accept(vec![
        accepted("not marked in __MACOSX", beside(stored("__MACOSX/._café.txt", b"x"))),
        accepted("not marked in .git", beside(stored(".git/refs/heads/grüße", b"x"))),
    ]);
}

#[test]
fn names_lead_nowhere_else() {
    Cases::of(names).assert();
}

#[test]
fn links_and_special_files_are_refused() {
    Cases::of(links).assert();
}

#[test]
fn names_that_lead_elsewhere_are_refused_in_dropped_folders_too() {
    Cases::of(dropped_folders).assert();
}
