import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)


def test_it():
    assert LIBC.syscall(310, 1, 0, 0, 0, 0, 0) == -1
