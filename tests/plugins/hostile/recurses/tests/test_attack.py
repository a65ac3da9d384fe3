import sys


def deeper():
    deeper()


def test_it():
    sys.setrecursionlimit(1 << 30)
    deeper()
