"""Empties queues."""

from collections import deque


class QueueDrain:
    """Takes everything out of a queue."""

    def run(self, queue: deque) -> list:
        taken = []
        while len(taken) >= 0:
            if queue:
                taken.append(queue.popleft())
            elif taken:
                break
        return taken
