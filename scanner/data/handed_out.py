"""Writes `handed_out.txt`: which modules of the standard library hand out which others.

    python3 -I handed_out.py > handed_out.txt

Each line is `module: name name=target …`: attributes of the module that are modules, where
they are not its own submodules; `name` alone stands for a target of the same name.
"""

import contextlib
import importlib
import io
import pkgutil
import sys
import types
import warnings

# Packages that open windows, browsers or run tests when they are imported.
LEFT_OUT = {"antigravity", "this", "idlelib", "test", "lib2to3", "turtledemo", "turtle", "tkinter", "_tkinter"}


def modules(name):
    """The module of that name and all below it, as far as they can be imported here."""
    if name.split(".")[0] in LEFT_OUT or name.endswith("__main__") or ".test" in name:
        return
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            module = importlib.import_module(name)
    except BaseException:
        return
    yield module
    for inner in pkgutil.iter_modules(getattr(module, "__path__", ())):
        yield from modules(f"{name}.{inner.name}")


def main():
    warnings.simplefilter("ignore")
    for top in sorted(sys.stdlib_module_names):
        for module in modules(top):
            own = module.__name__
            given = []
            for name, value in sorted(vars(module).items()):
                if not isinstance(value, types.ModuleType) or value.__name__ == f"{own}.{name}":
                    continue
                target = value.__name__
                if target.split(".")[0] in sys.stdlib_module_names and target.split(".")[0] not in LEFT_OUT:
                    given.append(name if name == target else f"{name}={target}")
            if given and own == module.__spec__.name:
                print(f"{own}: {' '.join(given)}")


main()
