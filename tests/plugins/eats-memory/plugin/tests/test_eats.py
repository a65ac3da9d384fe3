def test_eats():
    eaten = []
    while True:
        eaten.append(bytearray(16 << 20))
