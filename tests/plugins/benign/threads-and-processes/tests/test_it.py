import queue
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor


def test_threads():
    words = queue.Queue()
    threading.Thread(target=words.put, args=("word",)).start()
    assert words.get(timeout=5) == "word"
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(abs, [-1, 2])) == [1, 2]


def test_processes():
    output = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True, check=True)
    assert output.stdout == "42\n"
