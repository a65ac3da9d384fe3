//! Archives made by the tools that publishers really use.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::readers::{Others, assert_agree};
use super::{open, paths, rules};

/// Two paths too long for a tar header; with the folder's name the 100th byte of the second is a slash, where GNU tar and
/// Python cut it.
fn long_paths() -> [String; 2] {
    [format!("src/{}/{}.py", "d".repeat(60), "f".repeat(60)), format!("src/{}/a.py", "c".repeat(90))]
}

/// A plugin's folder with what lies around in one.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let [long, cut] = long_paths();
    for (path, content) in [
        ("plugin.yaml", "name: demo\n"),
        ("README.md", "# Demo\n"),
        ("src/demo/__init__.py", ""),
        ("src/demo/tool.py", "def run():\n    return 1\n"),
        ("docs/grüße.md", "Grüße\n"),
        ("tests/test_tool.py", "def test():\n    assert True\n"),
        (long.as_str(), "x = 1\n"),
        (cut.as_str(), "x = 2\n"),
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
    let mut all =
        ["README.md", "docs/grüße.md", "plugin.yaml", "src/demo/__init__.py", "src/demo/tool.py", "tests/test_tool.py"]
            .map(str::to_owned)
            .to_vec();
    all.extend(long_paths());
    all.retain(|path| folder.join("demo").join(path).exists());
    all.sort();
    all
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8").output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes `out` in a fresh plugin folder by one command, and checks that it passes.
fn accepted(program: &str, arguments: &[&str]) -> (String, Vec<u8>) {
    let folder = folder();
    run(folder.path(), program, arguments);
    let bytes = fs::read(folder.path().join("out")).unwrap();
    let opened = open(&bytes);
    let what = format!("{program} {arguments:?}");
    assert!(rules(&opened).is_empty(), "{what}: {:#?}", super::told(&opened));
    assert_eq!(paths(&opened), expected(folder.path()), "{what}");
    (what, bytes)
}

/// Makes `out` in a fresh plugin folder by one command, and checks that it is refused by one rule, for this reason and
/// with this remedy.
fn refused(program: &str, arguments: &[&str], rule: &str, because: &str, remedy: &str) {
    let folder = folder();
    run(folder.path(), program, arguments);
    let opened = open(&fs::read(folder.path().join("out")).unwrap());
    let rule = format!("AL-ARCHIVE-{rule}");
    assert_eq!(rules(&opened).into_iter().collect::<Vec<_>>(), [rule.as_str()], "{arguments:?}");
    let finding = opened.findings.iter().find(|finding| finding.rule == rule).unwrap();
    assert!(finding.message.contains(because), "{arguments:?}: {}", finding.message);
    assert!(finding.remedy.contains(remedy), "{arguments:?}: {}", finding.remedy);
}

/// Archives that tools have made.
#[derive(Default)]
struct Made(Vec<(String, Vec<u8>)>);

impl Made {
    /// Makes one by a command, which must pass.
    fn by(&mut self, program: &str, arguments: &[&str]) {
        self.0.push(accepted(program, arguments));
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

/// How people call Info-ZIP's zip.
const INFO_ZIP: &[&str] = &[
    "zip -qry out.zip demo && mv out.zip out",
    "cd demo && zip -qry ../out.zip . && mv ../out.zip ../out",
    "zip -qryX out.zip demo && mv out.zip out",
    "zip -qry0 out.zip demo && mv out.zip out",
    "zip -qryD out.zip demo && mv out.zip out",
    "rm demo/.git/link && zip -qr - demo | cat > out",
    "zip -qry -fz out.zip demo && mv out.zip out",
    "zip -qry out.zip demo && echo note | zip -qz out.zip && mv out.zip out",
    "zip -qry -UN=UTF8 out.zip demo && mv out.zip out",
];

#[test]
fn info_zip_of_ascii_names() {
    let mut made = Made::default();
    for how in INFO_ZIP {
        made.by("sh", &["-c", &format!("rm -r demo/docs && {how}")]);
    }
    made.agree();
}

/// Python's zipfile reads such a name by another alphabet, unzip as it was meant.
#[test]
fn info_zip_leaves_other_alphabets_unmarked() {
    for how in INFO_ZIP {
        refused("sh", &["-c", how], "bad-name", "not marked as UTF-8", "python3 -m zipfile -c");
    }
}

#[test]
fn info_zip_leaves_other_alphabets_unmarked_where_they_are_left_out() {
    let how = "mv demo/docs/* demo/.git && rmdir demo/docs && zip -qry out.zip demo && mv out.zip out";
    let mut made = Made::default();
    made.by("sh", &["-c", how]);
    made.agree();
}

/// What these write has a meaning, only not one to every tool.
#[test]
fn forms_that_are_refused_are_called_by_their_names() {
    let short = "rm -r demo/src/[cd]*";
    refused(
        "sh",
        &["-c", &format!("{short} && tar --format=v7 -czf out demo")],
        "tar-header",
        "old V7 tar header",
        "--format=ustar",
    );
    refused("tar", &["-V", "label", "-czf", "out", "demo"], "tar-header", "volume label", "leave out `-V`");
    let piped = "bsdtar -cf - --format zip demo | cat > out";
    refused("sh", &["-c", piped], "surplus-bytes", "padding", "to a file instead of a pipe");
}

/// Times before 1970 and after 2242 and large owners, each as a tool writes them.
#[test]
fn unusual_times_and_owners() {
    let mut made = Made::default();
    for time in ["1960-01-01", "2300-01-01"] {
        for format in ["gnu", "oldgnu", "pax"] {
            let how =
                format!("tar --format={format} --mtime={time} --owner=x:4294967294 --group=y:3000000 -czf out demo");
            made.by("sh", &["-c", &how]);
        }
        for format in ["pax", "gnutar"] {
            made.by(
                "sh",
                &["-c", &format!("touch -d {time} demo/README.md && bsdtar --format {format} -czf out demo")],
            );
        }
        for format in ["PAX_FORMAT", "GNU_FORMAT"] {
            let touched = format!("import os; os.system('touch -d {time} demo/README.md')\n");
            made.by("python3", &["-c", &(touched + &CLIENT.replace("{format}", format))]);
        }
    }
    made.agree();
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

/// What `jar` of OpenJDK 17.0.15 wrote: kept here, because a JDK is too large to be installed for one test.
#[test]
fn jars_that_java_wrote() {
    let plugin = ["plugin.yaml", "src/__init__.py", "src/a.py"];
    let manifest = ["META-INF/MANIFEST.MF", "plugin.yaml", "src/__init__.py", "src/a.py"];
    let letters = ["gr\u{fc}\u{df}e.md", "plugin.yaml", "src/__init__.py", "src/a.py"];
    let mut jars = Vec::new();
    for (how, bytes, paths) in [
        ("cfM", &include_bytes!("jars/folder.jar")[..], &plugin[..]),
        ("cfM0", include_bytes!("jars/stored.jar"), &plugin),
        ("cf, from inside the folder", include_bytes!("jars/manifest.jar"), &manifest),
        ("cfM, with a name beyond ASCII", include_bytes!("jars/letters.jar"), &letters),
    ] {
        let opened = super::open(bytes);
        assert!(super::rules(&opened).is_empty(), "jar {how}: {:#?}", super::told(&opened));
        assert_eq!(super::paths(&opened), paths, "jar {how}");
        jars.push((how.to_owned(), bytes.to_vec()));
    }
    // Marked as UTF-8; unzip alone reads names of this maker in a code page all the same.
    assert_agree(&jars.split_off(3), Others::MayRefuse);
    assert_agree(&jars, Others::MustRead);
}

#[test]
fn jars_shape_by_python() {
    let mut made = Made::default();
    // The mark in the first member, sizes after the data.
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
    accepted("python3", &["-c", &format!("import os; os.remove('demo/.git/link')\n{shaped}")]);
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
