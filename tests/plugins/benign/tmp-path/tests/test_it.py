def test_it(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("text")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "file"]
