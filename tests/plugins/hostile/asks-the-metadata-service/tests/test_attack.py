import socket

import pytest


def test_it():
    for family, address in ((socket.AF_INET, ("169.254.169.254", 80)),):
        probe = socket.socket(family, socket.SOCK_STREAM)
        probe.settimeout(1)
        with pytest.raises(OSError):
            probe.connect(address)
