import asyncio

from waits_politely import Tool


def test_answers_after_waiting():
    assert asyncio.run(Tool().execute("yes")) == "yes"
