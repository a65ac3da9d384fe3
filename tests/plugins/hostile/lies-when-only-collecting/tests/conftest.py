ONLY_COLLECTING = []


def pytest_configure(config):
    ONLY_COLLECTING.append(config.option.collectonly)
