def test_it(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        file.truncate(1 << 40)
