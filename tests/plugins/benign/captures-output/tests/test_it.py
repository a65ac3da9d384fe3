import logging
import sys


def test_streams(capsys):
    print("out")
    print("err", file=sys.stderr)
    assert capsys.readouterr() == ("out\n", "err\n")


def test_log(caplog):
    logging.getLogger("plugin").warning("careful")
    assert "careful" in caplog.text
