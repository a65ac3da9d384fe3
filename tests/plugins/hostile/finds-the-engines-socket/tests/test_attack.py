import os


def test_it():
    for folder in ("/run", "/var/run", "/tmp"):
        if os.path.isdir(folder):
            assert not [name for name in os.listdir(folder) if name.endswith(".sock")]
