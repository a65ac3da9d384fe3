import os


def test_it(monkeypatch, tmp_path):
    monkeypatch.setenv("COLOUR", "blue")
    monkeypatch.setattr(os.path, "exists", lambda path: True)
    monkeypatch.chdir(tmp_path)
    assert os.environ["COLOUR"] == "blue" and os.path.exists("/nowhere")
