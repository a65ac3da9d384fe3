import os


def test_it():
    for name in ("report.json", "report.xml", "pytest", "result"):
        if not os.path.lexists(f"/tmp/{name}"):
            os.symlink("/etc/passwd", f"/tmp/{name}")
    os.mkfifo("/tmp/report.pipe")
