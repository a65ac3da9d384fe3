import socket

import pytest


def test_it():
    for family, address in ((socket.AF_INET, ("127.0.0.1", 47811)),):
        probe = socket.socket(family, socket.SOCK_STREAM)
        probe.settimeout(1)
        with pytest.raises(OSError):
            probe.connect(address)
