COUNT = 0
while COUNT >= 0:
    COUNT += 1


class Tool:
    def execute(self) -> None:
        return None
