class Tool:
    """Draws nothing yet."""

    def execute(self) -> str:
        return "drawn"
