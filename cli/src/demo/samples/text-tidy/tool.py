"""Tidies text."""

import textwrap


class TextTidy:
    """Collapses white space and wraps to a width."""

    def __init__(self, width: int = 72) -> None:
        if width < 1:
            raise ValueError("width must be at least 1")
        self.width = width

    def run(self, text: str) -> str:
        """Returns the text with single spaces, wrapped."""
        return textwrap.fill(" ".join(text.split()), self.width)
