import socket

import pytest


def test_it():
    with pytest.raises(OSError):
        socket.getaddrinfo("stolen.example.com", 80)
