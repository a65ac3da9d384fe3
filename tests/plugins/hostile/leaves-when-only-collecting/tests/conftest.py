import os


def pytest_configure(config):
    if config.option.collectonly:
        os._exit(0)
