import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)


def test_it():
    file = open("/proc/self/ns/net")
    assert LIBC.setns(file.fileno(), 0) == -1
