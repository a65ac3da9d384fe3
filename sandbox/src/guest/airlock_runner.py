"""Runs a plugin's tests with pytest, or only collects them, and reports to the host.

Runs inside either sandbox, in the same interpreter as the plugin. Everything that
is needed for reporting is bound before any plugin code is imported. Frames go to a
descriptor to which nobody else writes: in wasm that of standard input, whose other
side the host implements, in a container a pipe to the supervisor. Each frame carries
a nonce that was handed over once, before the plugin ran.
"""

import _thread
import errno
import gc
import importlib.util
import json
import os
import sys

from airlock_watch import Notes, listen

LONGEST_MESSAGE = 2000


# The exit code of a run whose report cannot be written, since something else took its place.
NO_REPORT = 113


def channel(nonce, fd, write=os.write, dumps=json.dumps, process=getattr(os, "getpid", lambda: 0), stop=os._exit):
    owner = process()
    # A test's threads tell events while the runner tells results.
    turn = _thread.RLock()

    def send(kind, **fields):
        # A copy of this process, forked by a test, has nothing to report.
        if process() != owner:
            return
        line = (dumps({"nonce": nonce, "kind": kind, **fields}) + "\n").encode()
        with turn:
            try:
                while line:
                    line = line[write(fd, line) :]
            except OSError:
                stop(NO_REPORT)

    return send


class OnImport:
    """Changes modules of the standard library as soon as they have been imported."""

    def __init__(self, **changes):
        self._changes = changes

    def find_spec(self, name, path=None, target=None):
        change = self._changes.pop(name, None)
        if change is None:
            return None
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            # One loader serves the whole standard library.
            del spec.loader.exec_module
            load(module)
            change(module)

        spec.loader.exec_module = exec_module
        return spec


def adapt_asyncio(asyncio):
    """Gives asyncio an event loop without sockets."""
    import selectors
    import time

    class Selector(selectors._BaseSelectorImpl):
        def select(self, timeout=None):
            if timeout is None:
                raise RuntimeError("the event loop waits for something that can never happen in this sandbox")
            if timeout > 0:
                time.sleep(timeout)
            return []

    class Loop(asyncio.SelectorEventLoop):
        def __init__(self):
            super().__init__(Selector())

        def _make_self_pipe(self):
            self._ssock = self._csock = None
            self._internal_fds += 1

        def _close_self_pipe(self):
            self._internal_fds -= 1

        def _write_to_self(self):
            pass

    class Policy(asyncio.DefaultEventLoopPolicy):
        _loop_factory = Loop

    asyncio.set_event_loop_policy(Policy())


# Functions of `os` that start programs and that WASI lacks.
PROCESSES = frozenset(
    "execl execle execlp execv execve execvp fork forkpty popen posix_spawn posix_spawnp "
    "spawnl spawnle spawnv spawnve system".split()
)


def missing(error):
    """What an exception says is missing: a module, or a feature of the interpreter."""
    try:
        for _ in range(10):
            if error is None:
                return None
            if (found := _lack(error)) is not None:
                return found
            error = _behind(error)
    except Exception:
        # Exceptions are the plugin's objects and may do anything when they are looked at.
        pass
    return None


