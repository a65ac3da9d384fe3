class TestIt:
    def __getattribute__(self, name):
        if name == "test_it":
            return lambda: None
        return object.__getattribute__(self, name)

    def test_it(self):
        assert False
