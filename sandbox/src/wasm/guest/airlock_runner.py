"""Runs a plugin's tests with pytest and reports each result to the host.

Runs inside the sandbox, in the same interpreter as the plugin. Everything that
is needed for reporting is bound before any plugin code is imported. The host
takes frames from what is written to standard input's descriptor, to which nobody
else writes; each frame carries a nonce that was read from standard input, once,
before the plugin ran.
"""

import importlib.util
import json
import os
import sys

REPORT_FD = 0
LONGEST_MESSAGE = 2000


def _channel(nonce, write=os.write, dumps=json.dumps):
    def send(kind, **fields):
        write(REPORT_FD, (dumps({"nonce": nonce, "kind": kind, **fields}) + "\n").encode())

    return send


class _AsyncioHook:
    """Gives asyncio an event loop without sockets, once asyncio is imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "asyncio":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            # One loader serves the whole standard library.
            del spec.loader.exec_module
            load(module)
            _adapt(module)

        spec.loader.exec_module = exec_module
        return spec


def _adapt(asyncio):
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


def _missing(error):
    """What an exception says is missing: a module, or a feature of the interpreter."""
    seen = 0
    while error is not None and seen < 10:
        seen += 1
        text = str(error)
        if isinstance(error, ModuleNotFoundError) and error.name:
            return {"module": error.name.partition(".")[0]}
        if "can't start new thread" in text:
            return {"feature": "threads"}
        if "does not support processes" in text:
            return {"feature": "processes"}
        if isinstance(error, AttributeError) and getattr(error.obj, "__name__", "") in ("socket", "_socket"):
            return {"feature": "sockets"}
        if isinstance(error, OSError) and error.errno in (52, 58) and error.__class__.__name__ != "timeout":
            return {"feature": "unsupported"}
        error = getattr(error, "cause", None) or error.__cause__ or error.__context__
    return None


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
            self._send("result", id=item.nodeid, outcome="skipped", seconds=0, message="deselected", missing=None)

    def pytest_collectreport(self, report):
        if report.failed:
            missing = self._tests.pop(("collect", report.nodeid), None)
            self._send("error", id=report.nodeid, message=_cut(report.longreprtext), missing=missing)

    def make_collect_report(self, report):
        call = report.__dict__.get("call")
        if call is not None and call.excinfo is not None:
            self._tests["collect", report.nodeid] = _missing(call.excinfo.value)

    def make_report(self, item, call, report):
        test = self._tests.setdefault(item.nodeid, {"outcome": "passed", "seconds": 0.0, "message": None, "missing": None})
        test["seconds"] += report.duration
        if call.excinfo is not None and report.outcome == "passed" and not isinstance(call.excinfo.value, self._skips):
            self._send("changed", id=item.nodeid)
        self._merge(test, report, call.excinfo)

    def _merge(self, test, report, excinfo):
        worst = ("passed", "xpassed", "xfailed", "skipped", "failed", "error")
        if report.failed:
            outcome = "failed" if report.when == "call" else "error"
            test["missing"] = test["missing"] or (excinfo and _missing(excinfo.value))
        elif report.skipped:
            outcome = "xfailed" if hasattr(report, "wasxfail") else "skipped"
        else:
            outcome = "xpassed" if hasattr(report, "wasxfail") else "passed"
        if worst.index(outcome) > worst.index(test["outcome"]):
            test["outcome"] = outcome
            test["message"] = _cut(report.longreprtext) if report.failed else None

    def pytest_runtest_logreport(self, report):
        if hasattr(report, "context") and report.failed and report.nodeid in self._tests:
            self._merge(self._tests[report.nodeid], report, None)

    def pytest_runtest_logfinish(self, nodeid):
        test = self._tests.pop(nodeid, None)
        if test is not None:
            self._send("result", id=nodeid, **test)


def _cut(text):
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "…"


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
    arguments = ["-c", "/root/pytest.ini", "--rootdir=/plugin", "--basetemp=/tmp/pytest", "--capture=sys"]
    for name in ("cacheprovider", "faulthandler", "pastebin", "junitxml", "doctest"):
        arguments += ["-p", "no:" + name]
    arguments += ["--color=no", "-q", *settings["paths"]]
    try:
        config = _prepareconfig(arguments, [Hooks()])
    except ConftestImportFailure as failure:
        message = f"{failure.path.name}: {type(failure.cause).__name__}: {failure.cause}"
        send("error", id="conftest", message=_cut(message), missing=_missing(failure))
        return 4
    try:
        return int(config.hook.pytest_cmdline_main(config=config))
    except pytest.UsageError as error:
        send("error", id="pytest", message=_cut(str(error)), missing=None)
        return 4
    finally:
        config._ensure_unconfigure()


def main():
    settings = json.loads(sys.stdin.readline())
    send = _channel(settings.pop("nonce"))
    # pytest asks for the user and opens the null device; WASI has neither.
    os.getuid = lambda: -1
    os.devnull = "/tmp/.null"
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.meta_path.insert(0, _AsyncioHook())
    os.chdir("/plugin")
    code = _run(send, settings)
    send("end", code=code)
    sys.exit(code)
