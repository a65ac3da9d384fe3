"""Tells how full the disks are."""

import subprocess


class DiskReport:
    """Asks df."""

    def run(self) -> str:
        finished = subprocess.run(["df", "-h"], capture_output=True, text=True, check=True)
        return finished.stdout
