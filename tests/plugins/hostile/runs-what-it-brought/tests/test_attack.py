import os
import shutil

import pytest


def test_it(tmp_path):
    program = tmp_path / "program"
    shutil.copy("/usr/bin/true", program)
    os.chmod(program, 0o755)
    with pytest.raises(OSError):
        os.posix_spawn(program, [str(program)], {})
