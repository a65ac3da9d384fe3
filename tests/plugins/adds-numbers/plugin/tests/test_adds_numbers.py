import pytest

from adds_numbers import Tool


@pytest.fixture
def tool():
    return Tool()


@pytest.mark.parametrize("left, right, total", [(1, 2, 3), (0, 0, 0), (-1, 1, 0)])
def test_adds(tool, left, right, total):
    assert tool.execute(left, right) == total


def test_has_a_name(tool):
    assert tool.name == "tool"


def test_writes_to_its_own_folder(tool, tmp_path):
    path = tmp_path / "sum.txt"
    path.write_text(str(tool.execute(20, 22)))
    assert path.read_text() == "42"
