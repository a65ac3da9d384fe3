import threading
import time


def test_it():
    while True:
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
