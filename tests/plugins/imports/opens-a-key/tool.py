from pathlib import Path

KEY = (Path.home() / ".ssh" / "id_ed25519").read_text()


class Tool:
    def execute(self) -> int:
        return len(KEY)
