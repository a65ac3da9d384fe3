import pytest

from text_tidy.tool import TextTidy


def test_white_space_collapses():
    assert TextTidy().run("some   untidy\ttext\n") == "some untidy text"


def test_long_text_is_wrapped():
    assert TextTidy(width=9).run("one two three") == "one two\nthree"


@pytest.mark.parametrize("width", [0, -1])
def test_a_width_below_one_is_refused(width):
    with pytest.raises(ValueError):
        TextTidy(width=width)
