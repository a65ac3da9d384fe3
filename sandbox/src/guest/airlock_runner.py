"""Runs a plugin's tests with pytest, or only collects them, and reports to the host.

Runs inside either sandbox, in the same interpreter as the plugin. Everything that
is needed for reporting is bound before any plugin code is imported. Frames go to a
descriptor to which nobody else writes: in wasm that of standard input, whose other
side the host implements, in a container a pipe to the supervisor. Each frame carries
a nonce that was handed over once, before the plugin ran.
"""

import _thread
import atexit
import gc
import importlib.util
import json
import os
import sys
import threading

from airlock_lacks import limit, missing
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


# A test of which nothing has been reported yet.
NEW = {"outcome": "passed", "seconds": 0.0, "message": None, "missing": None, "limit": None, "unexplained": False}


def _own(item):
    """What runs when an item does: its way to run, its function and what that consists of."""
    function = getattr(item, "obj", None)
    function = getattr(function, "__func__", function)
    return type(item).runtest, item.__dict__.get("runtest"), function, getattr(function, "__code__", None)


def _in_class(item, mro=type.__dict__["__mro__"].__get__, held=type.__dict__["__dict__"].__get__):
    """The function that a test's class holds under the test's name, whatever the class says when it is asked."""
    kinds = mro(item.cls) if isinstance(getattr(item, "cls", None), type) else ()
    for kind in kinds:
        function = held(kind).get(getattr(item, "originalname", None))
        if function is not None:
            function = function.__func__ if isinstance(function, (staticmethod, classmethod)) else function
            return function if isinstance(function, type(_in_class)) else None
    return None


class _Starts:
    """Has the interpreter tell when a piece of code begins to run, where it can (from Python 3.12 on)."""

    def __init__(self, monitoring=getattr(sys, "monitoring", None), tool=4):
        self._started = set()
        self._monitoring, self._tool = monitoring, tool
        if monitoring:
            monitoring.use_tool_id(tool, "airlock")
            monitoring.register_callback(tool, monitoring.events.PY_START, lambda code, _: self._started.add(id(code)))

    def watch(self, code):
        if self._monitoring and code is not None:
            self._started.discard(id(code))
            self._monitoring.set_local_events(self._tool, code, self._monitoring.events.PY_START)

    def has_started(self, code):
        if self._monitoring is None or code is None:
            return True
        self._monitoring.set_local_events(self._tool, code, 0)
        return id(code) in self._started


class _Recorder:
    """A pytest plugin that turns hooks into frames."""

    def __init__(self, send, pytest):
        self._send = send
        self._skips = (pytest.skip.Exception, pytest.xfail.Exception)
        self._tests = {}
        self._collected = {}
        self._starts = _Starts()
        self._replaced = set()

    def pytest_itemcollected(self, item):
        self._send("collected", id=item.nodeid)
        self._collected[item.nodeid] = _own(item)

    def call(self, item, own=_own, together=zip):
        """Runs an item, and looks whether that runs the function that was collected."""
        was, now = self._collected.get(item.nodeid, ()), own(item)
        replaced = any(one is not other for one, other in together(was, now))
        written = _in_class(item)
        replaced |= written is not None and written is not now[2]
        code = now[-1]
        self._starts.watch(code)
        try:
            result = yield
        finally:
            started = self._starts.has_started(code)
        if replaced or not started:
            self._replaced.add(item.nodeid)
        return result

    def pytest_deselected(self, items):
        for item in items:
            self._send("deselected", id=item.nodeid)

    def pytest_collectreport(self, report):
        if report.failed:
            lack, met = self._tests.pop(("collect", report.nodeid), (None, None))
            self._send("error", id=report.nodeid, message=cut(report.longreprtext), missing=lack, limit=met)

    def make_collect_report(self, report):
        call = report.__dict__.get("call")
        if call is not None and call.excinfo is not None:
            error = call.excinfo.value
            self._tests["collect", report.nodeid] = (missing(error), limit(error))

    def make_report(self, item, call, report):
        test = self._tests.setdefault(item.nodeid, dict(NEW))
        test["seconds"] += report.duration
        # A unittest that is skipped is never called, and says so only now.
        if report.when == "call" and report.outcome == "passed" and item.nodeid in self._replaced:
            self._send("replaced", id=item.nodeid)
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
            test["limit"] = test["limit"] or (limit(excinfo.value) if excinfo else None)
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
        def pytest_runtest_call(item):
            return (yield from recorder.call(item))

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


def _leave(code, threads=getattr(threading, "_shutdown", None), last=atexit._run_exitfuncs, stop=os._exit):
    """Ends the process as the interpreter would, but for taking itself apart."""
    try:
        threads()
        last()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        stop(code)


def report_and_exit(send, settings, leave=_leave, stop=os._exit):
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
