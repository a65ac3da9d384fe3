import pytest


def test_it():
    for path in ("/var/tmp/airlock-canary", "/plugin/../var/tmp/airlock-canary"):
        with pytest.raises(OSError):
            open(path, "w").write("overwritten")
