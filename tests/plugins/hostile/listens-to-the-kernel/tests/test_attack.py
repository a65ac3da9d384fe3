import socket

import pytest


def test_it():
    for family, kind in ((16, socket.SOCK_RAW), (17, socket.SOCK_RAW), (socket.AF_INET, socket.SOCK_RAW)):
        with pytest.raises(OSError):
            socket.socket(family, kind)
