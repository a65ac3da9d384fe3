"""Stand-ins for what a sandbox lacks or must not have: a network that takes
everything and answers nothing, and programs that do not start. They let an import
go on, so that it shows what it would have sent.
"""

import os
import sys
import types

# Addresses that are set aside for documentation.
SOMEWHERE = "192.0.2.1"
HERE = "192.0.2.2"

# Functions of `os` that start programs and that WASI lacks.
STARTERS = (
    "execl execle execlp execlpe execv execve execvp execvpe fork forkpty popen posix_spawn posix_spawnp "
    "spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe system"
).split()

INET = (2, 10)


def sink(notes):
    """The methods of a socket that takes what is sent and never answers."""

    def connect(self, address):
        notes.note("socket.connect", address)

    def connect_ex(self, address):
        notes.note("socket.connect", address)
        return 0

    def send(self, data, flags=0):
        notes.note("socket.send", bytes(data))
        return len(data)

    def sendall(self, data, flags=0):
        notes.note("socket.send", bytes(data))

    def sendto(self, data, *rest):
        notes.note("socket.sendto", rest[-1] if rest else "")
        notes.note("socket.send", bytes(data))
        return len(data)

    def recv(self, size, flags=0):
        return b""

    def recv_into(self, buffer, size=0, flags=0):
        return 0

    def recvfrom(self, size, flags=0):
        return b"", (SOMEWHERE, 0)

    def getpeername(self):
        return (SOMEWHERE, 0)

    methods = (connect, connect_ex, send, sendall, sendto, recv, recv_into, recvfrom, getpeername)
    return {method.__name__: method for method in methods}


def names(notes):
    """Name resolution that knows every name."""

    def address(host):
        return host if isinstance(host, str) and not host.strip("0123456789.") and host else SOMEWHERE

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        notes.note("socket.getaddrinfo", host)
        return [(2, type or 1, proto or 6, "", (address(host), port if isinstance(port, int) else 0))]

    def gethostbyname(host):
        notes.note("socket.gethostbyname", host)
        return address(host)

    return {"getaddrinfo": getaddrinfo, "gethostbyname": gethostbyname}


def divert(socket, notes):
    """Puts the sink before real sockets. Those that do not leave the machine stay real: event loops wake by them."""

    def diverted(name, method):
        real = getattr(socket.socket, name)

        def either(self, *arguments, **named):
            return (method if self.family in INET else real)(self, *arguments, **named)

        return either

    for name, method in sink(notes).items():
        setattr(socket.socket, name, diverted(name, method))
    for name, function in names(notes).items():
        setattr(socket, name, function)


def stand_in_for_sockets(notes):
    """A `_socket` for an interpreter that has none."""
    module = types.ModuleType("_socket")
    constants = dict(
        AF_UNSPEC=0, AF_UNIX=1, AF_INET=2, AF_INET6=10, SOCK_STREAM=1, SOCK_DGRAM=2, SOCK_RAW=3, SOL_SOCKET=1,
        SO_REUSEADDR=2, SO_KEEPALIVE=9, SO_BROADCAST=6, SO_ERROR=4, IPPROTO_TCP=6, IPPROTO_UDP=17, IPPROTO_IPV6=41,
        TCP_NODELAY=1, IPV6_V6ONLY=26, SHUT_RD=0, SHUT_WR=1, SHUT_RDWR=2, AI_PASSIVE=1, AI_CANONNAME=2,
        AI_NUMERICHOST=4, MSG_PEEK=2, MSG_DONTWAIT=64, SOMAXCONN=128, INADDR_ANY=0, NI_NUMERICHOST=1, has_ipv6=True,
        EAI_NONAME=-2,
    )  # fmt: skip

    class gaierror(OSError):
        pass

    class herror(OSError):
        pass

    class Sink:
        # What `socket` makes of it adds the weak reference.
        __slots__ = ("_pause", "_shape")

        def __init__(self, family=2, type=1, proto=0, fileno=None):
            self._shape = (family if family >= 0 else 2, type if type >= 0 else 1, max(proto, 0))
            self._pause = None

        family = property(lambda self: self._shape[0])
        type = property(lambda self: self._shape[1])
        proto = property(lambda self: self._shape[2])
        timeout = property(lambda self: self._pause)

        def bind(self, address):
            notes.note("socket.bind", address)

        def listen(self, backlog=0):
            notes.note("socket.listen")

        def _accept(self):
            raise OSError(11, "nobody connects in this sandbox")

        def settimeout(self, timeout):
            self._pause = timeout

        def gettimeout(self):
            return self._pause

        def setblocking(self, blocking):
            self._pause = None if blocking else 0.0

        def getblocking(self):
            return self._pause != 0.0

        def setsockopt(self, *arguments):
            pass

        def getsockopt(self, *arguments):
            return 0

        def fileno(self):
            return 99

        def detach(self):
            return 99

        def getsockname(self):
            return (HERE, 0)

        def shutdown(self, how):
            pass

        def close(self):
            pass

    for name, method in sink(notes).items():
        setattr(Sink, name, method)
    module.__dict__.update(
        constants, **names(notes), socket=Sink, SocketType=Sink, error=OSError, timeout=TimeoutError,
        gaierror=gaierror, herror=herror, gethostname=lambda: "sandbox", getdefaulttimeout=lambda: None,
        setdefaulttimeout=lambda timeout: None, close=lambda fd: None, dup=lambda fd: fd,
        inet_aton=lambda text: bytes(int(part) for part in text.split(".")),
        inet_ntoa=lambda packed: ".".join(map(str, packed)), htons=lambda number: number, ntohs=lambda number: number,
        htonl=lambda number: number, ntohl=lambda number: number, CAPI=None,
    )  # fmt: skip
    sys.modules["_socket"] = module


def stand_in_for_processes(notes):
    """Functions of `os` that start nothing, for an interpreter that has none."""
    import posix

    # Where there is a fork, libraries want to hear of it.
    os.register_at_fork = lambda **named: None
    for name in STARTERS:
        start = _refusing(notes, "os." + name)
        setattr(os, name, start)
        setattr(posix, name, start)


def stand_in_for_subprocess(notes):
    """What to do with `subprocess` once it is imported."""
    return lambda module: setattr(module.Popen, "__init__", _refusing(notes, "subprocess.Popen", at=1))


def _refusing(notes, what, at=0):
    def start(*arguments, **named):
        notes.note(what, arguments[at] if len(arguments) > at else named)
        raise OSError(58, "nothing can be started in this sandbox")

    return start
