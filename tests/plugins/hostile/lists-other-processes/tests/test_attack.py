import os


def test_it():
    assert len([name for name in os.listdir("/proc") if name.isdigit()]) <= 2
