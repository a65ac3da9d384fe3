"""Imports a plugin's entry point and reports what the import alone tried to do.

Files that look like credentials lie in the home folder and variables in the
environment; the host knows what is in them, this process does not. Whatever is
connected to is a sink. As with tests, what is told from here is the plugin's own word.
"""

import importlib
import os
import sys

from airlock_runner import OnImport, adapt_asyncio, channel, cut, missing
from airlock_sink import divert, stand_in_for_processes, stand_in_for_sockets, stand_in_for_subprocess
from airlock_watch import Notes, listen, watch_environment


def _import(module, attribute):
    found = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)


def _stand_ins(notes):
    if sys.platform != "wasi":
        import socket

        divert(socket, notes)
        return
    stand_in_for_sockets(notes)
    stand_in_for_processes(notes)
    sys.meta_path.insert(0, OnImport(asyncio=adapt_asyncio, subprocess=stand_in_for_subprocess(notes)))


def report_and_exit(send, settings):
    """Imports the entry point and ends the process, with whatever the import left running in it."""
    notes = Notes(send)
    _stand_ins(notes)
    watch_environment(notes)
    listen(notes, ("/plugin/", "/tmp/", "/site/", "/extra/", "/layer/", os.path.dirname(os.__file__)))
    sys.path[1:1] = settings["roots"]
    # What was fetched takes nobody's place.
    sys.path.append("/layer")
    os.chdir("/plugin")
    error = None
    notes.open = True
    try:
        _import(settings["module"], settings["attribute"])
    except BaseException as raised:
        error = raised
    finally:
        notes.open = False
    if error is None:
        send("end", imported=True, message=None, missing=None)
    else:
        send("end", imported=False, message=_shown(error), missing=missing(error))
    # Threads and exit handlers that the import left behind are not waited for.
    os._exit(0)


def _shown(error):
    try:
        return cut(f"{type(error).__name__}: {error}")
    except Exception:
        return type(error).__name__


def warm_up():
    """Nothing more than this module is needed ahead of time."""


def main(settings, leave):
    """In wasm: the probe is the whole process, and leaves by itself."""
    send = channel(settings.pop("nonce"), 0)
    os.getuid = lambda: -1
    os.devnull = "/tmp/.null"
    report_and_exit(send, settings)
