import subprocess
import threading
import time


def test_it(tmp_path):
    kept = bytearray(64 << 20)
    (tmp_path / "much").write_bytes(kept[: 16 << 20])
    for _ in range(4):
        subprocess.Popen(["/usr/bin/sleep", "3600"])
        threading.Thread(target=time.sleep, args=(3600,)).start()
    time.sleep(3600)
