//! Archives made by the tools that publishers really use.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::readers::{Others, assert_agree};
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
        ("docs/grüße.md", "Grüße\n"),
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

/// The paths that must be in the tree: what of the plugin the command has left in its folder.
fn expected(folder: &Path) -> Vec<String> {
    let long = format!("src/{}/{}.py", "d".repeat(60), "f".repeat(60));
    let mut all =
        ["README.md", "docs/grüße.md", "plugin.yaml", "src/demo/__init__.py", "src/demo/tool.py", "tests/test_tool.py"]
            .map(str::to_owned)
            .to_vec();
    all.push(long);
    all.retain(|path| folder.join("demo").join(path).exists());
    all.sort();
    all
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8").output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Archives that tools have made.
#[derive(Default)]
struct Made(Vec<(String, Vec<u8>)>);

impl Made {
    /// Makes `out` in a fresh plugin folder by one command, and checks that it passes.
    fn by(&mut self, program: &str, arguments: &[&str]) {
        let folder = folder();
        run(folder.path(), program, arguments);
        let bytes = fs::read(folder.path().join("out")).unwrap();
        let opened = open(&bytes);
        let what = format!("{program} {arguments:?}");
        assert!(rules(&opened).is_empty(), "{what}: {:#?}", super::told(&opened));
        assert_eq!(paths(&opened), expected(folder.path()), "{what}");
        self.0.push((what, bytes));
    }

    /// Holds them all against every other reader.
    fn agree(self) {
        assert_agree(&self.0, Others::MustRead);
    }
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
    let mut made = Made::default();
    for format in ["PAX_FORMAT", "GNU_FORMAT", "USTAR_FORMAT"] {
        made.by("python3", &["-c", &CLIENT.replace("{format}", format)]);
    }
    made.agree();
}

#[test]
fn python_shutil_and_zipfile() {
    let mut made = Made::default();
    let archive = |kind: &str| {
        format!("import shutil, os; p = shutil.make_archive('x', '{kind}', '.', 'demo'); os.rename(p, 'out')")
    };
    // zipfile and shutil follow links: without the link the folder is what they pack.
    let without_link = |code: &str| format!("import os; os.remove('demo/.git/link')\n{code}");
    made.by("python3", &["-c", &without_link(&archive("zip"))]);
    made.by("python3", &["-c", &without_link(&archive("gztar"))]);
    made.by("python3", &["-c", &without_link("import zipfile; zipfile.main(['-c', 'out', 'demo'])")]);
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
    made.by("python3", &["-c", &without_link(streamed)]);
    made.agree();
}

#[test]
fn gnu_tar_in_its_formats() {
    let mut made = Made::default();
    for format in ["gnu", "oldgnu", "pax", "posix", "ustar"] {
        made.by("tar", &["-czf", "out", &format!("--format={format}"), "demo"]);
    }
    made.by("tar", &["-czf", "out", "./demo"]);
    made.by("tar", &["-czf", "out", "--owner=käthe:3000000", "--xattrs", "--format=posix", "demo"]);
    made.by("sh", &["-c", "tar -cf - demo | gzip -9 > out"]);
    made.by("sh", &["-c", "tar -cf x.tar demo && gzip x.tar && mv x.tar.gz out"]);
    made.agree();
}

#[test]
fn info_zip() {
    let mut made = Made::default();
    made.by("sh", &["-c", "rm -r demo/docs && zip -qry out.zip demo && mv out.zip out"]);
    made.by("sh", &["-c", "rm -r demo/docs && cd demo && zip -qry ../out.zip . && mv ../out.zip ../out"]);
    made.by("sh", &["-c", "rm -r demo/docs && zip -qryX out.zip demo && mv out.zip out"]);
    made.by("sh", &["-c", "rm -r demo/docs && zip -qry0 out.zip demo && mv out.zip out"]);
    made.by("sh", &["-c", "rm -r demo/docs && zip -qryD out.zip demo && mv out.zip out"]);
    made.by("sh", &["-c", "rm -r demo/docs && rm demo/.git/link && zip -qr - demo | cat > out"]);
    made.by("sh", &["-c", "rm -r demo/docs && zip -qry -fz out.zip demo && mv out.zip out"]);
    made.by("sh", &["-c", "rm -r demo/docs && zip -qry out.zip demo && echo note | zip -qz out.zip && mv out.zip out"]);
    made.agree();
}

#[test]
fn info_zip_leaves_other_alphabets_unmarked() {
    let folder = folder();
    run(folder.path(), "zip", &["-qry", "out", "demo"]);
    let opened = open(&fs::read(folder.path().join("out.zip")).unwrap());
    assert_eq!(rules(&opened).into_iter().collect::<Vec<_>>(), ["AL-ARCHIVE-bad-name"]);
    assert!(super::told(&opened)[0].contains("Info-ZIP leaves out the mark"), "{:#?}", super::told(&opened));
}

#[test]
fn git_archive() {
    let mut made = Made::default();
    let init = "cd demo && rm -rf .git && git init -q . && git add plugin.yaml README.md docs src tests \
        && git -c user.name=a -c user.email=a@example.org commit -qm x";
    made.by(
        "sh",
        &[
            "-c",
            &format!(
                "{init} && git archive --format=tar.gz --prefix=demo/ -o ../x.tar.gz HEAD && mv ../x.tar.gz ../out"
            ),
        ],
    );
    made.by("sh", &["-c", &format!("{init} && git archive --format=zip -o ../x.zip HEAD && mv ../x.zip ../out")]);
    made.agree();
}

#[test]
fn bsdtar() {
    let mut made = Made::default();
    for format in ["ustar", "pax", "gnutar"] {
        made.by("bsdtar", &["-czf", "out", "--format", format, "demo"]);
    }
    made.by("bsdtar", &["-cf", "out", "--format", "zip", "demo"]);
    made.by("sh", &["-c", "cd demo && bsdtar -cf ../out --format zip *"]);
    made.agree();
}

/// The JDK is large, so the tests do not install it: where it is, its `jar` is asked, and `makers.rs` makes the same shape
/// byte by byte everywhere.
#[test]
fn jar_where_it_is_installed() {
    let mut made = Made::default();
    if Command::new("jar").arg("--version").output().is_ok_and(|output| output.status.success()) {
        for how in ["cfM", "cfM0"] {
            made.by("sh", &["-c", &format!("rm -r demo/.git/link demo/docs && jar {how} out demo")]);
        }
    }
    // The shape that jar's is compared with, by Python: the mark in the first member, sizes after the data.
    let shaped = r#"
import io, os, zipfile
class Pipe(io.RawIOBase):
    def __init__(self, path): self.file = open(path, "wb")
    def writable(self): return True
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
first = True
with zipfile.ZipFile(Pipe("out"), "w", zipfile.ZIP_DEFLATED) as z:
    for folder, _, files in os.walk("demo"):
        for name in files:
            path = os.path.join(folder, name)
            info = zipfile.ZipInfo(path)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 0
            info.extra = b"\xfe\xca\0\0" if first else b""
            first = False
            z.writestr(info, open(path, "rb").read())
"#;
    // Info-ZIP's unzip reads names of this maker in a code page, whatever they are marked as.
    let ascii = "import os, shutil; os.remove('demo/.git/link'); shutil.rmtree('demo/docs')";
    made.by("python3", &["-c", &format!("{ascii}\n{shaped}")]);
    made.agree();
}

#[test]
fn seven_zip() {
    let mut made = Made::default();
    // 7-Zip follows links.
    for how in ["-tzip", "-tzip -mx=9", "-tzip -mx=0", "-tzip -mcu=on"] {
        made.by("sh", &["-c", &format!("rm demo/.git/link && 7z a -bso0 {how} out.zip demo && mv out.zip out")]);
    }
    made.by("sh", &["-c", "rm demo/.git/link && cd demo && 7z a -bso0 -tzip ../out.zip . && mv ../out.zip ../out"]);
    made.by("sh", &["-c", "7z a -bso0 -ttar x.tar demo -snl && 7z a -bso0 -tgzip -mx=1 x.tgz x.tar && mv x.tgz out"]);
    made.agree();
}
