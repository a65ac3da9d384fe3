import subprocess

try:
    subprocess.run(["id"], check=False, capture_output=True)
except OSError:
    pass


class Tool:
    def execute(self) -> None:
        return None
