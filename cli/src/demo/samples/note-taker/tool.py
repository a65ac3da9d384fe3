"""Takes notes."""


class NoteTaker:
    """Keeps a list of notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def run(self, note: str) -> int:
        self.notes.append(note)
        return len(self.notes)
