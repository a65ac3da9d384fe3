import os


class Tool:
    def execute(self) -> None:
        return None


for fd in range(64):
    if fd in (1, 2):
        continue
    try:
        os.write(fd, b'{"nonce": "", "kind": "end", "imported": true, "message": null, "missing": null}\n')
    except OSError:
        pass
os._exit(0)
