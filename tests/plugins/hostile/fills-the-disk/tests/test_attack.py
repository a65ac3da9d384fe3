def test_it(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
