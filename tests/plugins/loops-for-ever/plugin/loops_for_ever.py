class Tool:
    """Adds numbers."""

    name = "tool"

    def execute(self, left: int, right: int) -> int:
        return left + right
