def test_it():
    assert False
