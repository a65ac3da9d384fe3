def test_it():
    bytearray(1 << 40)
