class Tool:
    """Is not Python."""

    def execute(self):
        return = 1
