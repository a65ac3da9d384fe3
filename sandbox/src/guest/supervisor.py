"""The first process of a sandbox container: feeds, watches and ends the tests.

The plugin's code runs in a child of this process. The child cannot signal it (the
kernel shields the first process of a namespace), cannot look into it or write to
its descriptors (it is not dumpable), and holds none of its pipes to the host. So
what this process says of the child's ending, of disk and of the kernel's counters
is not the plugin's word. Its argument holds the sources of the modules that run in the
child, as JSON, each after those that it imports.

To the host, on standard output: frames of one byte for the kind, four for the
length, a seal of sixteen, and the payload. `R` ready, `S` started, `O` output of the
tests, `F` the launcher's report, `U` what was used so far, now and then, `X` how it ended. From the host: one line of JSON and
the archive; after `S`, when the child has been forked but knows nothing of the plugin
yet, the seal that each later frame must carry. It is in this process's memory alone, so
a frame without it is a forgery, even under a kernel that lets the child reach the pipe.
Standard input that ends early means that nobody waits for an answer any more.
"""

import ctypes
import errno
import fcntl
import importlib.machinery
import importlib.metadata
import json
import os
import pkgutil
import platform
import resource
import select
import signal
import struct
import sys
import tarfile
import time
import types
import zoneinfo

CHUNK = 65536
LOOK_AGAIN_MS = 50
TELL_AGAIN_SECONDS = 0.25
# How long a process may seem to go on that is about to end.
SETTLE_SECONDS = 0.02
REPORT_BYTES = 8 << 20
PR_SET_DUMPABLE = 4
IN_OPEN = 0x20
FOLDERS = ("/tmp", "/plugin")
CGROUP = "/sys/fs/cgroup"


def write(fd, data):
    while data:
        data = data[os.write(fd, data) :]


seal = bytes(16)


def send(kind, payload):
    for start in range(0, max(len(payload), 1), CHUNK):
        part = payload[start : start + CHUNK]
        write(1, kind + struct.pack(">I", len(part)) + seal + part)


def dumpable(yes):
    if ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, int(yes), 0, 0, 0) != 0:
        raise SystemExit("the kernel does not let the supervisor shield itself")


# --- what this image carries ------------------------------------------------


def carried():
    """Top-level modules that can be imported, and standard ones that cannot."""
    found = {name for _, name, _ in pkgutil.iter_modules([*sys.path, "/layer"]) if name}
    found.update(sys.builtin_module_names)
    found.update(name for name in sys.stdlib_module_names if importlib.machinery.FrozenImporter.find_spec(name))
    # Parts written in C that the interpreter was built without leave their wrappers behind.
    return sorted(found), sorted(set(sys.stdlib_module_names) - found)


def distributions():
    """Packages with their versions; what says neither is none of them."""
    found = {}
    for one in importlib.metadata.distributions():
        name, version = one.metadata["Name"], one.metadata["Version"]
        if name and version:
            found.setdefault(name, version)
    return found


def modules(sources):
    """Our own modules, which lie in no file of the image. The plugin cannot import them."""
    made = {}
    for name, source in sources:
        made[name] = sys.modules[name] = types.ModuleType(name)
        exec(compile(source, name + ".py", "exec"), made[name].__dict__)
    for name in made:
        del sys.modules[name]
    return made


def features():
    """Features that runs are known to lack elsewhere and that are lacking here too."""
    try:
        zoneinfo.ZoneInfo("Europe/Berlin")
    except zoneinfo.ZoneInfoNotFoundError:
        return ["time zone data"]
    return []


# --- getting the plugin in --------------------------------------------------


class Input:
    """Standard input, read to the byte."""

    def __init__(self):
        self.rest = b""

    def line(self):
        while b"\n" not in self.rest:
            self.more()
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def more(self):
        part = os.read(0, CHUNK)
        if not part:
            raise SystemExit(0)
        self.rest += part

    def read(self, size):
        while not self.rest:
            self.more()
        part, self.rest = self.rest[:size], self.rest[size:]
        return part


class Archive:
    """The announced number of bytes of standard input, as a file."""

    def __init__(self, source, size):
        self.source, self.left = source, size

    def read(self, size=CHUNK):
        if self.left == 0:
            return b""
        part = self.source.read(min(size, self.left))
        self.left -= len(part)
        return part


def unpack(source, top):
    """Our own code packed it: anything but plain files and folders below one folder is refused."""
    with tarfile.open(fileobj=source, mode="r|gz") as archive:
        for member in archive:
            parts = member.name.rstrip("/").split("/")
            if parts[0] != top or ".." in parts or "" in parts or not (member.isfile() or member.isdir()):
                raise SystemExit("the archive is not a canonical one")
            place = "/".join(["/plugin", *parts[1:]])
            if member.isdir():
                os.makedirs(place, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(place), exist_ok=True)
            content = archive.extractfile(member)
            with open(place, "xb") as file:
                while part := content.read(CHUNK):
                    file.write(part)
            os.chmod(place, 0o444)
    while source.read():
        pass
    for folder, _, _ in os.walk("/plugin", topdown=False):
        os.chmod(folder, 0o555)


