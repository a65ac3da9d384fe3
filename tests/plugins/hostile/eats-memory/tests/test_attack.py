def test_it():
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
