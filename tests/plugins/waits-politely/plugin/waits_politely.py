import asyncio


class Tool:
    """Waits a moment and answers."""

    async def execute(self, answer: str) -> str:
        await asyncio.sleep(0.01)
        return answer
