from conftest import ONLY_COLLECTING


def test_good():
    pass


if ONLY_COLLECTING[0]:

    def test_it():
        assert False
