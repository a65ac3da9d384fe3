import os


def test_it():
    while True:
        os.write(1, b"x" * 65536)
