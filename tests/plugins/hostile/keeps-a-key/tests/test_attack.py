import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)


def test_it():
    assert LIBC.syscall(248, b'user', b'airlock', b'x', 1, -3) == -1
