def pytest_generate_tests(metafunc):
    if "n" in metafunc.fixturenames:
        metafunc.parametrize("n", range(1 if metafunc.config.option.collectonly else 50))
