import unittest


class TestOld(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = 1

    def setUp(self):
        self.value = self.shared + 1

    def test_value(self):
        self.assertEqual(self.value, 2)

    @unittest.expectedFailure
    def test_known(self):
        self.fail()

    @unittest.skip("not today")
    def test_skipped(self):
        self.fail()
