def test_it():
    with open("/dev/shm/file", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
