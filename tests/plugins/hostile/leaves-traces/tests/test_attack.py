import os


def test_it():
    for folder in ("/tmp", "/dev/shm"):
        if os.path.isdir(folder):
            place = f"{folder}/trace-of-a-run"
            assert not os.path.exists(place)
            open(place, "w").close()
