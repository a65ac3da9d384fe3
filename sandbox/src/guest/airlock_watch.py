"""Notes what a plugin's code reaches for: connections, programs, files, variables.

Runs inside the sandbox, in the same interpreter as the plugin, so what it tells is
the plugin's own word: it can make a result worse, never better.
"""

import os
import sys

# How many different attempts of one kind are told, so that many of one hide none of another.
MOST_EACH = 40
LONGEST_DETAIL = 300
# What is sent is searched for secrets by the host, which then forgets it.
LONGEST_SENT = 4000

# Audit events that are an attempt at something outside the interpreter, and which argument names its object.
EVENTS = {
    "ctypes.dlopen": 0,
    "ftplib.connect": 1,
    "http.client.connect": 1,
    "imaplib.open": 1,
    "os.exec": 0,
    "os.fork": None,
    "os.forkpty": None,
    "os.posix_spawn": 0,
    "os.putenv": 0,
    "os.remove": 0,
    "os.rename": 0,
    "os.rmdir": 0,
    "os.spawn": 1,
    "os.system": 0,
    "poplib.connect": 1,
    "pty.spawn": 0,
    "shutil.copyfile": 0,
    "shutil.make_archive": 0,
    "shutil.move": 0,
    "shutil.rmtree": 0,
    "smtplib.connect": 1,
    "socket.bind": 1,
    "socket.connect": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.sendto": 1,
    "subprocess.Popen": 1,
    "urllib.Request": 0,
    "webbrowser.open": 0,
}

# WASI knows a bit for reading too.
WRITES = (os.O_WRONLY | os.O_RDWR) & ~os.O_RDONLY

# The folder of decoys; the rest of /tmp is there to be used.
HOME = "/tmp/home/"

# Of these the object is a path, and one of the run's own folders is nobody's concern.
PATHS = frozenset(
    "os.remove os.rename os.rmdir shutil.copyfile shutil.make_archive shutil.move shutil.rmtree".split()
)


class Notes:
    """Tells each attempt once, as long as it is open."""

    def __init__(self, send, kind="attempt"):
        self._send, self._kind = send, kind
        self._told = {}
        self._busy = False
        self.open = False

    def note(self, what, detail=""):
        if not self.open or self._busy:
            return
        # What is noted may be the plugin's own object, and showing it may run its code.
        self._busy = True
        try:
            detail = _text(detail)[: LONGEST_SENT if what == "socket.send" else LONGEST_DETAIL]
            told = self._told.setdefault(what, set())
            if detail not in told and len(told) < MOST_EACH:
                told.add(detail)
                self._send(self._kind, what=what, detail=detail)
        finally:
            self._busy = False


def _text(detail):
    try:
        return detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
    except Exception:
        return "?"


def listen(notes, own, files=True, frame=sys._getframe):
    """Hears of audit events. `own` are folders that are read and written as a matter of course."""

    def is_own(path):
        return path.startswith(own) and not path.startswith(HOME)

    def at_import():
        # A library that reads its files while it is imported does so whoever imports it.
        at = frame(2)
        while at is not None and not at.f_code.co_filename.startswith("/plugin/"):
            if at.f_code.co_filename.startswith("<frozen importlib"):
                return True
            at = at.f_back
        return False

    def hear(event, arguments):
        if not notes.open:
            return
        if event == "open":
            if files:
                opened(*(*arguments, None, None, None)[:3])
        elif event in EVENTS:
            index = EVENTS[event]
            detail = arguments[index] if index is not None and index < len(arguments) else ""
            if not is_ordinary(event, _text(detail)):
                notes.note(event, detail)

    def is_ordinary(event, detail):
        # The runner tells each test its name.
        return event in PATHS and is_own(detail) or event == "os.putenv" and detail == "PYTEST_CURRENT_TEST"

    def opened(path, mode, flags):
        if not isinstance(path, (str, bytes)):
            return
        path = os.path.abspath(os.fsdecode(path))
        if is_own(path) or path == "/dev/null" or (at_import() and not path.startswith(HOME)):
            return
        writes = bool(set(mode) & set("wax+")) if mode else bool((flags or 0) & WRITES)
        notes.note("open for writing" if writes else "open", path)

    sys.addaudithook(hear)


def watch_environment(notes, frame=sys._getframe):
    """Hears of the variables that the plugin's own code reads; libraries read theirs whoever imports them."""

    def by_plugin():
        at = frame(2)
        while at is not None and at.f_code.co_filename.endswith(("os.py", "_collections_abc.py", "abc>", "os>")):
            at = at.f_back
        name = at.f_code.co_filename if at is not None else "/plugin/"
        return name.startswith("/plugin/") or (name.startswith("<") and not name.startswith("<frozen"))

    class Environment(type(os.environ)):
        def __getitem__(self, key):
            if by_plugin():
                notes.note("environ", key)
            return super().__getitem__(key)

        def __iter__(self):
            if by_plugin():
                notes.note("environ", "*")
            return super().__iter__()

        def copy(self):
            if by_plugin():
                notes.note("environ", "*")
            return super().copy()

    os.environ.__class__ = Environment
