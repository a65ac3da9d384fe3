import os


def test_it():
    os.chmod("/plugin", 0o700)
    with open("/plugin/file", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
