import os
from unittest import mock


def test_an_attribute(monkeypatch):
    asked = []
    monkeypatch.setattr(os, "nice", lambda *what: asked.append(what))
    os.nice(1)
    assert asked == [(1,)]


def test_a_path(monkeypatch):
    monkeypatch.setattr("os.getppid", lambda: 7)
    assert os.getppid() == 7


def test_a_mock():
    with mock.patch("os.chown") as chown:
        os.chown("a", 1, 2)
    chown.assert_called_once_with("a", 1, 2)


@mock.patch.object(os, "umask")
def test_an_object(umask):
    os.umask(0o077)
    umask.assert_called_once_with(0o077)