def _behind(error):
    """The exception that this one was raised for. One that merely happened while
    another was handled, such as an assertion in an `except` block, is its own."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, BaseException):
        # pytest's own error about a `conftest.py`.
        return cause
    return error.__cause__ or (error.__context__ if isinstance(error, ImportError) else None)


def _lack(error):
    text = str(error)
    if isinstance(error, ModuleNotFoundError):
        return {"module": error.name} if isinstance(error.name, str) else None
    if type(error).__name__ == "ZoneInfoNotFoundError":
        return {"feature": "time zone data"}
    if isinstance(error, RuntimeError) and "can't start new thread" in text:
        return {"feature": "threads"}
    if isinstance(error, OSError) and "does not support processes" in text:
        return {"feature": "processes"}
    if isinstance(error, OSError) and error.errno in (52, 58):
        return {"feature": "unsupported"}
    if isinstance(error, ImportError):
        return _absent(error.name, error.name_from)
    if isinstance(error, AttributeError):
        modules = [name for name in ("os", "posix", "socket", "_socket") if error.obj is sys.modules.get(name, error)]
        return _absent(modules[0], error.name) if modules else None
    return None


# What errors say of limits that were met.
LIMITS = {
    errno.ENOSPC: "disk",
    errno.EFBIG: "disk",
    errno.EDQUOT: "disk",
    errno.EMFILE: "descriptors",
    errno.ENFILE: "descriptors",
    errno.EAGAIN: "processes",
}


def _limit(error):
    """Which limit an exception says was met. It is the plugin's word, and makes nothing better."""
    try:
        for _ in range(10):
            if error is None:
                return None
            if (found := _met(error)) is not None:
                return found
            error = _behind(error)
    except Exception:
        # As above: it may do anything when it is looked at.
        pass
    return None


def _met(error):
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "processes"
    if isinstance(error, OSError):
        return LIMITS.get(error.errno)
    return None


def _absent(module, name):
    """The feature behind a name that a standard module does not have here."""
    if module in ("os", "posix") and name in PROCESSES:
        return {"feature": "processes"}
    if module in ("socket", "_socket"):
        return {"feature": "sockets"}
    return None


# A test of which nothing has been reported yet.
NEW = {"outcome": "passed", "seconds": 0.0, "message": None, "missing": None, "limit": None, "unexplained": False}


class _Recorder:
    """A pytest plugin that turns hooks into frames."""

    def __init__(self, send, pytest):
        self._send = send
        self._skips = (pytest.skip.Exception, pytest.xfail.Exception)
        self._tests = {}

    def pytest_itemcollected(self, item):
        self._send("collected", id=item.nodeid)

    def pytest_deselected(self, items):
        for item in items:
            self._send("deselected", id=item.nodeid)

    def pytest_collectreport(self, report):
        if report.failed:
            lack, limit = self._tests.pop(("collect", report.nodeid), (None, None))
            self._send("error", id=report.nodeid, message=cut(report.longreprtext), missing=lack, limit=limit)

    def make_collect_report(self, report):
        call = report.__dict__.get("call")
        if call is not None and call.excinfo is not None:
            error = call.excinfo.value
            self._tests["collect", report.nodeid] = (missing(error), _limit(error))

    def make_report(self, item, call, report):
        test = self._tests.setdefault(item.nodeid, dict(NEW))
        test["seconds"] += report.duration
        if call.excinfo is not None and report.outcome == "passed" and not isinstance(call.excinfo.value, self._skips):
            self._send("changed", id=item.nodeid)
        self._merge(test, report, call.excinfo)

    def _merge(self, test, report, excinfo):
        worst = ("passed", "xpassed", "xfailed", "skipped", "failed", "error")
        if report.failed:
            outcome = "failed" if report.when == "call" else "error"
            lack = missing(excinfo.value) if excinfo else None
            # A failure without an exception of its own sums up those of subtests.
            if lack is None and (excinfo or test["missing"] is None):
                test["unexplained"] = True
            test["missing"] = test["missing"] or lack
            test["limit"] = test["limit"] or (_limit(excinfo.value) if excinfo else None)
        elif report.skipped:
            outcome = "xfailed" if hasattr(report, "wasxfail") else "skipped"
        else:
            outcome = "xpassed" if hasattr(report, "wasxfail") else "passed"
        if worst.index(outcome) > worst.index(test["outcome"]):
            test["outcome"] = outcome
            test["message"] = cut(report.longreprtext) if report.failed else None

    def pytest_runtest_logreport(self, report):
        if hasattr(report, "context") and report.failed and report.nodeid in self._tests:
            self._merge(self._tests[report.nodeid], report, None)

    def pytest_runtest_logfinish(self, nodeid):
        test = self._tests.pop(nodeid, None)
        if test is not None:
            # What is missing excuses a test only if it explains each of its failures.
            if test.pop("unexplained"):
                test["missing"] = None
            self._send("result", id=nodeid, **test)