# --- the kernel's counters --------------------------------------------------


def text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def counter(paths, key=None):
    """The first of these files that can be read: its number, or the one behind `key`."""
    for path in paths:
        for line in text(f"{CGROUP}/{path}").splitlines():
            words = line.split()
            if key is None and words[:1] and words[0].isdigit():
                return int(words[0])
            if len(words) == 2 and words[0] == key and words[1].isdigit():
                return int(words[1])
    return None


def counters():
    cpu = counter(["cpu.stat"], "usage_usec")
    if cpu is None and (nanoseconds := counter(["cpuacct/cpuacct.usage", "cpu,cpuacct/cpuacct.usage"])) is not None:
        cpu = nanoseconds // 1000
    return {
        "cpu_us": cpu,
        "peak_memory": counter(["memory.peak", "memory/memory.max_usage_in_bytes"]),
        "peak_processes": counter(["pids.peak", "pids/pids.peak"]),
        "oom_kills": counter(["memory.events", "memory/memory.oom_control"], "oom_kill"),
        "forks_refused": counter(["pids.events", "pids/pids.events"], "max"),
    }


def processes():
    return counter(["pids.current", "pids/pids.current"]) or 2


def memory():
    return counter(["memory.current", "memory/memory.usage_in_bytes"]) or 0


class Disk:
    """What the tests wrote to the folders that are theirs to write."""

    def __init__(self, limits):
        self.limits = limits
        self.start = self.used()
        self.most = 0

    def used(self):
        size = files = 0
        for folder in FOLDERS:
            stat = os.statvfs(folder)
            size += (stat.f_blocks - stat.f_bfree) * stat.f_frsize
            files += stat.f_files - stat.f_ffree
        return size, files

    def exceeded(self):
        size, files = (now - start for now, start in zip(self.used(), self.start))
        self.most = max(self.most, size)
        # A full folder is one that something more did not fit into, give or take a page.
        stat = os.statvfs("/tmp")
        full = stat.f_blocks > 0 and (stat.f_bavail == 0 or (stat.f_files > 0 and stat.f_ffree == 0))
        return full or size > self.limits["disk_bytes"] or files > self.limits["files"]


# --- files that look like credentials ---------------------------------------


class Decoys:
    """Lays them out, and has the kernel tell which of them are opened."""

    def __init__(self, home, files):
        self.paths = {}
        libc = ctypes.CDLL(None)
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for name, content in files:
            path = f"{home}/{name}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "x") as file:
                file.write(content)
            self.paths[libc.inotify_add_watch(self.fd, path.encode(), IN_OPEN)] = path

    def opened(self):
        found = []
        while events := self.read():
            at = 0
            while at < len(events):
                watch, _, _, length = struct.unpack_from("iIII", events, at)
                at += struct.calcsize("iIII") + length
                path = self.paths.get(watch)
                if path is not None and path not in found:
                    found.append(path)
        return found

    def read(self):
        try:
            return os.read(self.fd, CHUNK)
        except OSError:
            # Nothing more, or a kernel that does not tell.
            return b""


# --- the child that runs the plugin's code ----------------------------------


