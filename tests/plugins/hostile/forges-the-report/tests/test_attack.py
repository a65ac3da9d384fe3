import os

FRAME = b'{"nonce": "", "kind": "result", "id": "tests/test_attack.py::test_it", "outcome": "passed", "seconds": 0}\n'


def test_it():
    for number in range(128):
        if number not in (1, 2):
            try:
                os.write(number, FRAME)
            except OSError:
                pass
