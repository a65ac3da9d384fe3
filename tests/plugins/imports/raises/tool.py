SETTINGS = {"colour": "red"}["size"]


class Tool:
    def execute(self) -> None:
        return None
