import os
import stat


def test_it():
    for name in os.listdir("/proc/self/fd"):
        try:
            mode = os.fstat(int(name)).st_mode
        except OSError:
            continue
        assert not stat.S_ISSOCK(mode) and not stat.S_ISBLK(mode)
        place = os.readlink(f"/proc/self/fd/{name}")
        assert place.startswith(("pipe:", "/dev/null", "/plugin", "/tmp", "/proc/")), place
