def test_it(tmp_path):
    try:
        for number in range(1 << 20):
            (tmp_path / str(number)).write_bytes(bytes(1 << 20))
    except OSError:
        pass
