import os


def test_it():
    # No process uses up its own share of time; together they do.
    while True:
        if (child := os.fork()) == 0:
            for _ in range(2_000_000):
                pass
            os._exit(0)
        os.waitpid(child, 0)
