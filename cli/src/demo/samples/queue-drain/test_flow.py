from collections import deque

from queue_drain.flow import QueueDrain


def test_everything_is_taken():
    assert QueueDrain().run(deque([1, 2])) == [1, 2]


def test_an_empty_queue_gives_nothing():
    assert QueueDrain().run(deque()) == []
