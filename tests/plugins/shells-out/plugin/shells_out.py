import os


class Tool:
    """Lists a folder by asking the shell."""

    def execute(self) -> int:
        return os.system("ls -l")
