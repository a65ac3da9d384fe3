def test_good():
    pass


def test_it():
    assert False
