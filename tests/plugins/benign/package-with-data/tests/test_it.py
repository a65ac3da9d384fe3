from importlib import resources
from pathlib import Path

import demo


def test_it():
    assert demo.double(21) == 42
    assert resources.files(demo).joinpath("table.csv").read_text() == "1,2\n"
    assert Path("src/demo/table.csv").exists()
