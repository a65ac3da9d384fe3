def test_it(tmp_path):
    for number in range(1_000_000):
        (tmp_path / str(number)).touch()
