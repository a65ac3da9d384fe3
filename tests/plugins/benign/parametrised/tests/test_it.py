import pytest


@pytest.mark.parametrize("left", [1, 2])
@pytest.mark.parametrize("right", ["a", "b c", "[d]"])
def test_it(left, right):
    assert left * right
