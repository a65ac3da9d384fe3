import os
import stat

import pytest


def test_it(tmp_path):
    for name in ("mem", "kmem", "kmsg", "sda", "vda", "fuse", "kvm"):
        with pytest.raises(OSError):
            open(f"/dev/{name}", "rb").read(1)
    with pytest.raises(OSError):
        os.mknod(tmp_path / "memory", stat.S_IFCHR | 0o600, os.makedev(1, 1))
        open(tmp_path / "memory", "rb").read(1)
