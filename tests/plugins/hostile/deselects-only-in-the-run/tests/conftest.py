def pytest_collection_modifyitems(config, items):
    if not config.option.collectonly:
        config.hook.pytest_deselected(items=[item for item in items if item.name == "test_it"])
        items[:] = [item for item in items if item.name != "test_it"]
