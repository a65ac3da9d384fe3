import socket

import pytest


def test_it():
    for family, address in ((socket.AF_INET, ("192.0.2.1", 443)), (socket.AF_INET6, ("2001:db8::1", 443))):
        probe = socket.socket(family, socket.SOCK_STREAM)
        probe.settimeout(1)
        with pytest.raises(OSError):
            probe.connect(address)
