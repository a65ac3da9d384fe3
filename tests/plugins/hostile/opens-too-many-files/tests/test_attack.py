def test_it(tmp_path):
    kept = []
    while True:
        kept.append(open(tmp_path / "file", "w"))
