//! Archives made by the tools that publishers really use.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{open, paths, rules};

/// A plugin's folder with what lies around in one.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let long = format!("src/{}/{}.py", "d".repeat(60), "f".repeat(60));
    for (path, content) in [
        ("plugin.yaml", "name: demo\n"),
        ("README.md", "# Demo\n"),
        ("src/demo/__init__.py", ""),
        ("src/demo/tool.py", "def run():\n    return 1\n"),
        ("tests/test_tool.py", "def test():\n    assert True\n"),
        (long.as_str(), "x = 1\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("src/demo/__pycache__/tool.cpython-311.pyc", "x"),
        (".DS_Store", "x"),
    ] {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    std::os::unix::fs::symlink("/usr/bin/python3", root.join(".git/link")).unwrap();
    folder
}

fn expected() -> Vec<String> {
    let long = format!("src/{}/{}.py", "d".repeat(60), "f".repeat(60));
    let mut all = ["README.md", "plugin.yaml", "src/demo/__init__.py", "src/demo/tool.py", "tests/test_tool.py"]
        .map(str::to_owned)
        .to_vec();
    all.push(long);
    all.sort();
    all
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8").output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes `out` in a fresh plugin folder by one command, and checks that it passes.
fn made_by(program: &str, arguments: &[&str]) {
    let folder = folder();
    run(folder.path(), program, arguments);
    let opened = open(&fs::read(folder.path().join("out")).unwrap());
    let what = format!("{program} {arguments:?}");
    assert!(rules(&opened).is_empty(), "{what}: {:#?}", super::told(&opened));
    assert_eq!(paths(&opened), expected(), "{what}");
}

/// Packs as the marketplace client does: the folder unfiltered, then the manifest again.
const CLIENT: &str = r#"
import io, tarfile
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.{format}) as tar:
    tar.add("demo", arcname="demo")
    info = tarfile.TarInfo("demo/plugin.yaml")
    data = open("demo/plugin.yaml", "rb").read()
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
open("out", "wb").write(buffer.getvalue())
"#;

#[test]
fn python_tarfile_in_its_three_formats() {
    for format in ["PAX_FORMAT", "GNU_FORMAT", "USTAR_FORMAT"] {
        made_by("python3", &["-c", &CLIENT.replace("{format}", format)]);
    }
}

#[test]
fn python_shutil_and_zipfile() {
    let archive = |kind: &str| {
        format!("import shutil, os; p = shutil.make_archive('x', '{kind}', '.', 'demo'); os.rename(p, 'out')")
    };
    // zipfile and shutil follow links: without the link the folder is what they pack.
    let without_link = |code: &str| format!("import os; os.remove('demo/.git/link')\n{code}");
    made_by("python3", &["-c", &without_link(&archive("zip"))]);
    made_by("python3", &["-c", &without_link(&archive("gztar"))]);
    made_by("python3", &["-c", &without_link("import zipfile; zipfile.main(['-c', 'out', 'demo'])")]);
    let streamed = r#"
import io, os, zipfile
class Pipe(io.RawIOBase):
    def __init__(self, path): self.file = open(path, "wb")
    def writable(self): return True
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
with zipfile.ZipFile(Pipe("out"), "w", zipfile.ZIP_DEFLATED) as z:
    for folder, _, files in os.walk("demo"):
        for name in files:
            with z.open(os.path.join(folder, name), "w", force_zip64=name.endswith(".py")) as out:
                out.write(open(os.path.join(folder, name), "rb").read())
"#;
    made_by("python3", &["-c", &without_link(streamed)]);
}

#[test]
fn gnu_tar_in_its_formats() {
    for format in ["gnu", "oldgnu", "pax", "posix", "ustar"] {
        made_by("tar", &["-czf", "out", &format!("--format={format}"), "demo"]);
    }
    made_by("tar", &["-czf", "out", "./demo"]);
    made_by("tar", &["-czf", "out", "--owner=käthe:3000000", "--xattrs", "--format=posix", "demo"]);
    made_by("sh", &["-c", "tar -cf - demo | gzip -9 > out"]);
    made_by("sh", &["-c", "tar -cf x.tar demo && gzip x.tar && mv x.tar.gz out"]);
}

#[test]
fn info_zip() {
    made_by("sh", &["-c", "zip -qry out.zip demo && mv out.zip out"]);
    made_by("sh", &["-c", "cd demo && zip -qry ../out.zip . && mv ../out.zip ../out"]);
    made_by("sh", &["-c", "zip -qryX out.zip demo && mv out.zip out"]);
    made_by("sh", &["-c", "zip -qry0 out.zip demo && mv out.zip out"]);
    made_by("sh", &["-c", "zip -qryD out.zip demo && mv out.zip out"]);
    made_by("sh", &["-c", "rm demo/.git/link && zip -qr - demo | cat > out"]);
    made_by("sh", &["-c", "zip -qry -fz out.zip demo && mv out.zip out"]);
    made_by("sh", &["-c", "zip -qry out.zip demo && echo note | zip -qz out.zip && mv out.zip out"]);
}

#[test]
fn git_archive() {
    let init = "cd demo && rm -rf .git && git init -q . && git add plugin.yaml README.md src tests \
        && git -c user.name=a -c user.email=a@example.org commit -qm x";
    made_by(
        "sh",
        &[
            "-c",
            &format!(
                "{init} && git archive --format=tar.gz --prefix=demo/ -o ../x.tar.gz HEAD && mv ../x.tar.gz ../out"
            ),
        ],
    );
    made_by("sh", &["-c", &format!("{init} && git archive --format=zip -o ../x.zip HEAD && mv ../x.zip ../out")]);
}
