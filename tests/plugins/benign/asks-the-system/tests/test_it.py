import os
import signal


def test_signals():
    heard = []
    signal.signal(signal.SIGALRM, lambda *_: heard.append(True))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    assert heard


def test_processes():
    assert os.getppid() > 0


def test_pipes():
    out, into = os.pipe()
    os.write(into, b"a")
    assert os.read(out, 1) == b"a"


def test_users():
    assert os.geteuid() == os.getuid()


def test_attributes(tmp_path):
    before = os.umask(0o077)
    (tmp_path / "a").touch()
    os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
