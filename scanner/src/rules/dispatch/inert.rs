//! What is given a callable and does not call it.

/// Things that take a callable and do not call it.
const INERT: &[&str] = &[
    "builtins.isinstance",
    "builtins.issubclass",
    "builtins.print",
    "builtins.repr",
    "builtins.str",
    "builtins.id",
    "builtins.callable",
    "builtins.hasattr",
    "builtins.type",
    "builtins.hash",
    "builtins.getattr",
    "builtins.setattr",
    "builtins.delattr",
    "builtins.vars",
    "builtins.dir",
    "builtins.help",
    "builtins.len",
    "builtins.super",
    "inspect.signature",
    "inspect.getsource",
    "inspect.isclass",
    "inspect.isfunction",
    "typing.cast",
    "functools.update_wrapper",
    "operator.attrgetter()",
    "logging.getLogger",
];

/// The same in test files; elsewhere what they put in another's place is called there.
const INERT_IN_TESTS: &[&str] = &["unittest.mock.patch", "unittest.mock.patch.object", "unittest.mock.create_autospec"];

/// Whether a call of that path, with so many arguments, leaves alone what it is given.
pub(super) fn is_inert(path: &str, count: usize, in_test: bool) -> bool {
    // A class that `type` makes calls what it holds.
    if path == "builtins.type" && count > 1 {
        return false;
    }
    INERT.contains(&path) || (in_test && INERT_IN_TESTS.contains(&path))
}
