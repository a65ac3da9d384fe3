//! Zips that pass.

use super::*;

pub(super) fn honest(cases: &mut Cases) {
    let accepted = |name, bytes, paths| Accept { name, bytes, paths };
    cases.accept(vec![
        accepted("at the root", zip(&plain()), vec!["a.py", "plugin.yaml"]),
        accepted(
            "one top folder",
            {
                zip(&[
                    stored("p/", b""),
                    stored("p/plugin.yaml", YAML),
                    stored("p/src/", b""),
                    deflated("p/src/a.py", CODE),
                ])
            },
            vec!["plugin.yaml", "src/a.py"],
        ),
        accepted(
            "folders packed as empty deflate",
            zip(&[deflated("d/", b""), stored("plugin.yaml", YAML)]),
            vec!["plugin.yaml"],
        ),
        accepted(
            "zips in one another, a thousand deep",
            {
                let innermost = zip(&plain());
                let all = (0..1000).fold(innermost, |inner, _| zip(&[deflated("again.zip", &inner)]));
                zip(&[stored("plugin.yaml", YAML), stored("again.zip", &all)])
            },
            vec!["again.zip", "plugin.yaml"],
        ),
        accepted(
            "text comment",
            zip_with(&plain(), |end| end.comment = b"commit 1f2e".to_vec()),
            vec!["a.py", "plugin.yaml"],
        ),
        accepted(
            "member comment",
            zip(&[stored("plugin.yaml", YAML).with(|member| member.comment = b"the manifest".to_vec())]),
            vec!["plugin.yaml"],
        ),
        accepted(
            "macos leftovers",
            {
                zip(&[
                    stored("p/plugin.yaml", YAML),
                    stored("p/.DS_Store", b"\0"),
                    stored("__MACOSX/", b""),
                    stored("__MACOSX/p/._plugin.yaml", b"\0\x05\x16\x07"),
                ])
            },
            vec!["plugin.yaml"],
        ),
        accepted(
            "git and caches",
            {
                zip(&[
                    stored("plugin.yaml", YAML),
                    stored(".git/HEAD", b"ref"),
                    stored(".git/refs/heads/con", b"0"),
                    stored(".git/hooks/link", b"../x").mode(0o120_777),
                    stored("a/__pycache__/a.cpython-311.pyc", b"\0"),
                    stored("env/pyvenv.cfg", b""),
                    stored("env/bin/python", b"/usr/bin/python3").mode(0o120_777),
                    stored("a/b.py", CODE),
                ])
            },
            vec!["a/b.py", "plugin.yaml"],
        ),
    ]);
}

#[test]
fn honest_zips_pass() {
    Cases::of(honest).assert();
}
