def test_it(n):
    pass
