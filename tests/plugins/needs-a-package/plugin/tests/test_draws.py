import package_that_is_not_there

from needs_a_package import Tool


def test_draws():
    assert package_that_is_not_there.check(Tool().execute())
