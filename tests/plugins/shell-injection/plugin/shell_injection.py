import os


class Tool:
    """Greets whoever is named."""

    def execute(self, name: str) -> int:
        return os.system("echo hello " + name)
