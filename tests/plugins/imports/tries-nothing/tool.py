import asyncio
import dataclasses
import json
import logging
import tempfile
import urllib.parse

LOG = logging.getLogger(__name__)


@dataclasses.dataclass
class Tool:
    name: str = "tool"

    async def execute(self, text: str) -> str:
        await asyncio.sleep(0)
        return json.dumps(urllib.parse.quote(text) + tempfile.gettempdir())