def become_guest(module, channel, settings, nonce, out, report):
    null = os.open("/dev/null", os.O_RDWR)
    os.setsid()
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    kept = fcntl.fcntl(report, fcntl.F_DUPFD_CLOEXEC, 3)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != kept:
            try:
                os.close(int(name))
            except OSError:
                pass
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Ordinary tools work again for the plugin's own processes; of this one only the copy is shown.
    dumpable(True)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    limits = settings["limits"]
    seconds = -(-limits["cpu_ms"] // 1000)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["disk_bytes"], limits["disk_bytes"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["descriptors"], limits["descriptors"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ.clear()
    os.environ.update(PATH="/usr/bin:/bin", HOME="/tmp", TMPDIR="/tmp", LANG="C.UTF-8", TZ="UTC")
    os.environ.update(settings.pop("variables"))
    sys.argv[:] = ["pytest"]
    os.chdir("/plugin")
    module.report_and_exit(channel(nonce, kept), settings)


# --- the parent that watches ------------------------------------------------


class Watch:
    def __init__(self, child, out, report, wake, limits, before):
        self.child, self.wake, self.before = child, wake, before
        self.pipes = {out: (b"O", limits["output_bytes"]), report: (b"F", REPORT_BYTES)}
        self.names = {out: "output", report: "report"}
        self.disk = Disk(limits)
        self.reason = self.status = None
        self.processes, self.memory = 1, 0
        self.told = time.monotonic()

    def run(self):
        poll = select.poll()
        for fd in (*self.pipes, self.wake):
            poll.register(fd, select.POLLIN)
        poll.register(0, select.POLLHUP | select.POLLIN)
        while self.status is None:
            for fd, _ in poll.poll(LOOK_AGAIN_MS):
                if fd == 0:
                    self.listen()
                elif fd == self.wake:
                    os.read(fd, CHUNK)
                elif not self.forward(fd):
                    poll.unregister(fd)
                    if self.names[fd] == "report":
                        self.closed()
            self.processes = max(self.processes, processes() - 1)
            self.memory = max(self.memory, memory())
            if self.disk.exceeded():
                self.end("disk")
            if time.monotonic() - self.told >= TELL_AGAIN_SECONDS:
                # Whoever is ended from outside has told what it used by then.
                self.told = time.monotonic()
                send(b"U", json.dumps(self.used(counters())).encode())
            self.reap(os.WNOHANG)
        self.end(None)
        self.reap(0)
        for fd in self.pipes:
            while self.forward(fd):
                pass
        if self.disk.exceeded() and self.reason is None:
            self.reason = "disk"

    def used(self, now):
        """What the child and its own used. Importing pytest was not the plugin's doing."""
        cpu = None
        if now["cpu_us"] is not None and self.before["cpu_us"] is not None:
            cpu = now["cpu_us"] - self.before["cpu_us"]
        # The engine's own start had more processes than this one and its child.
        peak, before = now["peak_processes"] or 0, self.before["peak_processes"] or 0
        return {
            "cpu_us": cpu,
            "peak_memory": now["peak_memory"] or self.memory,
            "processes": max(self.processes, peak - 1 if peak > before else 1),
            "disk": self.disk.most,
            "oom_kills": now["oom_kills"],
            "forks_refused": now["forks_refused"],
        }

    def listen(self):
        """The host says nothing more; if its end closes, nobody waits for an answer."""
        if not os.read(0, CHUNK):
            self.end(None)
            os._exit(0)

    def closed(self):
        """Nothing holds the report's pipe any more: the child is ending, or something else took its place."""
        if self.goes_on():
            time.sleep(SETTLE_SECONDS)
            if self.goes_on():
                self.end("place")

    def goes_on(self):
        """Whether the child still has descriptors; one that is ending has none."""
        self.reap(os.WNOHANG)
        try:
            return self.status is None and bool(os.listdir(f"/proc/{self.child}/fd"))
        except (FileNotFoundError, ProcessLookupError):
            return False
        except PermissionError:
            return True

    def forward(self, fd):
        part = os.read(fd, CHUNK)
        kind, left = self.pipes[fd]
        if part[:left]:
            send(kind, part[:left])
        self.pipes[fd] = (kind, max(left - len(part), 0))
        if len(part) > left:
            self.end(self.names[fd])
        return bool(part)

    def end(self, reason):
        """Kills everything but this process; the first reason stands."""
        if reason is not None and self.reason is None:
            self.reason = reason
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def reap(self, flags):
        """Collects what has ended, orphans among it; without flags, until nothing is left."""
        try:
            while True:
                pid, status = os.waitpid(-1, flags)
                if pid == 0:
                    return
                if pid == self.child:
                    self.status = status
        except ChildProcessError:
            pass


def start(source, before):
    """Tells the host that all is in its place, and takes the seal."""
    global seal
    send(b"S", json.dumps(before).encode())
    seal = bytes.fromhex(source.line().decode())


def run(ours, settings, decoys, source):
    out, report, wake, go = os.pipe(), os.pipe(), os.pipe(), os.pipe()
    os.set_blocking(wake[1], False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake[1], warn_on_full_buffer=False)
    nonce = settings.pop("nonce")
    before = counters()
    child = os.fork()
    if child == 0:
        os.read(go[0], 1)
        become_guest(ours[settings.pop("job")], ours["airlock_runner"].channel, settings, nonce, out[1], report[1])
    os.close(out[1])
    os.close(report[1])
    start(source, before)
    os.write(go[1], b"!")
    watch = Watch(child, out[0], report[0], wake[0], settings["limits"], before)
    watch.run()
    after = counters()
    used, children = watch.used(after), resource.getrusage(resource.RUSAGE_CHILDREN)
    if used["cpu_us"] is None:
        used["cpu_us"] = int((children.ru_utime + children.ru_stime) * 1e6)
    if after["peak_memory"] is None:
        used["peak_memory"] = max(used["peak_memory"], children.ru_maxrss << 10)
    status = watch.status
    return {
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "reason": watch.reason,
        "opened": decoys.opened() if decoys else [],
        "used": used,
    }


def main():
    dumpable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ours = modules(json.loads(sys.argv.pop()))
    ours["airlock_runner"].warm_up()
    found, lacking = carried()
    ready = {
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "libc": platform.libc_ver()[1],
        "distributions": distributions(),
        "modules": found,
        "lacking": lacking,
        "features": features(),
    }
    send(b"R", json.dumps(ready).encode())
    source = Input()
    settings = json.loads(source.line())
    unpack(Archive(source, settings["archive_bytes"]), settings["plugin"])
    decoys = Decoys(settings["home"], settings.pop("files")) if settings["files"] else None
    if "paths" in settings:
        settings["paths"] = [path for path in settings["paths"] if os.path.exists(f"/plugin/{path}")] or [
            path for path in ["tests"] if os.path.exists(f"/plugin/{path}")
        ]
    if settings.get("paths") == []:
        start(source, counters())
        ended = {"nothing": True}
    else:
        ended = run(ours, settings, decoys, source)
    send(b"X", json.dumps(ended).encode())
    os._exit(0)


main()
