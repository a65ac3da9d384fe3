import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)


def test_it():
    assert LIBC.syscall(298, 0, 0, -1, -1, 0) == -1
