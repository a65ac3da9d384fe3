import asyncio
import unittest


def test_gather():
    async def one(number):
        await asyncio.sleep(0.01)
        return number

    async def everything():
        return await asyncio.gather(*(one(number) for number in range(5)))

    assert asyncio.run(everything()) == [0, 1, 2, 3, 4]


class TestCase(unittest.IsolatedAsyncioTestCase):
    async def test_case(self):
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.sleep(5)
