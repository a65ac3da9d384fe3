"""Reads every archive of a folder with each tool that publishers and users have,
and prints as one JSON object what each of them finds:
{archive: {tool: {path: [kind, content in hex]} or an error's text}}."""

import json
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile

KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


def kind_of(mode):
    return KINDS.get(stat.S_IFMT(mode), "special")


def read_zip(path):
    found = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            mode = member.external_attr >> 16
            linked = kind_of(mode) in ("link", "special") and stat.S_IFMT(mode)
            kind = kind_of(mode) if linked else "folder" if member.is_dir() else "file"
            add(found, name_in(member), kind, archive.read(member))
    return found


def name_in(member):
    """The name as Python reads it. Only in folders that are left out of a plugin may a name be UTF-8 without being
    marked so, which Python reads by another alphabet: such a name is taken by its bytes."""
    unmarked = not member.flag_bits & 0x800 and not member.filename.isascii()
    if unmarked and {"__MACOSX", ".git"} & set(member.filename.split("/")):
        return member.orig_filename.encode("cp437").decode("utf-8")
    return member.filename


def read_tar(path):
    found = {}
    with tarfile.open(path, "r:gz", errorlevel=2) as archive:
        for member in archive:
            if member.issym() or member.islnk():
                add(found, member.name, "link", b"")
            elif member.isdir():
                add(found, member.name, "folder", b"")
            elif member.isreg():
                add(found, member.name, "file", archive.extractfile(member).read())
            else:
                add(found, member.name, "special", b"")
        # tarfile stops without a word at a header that it cannot read. That is no refusal: its user gets a part of the
        # archive for the whole.
        if archive.fileobj.read().strip(b"\0"):
            add(found, "tarfile stops here without a word", "special", b"")
    return found


def unzip(path):
    found = unpacked("unzip", "-qq", "-o", path)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            # unzip 6.0 takes most names from DOS, OS/2 and Windows for code page 850, marked as UTF-8 or not. Python and
            # 7-Zip on Windows, .NET and jar write such zips, so that they are accepted all the same (ADR 26).
            foreign = member.create_system in (0, 6, 11) and not member.filename.isascii()
            if foreign and member.filename.rstrip("/") not in found:
                raise NotImplementedError(f"unzip has no UTF-8 names of system {member.create_system}")
    return found


def unpacked(*command):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise OSError(f"exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        found = {}
        for parent, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(parent, name)
                kind = kind_of(os.lstat(path).st_mode)
                content = b""
                if kind == "file":
                    with open(path, "rb") as file:
                        content = file.read()
                add(found, os.path.relpath(path, folder), kind, content)
        return found


def add(found, name, kind, content):
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    found[name] = [kind, content.hex() if kind == "file" else ""]


ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
ENVIRONMENT.pop("UNZIP", None)
ENVIRONMENT.pop("TAR_OPTIONS", None)
TOOLS = {
    ".zip": {
        "zipfile": read_zip,
        "unzip": unzip,
        "bsdtar": lambda path: unpacked("bsdtar", "-xf", path, "--no-same-owner", "--no-xattrs"),
    },
    ".tgz": {
        "tarfile": read_tar,
        "tar": lambda path: unpacked("tar", "-xzf", path, "--no-same-owner"),
        "bsdtar": lambda path: unpacked("bsdtar", "-xf", path, "--no-same-owner", "--no-xattrs"),
    },
}


def main(folder):
    warnings.simplefilter("ignore")
    all_found = {}
    for archive in sorted(os.listdir(folder)):
        of_archive = all_found[archive] = {}
        for tool, read in TOOLS[os.path.splitext(archive)[1]].items():
            try:
                of_archive[tool] = read(os.path.join(folder, archive))
            except Exception as error:  # A tool may refuse in any way of its own.
                of_archive[tool] = f"{type(error).__name__}: {error}"
    json.dump(all_found, sys.stdout)


main(os.path.abspath(sys.argv[1]))
