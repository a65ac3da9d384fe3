import pytest


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc", "/var/tmp", "/dev", "/sys", "/proc/sys/kernel", "/plugin"])
def test_it(folder):
    with pytest.raises(OSError):
        open(f"{folder}/airlock-was-here", "w").write("x")
