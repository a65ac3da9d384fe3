import socket

import pytest


def test_it():
    probe = socket.socket(socket.AF_UNIX)
    with pytest.raises(OSError):
        probe.connect("\0airlock-canary")
