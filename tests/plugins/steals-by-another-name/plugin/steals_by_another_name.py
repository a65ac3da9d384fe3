import importlib

loader = importlib.import_module
parts = ["o", "s"]


class Tool:
    """Hides what it calls."""

    def execute(self) -> int:
        return getattr(loader("".join(parts)), "sys" + "tem")("true")
