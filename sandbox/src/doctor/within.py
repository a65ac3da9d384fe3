"""What a suite sees of its sandbox. Each test fails if it gets what it must not get."""

import os

import pytest

FOREIGN = ("AWS_SECRET_ACCESS_KEY", "DOCKER_HOST", "SSH_AUTH_SOCK", "USER", "XDG_CACHE_HOME", "CARGO_HOME")


def status(key):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(key + ":"):
                return line.split()[1]
    return None


def test_network():
    try:
        import socket
    except ImportError:
        return
    for family, address in ((socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET6, ("2001:db8::1", 80))):
        with pytest.raises(OSError):
            probe = socket.socket(family, socket.SOCK_STREAM)
            probe.settimeout(1)
            probe.connect(address)
    # An interpreter without a network has no such function.
    with pytest.raises((OSError, AttributeError)):
        socket.getaddrinfo("example.com", 80)


def test_environment():
    assert not [name for name in FOREIGN if name in os.environ]


def test_root():
    for folder in ("/", "/usr", "/etc", "/plugin/tests"):
        with pytest.raises(OSError):
            with open(folder + "/airlock-was-here", "w"):
                pass


def test_socket():
    for place in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"):
        assert not os.path.exists(place)


def test_processes():
    if not os.path.isdir("/proc"):
        return
    assert len([name for name in os.listdir("/proc") if name.isdigit()]) <= 2


def test_user():
    assert os.getuid() not in (0, 65534) and os.getgid() not in (0, 65534)


def test_capabilities():
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status(key), 16) == 0, key


def test_privileges():
    assert status("NoNewPrivs") == "1"


def test_seccomp():
    assert status("Seccomp") == "2"
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    # A virtual machine's socket, and a ring for calls that no filter would see.
    assert libc.socket(40, 1, 0) == -1
    assert libc.syscall(425, 8, 0) == -1
