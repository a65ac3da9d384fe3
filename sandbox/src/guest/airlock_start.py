"""The first code in wasm. It imports what a job needs and stops there; the host keeps
the memory as it is then, and every run goes on from it instead of from nothing.

What must not be the same in every run is made anew when one goes on: its variables,
its clocks, its random numbers.
"""

import atexit
import gc
import importlib
import json
import os
import posix
import sys


def _renew(environment):
    os.environ.update(environment)
    posix.environ.update((os.fsencode(name), os.fsencode(value)) for name, value in environment.items())
    if random := sys.modules.get("random"):
        random.seed()
    if logging := sys.modules.get("logging"):
        import time

        logging._startTime = time.time()


def leave(code, last=atexit._run_exitfuncs, stop=os._exit):
    """Ends the process as the interpreter would, but for taking itself apart."""
    try:
        last()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        stop(code)


def _run(main, stop=os._exit):
    """One run. A generator, since the host can make one go on and needs nothing but its address for that."""
    code = 1
    try:
        settings = json.loads(sys.stdin.readline())
        _renew(settings.pop("environment"))
        main(settings, leave)
    except SystemExit as end:
        # What the interpreter makes of it: nothing is success, words are none.
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        stop(code)
    yield


def prepare(name):
    """Goes as far as one can without a plugin, and tells the host where it goes on."""
    module = importlib.import_module(name)
    module.warm_up()
    module.run = _run(module.main)
    # What is there by now stays, and need not be looked through by any collection of garbage.
    gc.collect()
    gc.freeze()
    os.write(1, b"%d" % id(module.run))
    os._exit(0)
