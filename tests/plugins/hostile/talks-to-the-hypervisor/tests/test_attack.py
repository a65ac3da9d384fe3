import socket

import pytest


def test_it():
    with pytest.raises(OSError):
        socket.socket(40, socket.SOCK_STREAM)
