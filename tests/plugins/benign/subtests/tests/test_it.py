import unittest


def test_it(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number < 3


class TestOld(unittest.TestCase):
    def test_it(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertLess(number, 3)