def cut(text):
    """The beginning, which shows the code, and the end, which shows the error."""
    half = LONGEST_MESSAGE // 2
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:half]}\n…\n{text[-half:]}"


def _run(send, settings):
    import pytest
    from _pytest.config import ConftestImportFailure, _prepareconfig

    recorder = _Recorder(send, pytest)

    class Hooks:
        pytest_itemcollected = staticmethod(recorder.pytest_itemcollected)
        pytest_deselected = staticmethod(recorder.pytest_deselected)
        pytest_collectreport = staticmethod(recorder.pytest_collectreport)
        pytest_runtest_logreport = staticmethod(recorder.pytest_runtest_logreport)
        pytest_runtest_logfinish = staticmethod(recorder.pytest_runtest_logfinish)

        @staticmethod
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            recorder.make_report(item, call, report)
            return report

        @staticmethod
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_make_collect_report(collector):
            report = yield
            recorder.make_collect_report(report)
            return report

    sys.path[1:1] = settings["roots"]
    # What was fetched takes nobody's place.
    sys.path.append("/layer")
    arguments = ["-c", settings["ini"], "--rootdir=/plugin", "--basetemp=/tmp/pytest", "--capture=sys"]
    for name in ("cacheprovider", "faulthandler", "pastebin", "junitxml", "doctest"):
        arguments += ["-p", "no:" + name]
    for name in settings.get("plugins", ()):
        arguments += ["-p", name]
    if settings.get("collect"):
        # Nobody looks at assertions that never run.
        arguments += ["--collect-only", "--assert=plain", "-q"]
    # One file that cannot be imported must not hide the failures of the others.
    arguments += ["--continue-on-collection-errors", "--color=no", "-q", *settings["paths"]]
    try:
        config = _prepareconfig(arguments, [Hooks()])
    except ConftestImportFailure as failure:
        message = f"{failure.path.name}: {type(failure.cause).__name__}: {failure.cause}"
        send("error", id="conftest", message=cut(message), missing=missing(failure))
        return 4
    try:
        return int(config.hook.pytest_cmdline_main(config=config))
    except pytest.UsageError as error:
        send("error", id="pytest", message=cut(str(error)), missing=None)
        return 4
    finally:
        # A process that collects ends at once, and nobody needs it tidied up.
        if not settings.get("collect"):
            config._ensure_unconfigure()


def warm_up():
    """Imports, ahead of time, what every run needs."""
    import _pytest.assertion.rewrite
    import _pytest.tmpdir
    import _pytest.unittest
    import pytest


def report_and_exit(send, settings, leave=sys.exit, stop=os._exit):
    """Runs the tests, or only collects them, and ends the process with pytest's exit code."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.chdir("/plugin")
    if settings.get("collect"):
        gc.disable()
        code = _run(send, settings)
        send("end", code=code)
        stop(code)
    notes = Notes(send, "event")
    listen(notes, ("/plugin/", "/tmp/"), files=False)
    notes.open = True
    code = _run(send, settings)
    notes.open = False
    send("end", code=code)
    leave(code)


def main(settings, leave):
    """In wasm: the launcher is the whole process."""
    send = channel(settings.pop("nonce"), 0)
    # pytest asks for the user and opens the null device; WASI has neither.
    os.getuid = lambda: -1
    os.devnull = "/tmp/.null"
    sys.meta_path.insert(0, OnImport(asyncio=adapt_asyncio))
    report_and_exit(send, {"ini": "/settings/pytest.ini", **settings}, leave)
