from .tool import Tool

__all__ = ["Tool"]
