import subprocess


class Tool:
    """Asks git for its version."""

    def execute(self) -> str:
        return subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
