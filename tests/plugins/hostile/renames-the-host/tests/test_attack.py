import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)


def test_it():
    assert LIBC.sethostname(b"mine", 4) == -1
