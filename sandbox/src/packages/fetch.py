"""Has pip resolve or fetch packages, and keeps it from executing anything.

The host starts this as `python3 -I -c` with next to no environment. Orders come as one
JSON value on standard input; what was found goes to the file that they name. Nothing of
a package runs here: an audit hook, which cannot be taken away again, refuses every
program, so that what has no wheel cannot be built either.
"""

import json
import os
import resource
import sys
import zipfile

STARTS = ("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn")


def refuse_programs(event, _):
    if event.startswith(STARTS):
        raise PermissionError("nothing is executed while packages are fetched")


def refuse_network(event, _):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise PermissionError("nothing is asked for over the network where there is a wheelhouse")


sys.addaudithook(refuse_programs)

from pip._internal.cli.main import main as pip
from pip._vendor.packaging import markers
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import InvalidVersion, Version


class Lacks(Exception):
    """A package that is asked for and cannot be had."""


def as_target(orders):
    """Markers are answered for the interpreter that will import the packages, not for this one."""
    here = markers.default_environment
    markers.default_environment = lambda: {**here(), **orders["target"]["markers"]}


def wanted(orders):
    """Of what is asked for, what pip shall look for: parsed, and put together anew from its parts."""
    texts = []
    for asked in orders["asked"]:
        name, required = canonicalize_name(asked["name"]), asked["required"]
        carried, allowed = name in orders["carried"], name in orders["allow"]
        if orders["carried"].get(name) == "":
            # The operator has laid it there, without a word on its version.
            continue
        if not required and (carried or not allowed or asked["source"]):
            continue
        text = name + (f"[{','.join(asked['extras'])}]" if asked["extras"] else "") + asked["specifier"]
        try:
            requirement = Requirement(f"{text} ; {asked['marker']}" if asked["marker"] else text)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        except (InvalidRequirement, markers.UndefinedEnvironmentName, markers.UndefinedComparison):
            raise Lacks(name, "not_understood") from None
        if requirement.url is not None or canonicalize_name(requirement.name) != name:
            raise Lacks(name, "not_understood")
        if not applies:
            continue
        if asked["source"]:
            raise Lacks(name, "elsewhere")
        if not allowed and not carried:
            raise Lacks(name, "not_allowed")
        extras = ",".join(sorted(canonicalize_name(extra) for extra in requirement.extras))
        texts.append(name + (f"[{extras}]" if extras else "") + str(requirement.specifier))
    return sorted(set(texts))


def versions(orders):
    """What is carried, as far as its version is one that pip can read."""
    found = {}
    for name, version in orders["carried"].items():
        try:
            found[name] = str(Version(version))
        except InvalidVersion:
            continue
    return found


def stand_ins(orders, folder):
    """Wheels without content, which tell pip what the sandbox carries already."""
    os.mkdir(folder)
    for name, version in versions(orders).items():
        stem = f"{name.replace('-', '_')}-{version}"
        with zipfile.ZipFile(f"{folder}/{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{stem}.dist-info/RECORD", "")


def common(orders):
    target = orders["target"]
    arguments = ["--isolated", "--quiet", "--no-input", "--no-color", "--no-cache-dir", "--disable-pip-version-check"]
    arguments += ["--retries=1", "--timeout=15", "--only-binary=:all:", f"--python-version={target['python']}"]
    arguments += [f"--implementation={target['implementation']}"]
    arguments += [f"--abi={abi}" for abi in target["abis"]] + [f"--platform={one}" for one in target["platforms"]]
    if orders["wheelhouse"]:
        return [*arguments, "--no-index", f"--find-links={orders['wheelhouse']}"]
    return [*arguments, *([f"--index-url={orders['index']}"] if orders["index"] else [])]


def resolve(orders, scratch):
    as_target(orders)
    texts = wanted(orders)
    if not texts:
        return []
    stand_ins(orders, f"{scratch}/carried")
    with open(f"{scratch}/constraints.txt", "w") as file:
        pins = [f"{name}=={version}" for name, version in versions(orders).items()]
        file.write("\n".join(pins + [name + specifier for name, specifier in orders["allow"].items() if specifier]))
    arguments = ["install", "--dry-run", "--ignore-installed", f"--target={scratch}/target"]
    arguments += [f"--report={scratch}/report.json", f"--constraint={scratch}/constraints.txt"]
    code = pip([*arguments, *common(orders), f"--find-links={scratch}/carried", "--", *texts])
    if code != 0:
        raise SystemExit(code)
    with open(f"{scratch}/report.json") as file:
        report = json.load(file)
    found = []
    for item in report["install"]:
        name = canonicalize_name(item["metadata"]["name"])
        if name in orders["carried"]:
            continue
        if item["is_direct"]:
            raise Lacks(name, "elsewhere")
        hashes = item["download_info"].get("archive_info", {}).get("hashes", {})
        file = item["download_info"]["url"].split("#")[0].split("?")[0].rsplit("/", 1)[-1]
        found.append({"name": name, "version": item["metadata"]["version"], "file": file, "sha256": hashes.get("sha256")})
    return found


def download(orders, scratch):
    with open(f"{scratch}/lock.txt", "w") as file:
        for one in orders["lock"]:
            file.write(f"{one['name']}=={one['version']} --hash=sha256:{one['sha256']}\n")
    arguments = ["download", "--no-deps", "--require-hashes", f"--dest={scratch}/wheels"]
    code = pip([*arguments, *common(orders), f"--requirement={scratch}/lock.txt"])
    if code != 0:
        raise SystemExit(code)
    return []


def main():
    orders = json.load(sys.stdin)
    scratch = orders["scratch"]
    if orders["wheelhouse"]:
        # A wheel may ask for another one by its address.
        sys.addaudithook(refuse_network)
    bounds = {
        resource.RLIMIT_FSIZE: orders["file_bytes"],
        resource.RLIMIT_DATA: orders["memory_bytes"],
        resource.RLIMIT_CPU: orders["cpu_seconds"],
        resource.RLIMIT_CORE: 0,
    }
    for which, most in bounds.items():
        resource.setrlimit(which, (most, most))
    try:
        answer = {"packages": (download if orders["lock"] else resolve)(orders, scratch)}
    except Lacks as lacks:
        name, because = lacks.args
        answer = {"lacks": {"package": name, "because": because}}
    with open(f"{scratch}/answer.json", "w") as file:
        json.dump(answer, file)


main()
