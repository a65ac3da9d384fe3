"""Runs one disguise of `fixtures/evasion` with a trap in the place of every sink.

    python3 -I -B prelude.py FOLDER MODULE imported|main SINK

Whoever reaches a sink prints `reached NAME`, and the process ends there and then: nothing
is started, loaded or connected to. The traps are the interpreter's own audit events, which
no disguise gets round; the one sink that raises none is replaced before the disguise runs.

Text that is run as code is told by the name `airlock_marker` in it. Standard input holds
it, unless the disguise asks for another line.
"""

import os
import sys

MARKER = "airlock_marker"

# Audit events that mean that a sink was reached, whatever came with them.
SINKS = {
    "os.system": "os.system",
    "os.exec": "os.exec",
    "os.posix_spawn": "os.posix_spawn",
    "os.spawn": "os.spawn",
    "os.fork": "os.fork",
    "os.forkpty": "os.fork",
    "pty.spawn": "pty.spawn",
    "subprocess.Popen": "subprocess.Popen",
    "socket.connect": "socket.connect",
    "ctypes.dlopen": "ctypes",
    "ctypes.dlsym": "ctypes",
    "pickle.find_class": "pickle",
}


def reached(name):
    """Says which sink it was and ends the process, in whatever thread or hook this is."""
    os.write(1, f"reached {name}\n".encode())
    os._exit(0)


def is_marked(code):
    """Whether a code object, or one inside it, names the marker."""
    if MARKER in code.co_names:
        return True
    return any(is_marked(const) for const in code.co_consts if isinstance(const, type(code)))


def is_marked_text(source):
    """Whether source text holds the marker."""
    text = source if isinstance(source, bytes) else str(source).encode("utf-8", "replace")
    return MARKER.encode() in text


def watcher(folder, sink):
    """The audit hook for a disguise in `folder`."""

    def watch(event, arguments):
        if event in SINKS:
            reached(SINKS[event])
        elif event == "exec":
            # The disguise's own file may spell the marker; running that proves nothing.
            if is_marked(arguments[0]) and not arguments[0].co_filename.startswith(folder):
                reached("exec")
        elif event == "function.__new__":
            if is_marked(arguments[0]):
                reached("function")
        elif event == "object.__setattr__":
            if arguments[1] == "__code__" and is_marked(arguments[2]):
                reached("function")
        elif event == "compile":
            # `exec` of text compiles as well, and is told by the event above.
            if sink == "builtins.compile" and is_marked_text(arguments[0]):
                reached("compile")
        elif event == "marshal.loads":
            # The import system reads cached modules with it.
            if not sys._getframe(1).f_code.co_filename.startswith("<frozen"):
                reached("marshal")

    return watch


def main():
    folder, module, how, sink = sys.argv[1:5]
    sys.argv[1:] = []
    import _posixsubprocess

    _posixsubprocess.fork_exec = lambda *arguments: reached("_posixsubprocess.fork_exec")
    if sink.startswith("ctypes"):
        # Importing it opens the interpreter itself, which is not the disguise's doing.
        import ctypes  # noqa: F401

    sys.path.insert(0, folder)
    path = os.path.join(folder, module + ".py")
    if how == "main":
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec")
        names = {"__name__": "__main__", "__file__": path, "__builtins__": __builtins__}
        sys.addaudithook(watcher(folder, sink))
        exec(code, names)
    else:
        sys.addaudithook(watcher(folder, sink))
        __import__(module)


main()
