import signal


def test_it():
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        pass
