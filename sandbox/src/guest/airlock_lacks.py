"""What an exception says is missing in a sandbox, or used up.

It is the word of the plugin's interpreter: the host confirms what is missing, and what is
used up makes nothing better.
"""

import errno
import re
import sys

# What `os` lacks in WASI, by the feature that it belongs to; the host has the same lists.
LACKING = {
    "processes": (
        "execl execle execlp execv execve execvp fork forkpty getpgid getpgrp getppid getpriority getsid "
        "kill killpg nice pidfd_open popen posix_spawn posix_spawnp register_at_fork setpgid setpgrp "
        "setpriority setsid spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe system wait "
        "wait3 wait4 waitid waitpid waitstatus_to_exitcode "
    ),
    "pipes": "dup2 eventfd mkfifo openpty pipe pipe2",
    "users": (
        "chown chroot fchown getegid geteuid getgid getgrouplist getgroups getlogin getresgid getresuid "
        "initgroups lchown setegid seteuid setgid setgroups setregid setresgid setresuid setreuid setuid "
    ),
    "file attributes": (
        "fchdir fchmod fstatvfs getxattr listxattr lockf makedev mknod removexattr sendfile setxattr "
        "statvfs sync umask "
    ),
}
# How `monkeypatch` and `mock` say that a module lacks what something was to stand in for.
NOT_THERE = re.compile(r"(?:<module '(\w+)'[^>]*>|'module' object at ([\w.]+)) (?:has no|does not have the) attribute '(\w+)'$")
OF_OS = {name: feature for feature, names in LACKING.items() for name in names.split()}


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
        modules = [name for name in ("os", "posix", "signal", "socket", "_socket") if error.obj is sys.modules.get(name, error)]
        if modules:
            return _absent(modules[0], error.name)
        told = NOT_THERE.match(text)
        return _absent((told[1] or told[2]).rpartition(".")[2], told[3]) if told else None
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


def limit(error):
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
    if module in ("os", "posix") and name in OF_OS:
        return {"feature": OF_OS[name]}
    if module == "signal":
        return {"feature": "signals"}
    if module in ("socket", "_socket"):
        return {"feature": "sockets"}
    return None
