def test_it(capsys):
    with capsys.disabled():
        for _ in range(10 << 10):
            print("x" * (1 << 20))
