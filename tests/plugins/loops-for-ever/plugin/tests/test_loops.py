def test_never_ends():
    while True:
        pass
