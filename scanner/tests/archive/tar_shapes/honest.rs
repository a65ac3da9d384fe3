//! Tars that pass.

use super::*;

pub(super) fn honest(cases: &mut Cases) {
    let accepted = |name, bytes, paths| Accept { name, bytes, paths };
    let both = vec!["plugin.yaml", "z.py"];
    let long = format!("p/{}/{}.py", "d".repeat(90), "f".repeat(80));
    let long_inner: &'static str = Box::leak(long[2..].to_owned().into_boxed_str());
    cases.accept(vec![
        accepted("plain", beside(&[]), both.clone()),
        accepted("manifest twice, alike", beside(&[file("p/plugin.yaml", YAML)]), both.clone()),
        accepted("folder twice", beside(&[folder("p/")]), both.clone()),
        accepted(
            "dot first",
            tar_gz(&[folder("./p/"), file("./p/plugin.yaml", YAML), file("./p/z.py", b"")]),
            both.clone(),
        ),
        accepted(
            "time and owner by extended header",
            beside(&[pax(&[("mtime", "1700000000.5"), ("uid", "3000000"), ("uname", "käthe")]), file("p/a", b"")]),
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "name by extended header",
            beside(&[pax(&[("path", &long)]), file("p/short", b"")]),
            vec![long_inner, "plugin.yaml", "z.py"],
        ),
        accepted(
            "name by gnu header",
            beside(&[long_name(&long), file("p/short", b"").gnu()]),
            vec![long_inner, "plugin.yaml", "z.py"],
        ),
        accepted(
            "attributes by extended header",
            beside(&[pax(&[("SCHILY.xattr.user.x", "1"), ("LIBARCHIVE.creationtime", "1")]), file("p/a", b"")]),
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "same size by extended header",
            beside(&[pax(&[("size", "1")]), file("p/a", b"x")]),
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "global comment",
            {
                let record = pax_record("comment", "0123456789abcdef");
                tar_gz(&[tar_member("pax_global_header", b'g', record.as_bytes()), file("p/plugin.yaml", YAML)])
            },
            vec!["plugin.yaml"],
        ),
        accepted(
            "top folder as downloads are named",
            tar_gz(&[folder("My plugin-1.0 (1)/"), file("My plugin-1.0 (1)/plugin.yaml", YAML)]),
            vec!["plugin.yaml"],
        ),
        accepted(
            "folder cvs, which is no leftover",
            beside(&[file("p/CVS/Entries", b"x"), file("p/src/cvs/a.py", b"x")]),
            vec!["plugin.yaml", "src/cvs/a.py", "z.py"],
        ),
        accepted("old type for files", beside(&[tar_member("p/a", 0, b"x")]), vec!["a", "plugin.yaml", "z.py"]),
        accepted(
            "large user number",
            {
                beside(&[file("p/a", b"").gnu().with(|header| {
                    header[108..116].copy_from_slice(&[0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]);
                })])
            },
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "tape padding",
            {
                let mut whole = tar(&[file("p/plugin.yaml", YAML)]);
                whole.resize(10240, 0);
                gzip(&whole)
            },
            vec!["plugin.yaml"],
        ),
        accepted(
            "leftovers with links",
            {
                beside(&[
                    link("p/.git/hooks/x", b'2', "/etc/passwd"),
                    tar_member("p/.venv/pipe", b'6', b""),
                    link("p/.venv/bin/python", b'2', "/usr/bin/python3"),
                    file("p/__pycache__/z.cpython-312.pyc", b"\0"),
                    file("p/.DS_Store", b"\0"),
                    file("._p", b"\0"),
                    file("p/._z.py", b"\0"),
                    file("p/env/pyvenv.cfg", b""),
                    link("p/env/bin/python", b'2', "/usr/bin/python3"),
                ])
            },
            both,
        ),
    ]);
}

#[test]
fn honest_tars_pass() {
    Cases::of(honest).assert();
}
