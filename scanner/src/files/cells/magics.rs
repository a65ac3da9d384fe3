//! The magics that IPython and its common extensions know, by what their cell or line is.

/// Magics of a cell whose body is Python, or is tried as Python.
pub(super) const PYTHON_CELLS: &[&str] = &[
    "time",
    "timeit",
    "capture",
    "prun",
    "python",
    "python3",
    "python2",
    "pypy",
    "pypy3",
    "debug",
    "memit",
    "mprun",
    "lprun",
    "scalene",
    "pyinstrument",
    "snakeviz",
    "heat",
    "skip",
    "script python",
    "script python3",
    "timing",
];

/// Magics of a cell that hand its body to a shell.
pub(super) const SHELL_CELLS: &[&str] =
    &["bash", "sh", "system", "sx", "!", "cmd", "powershell", "pwsh", "zsh", "script"];

/// Magics of a cell whose body is only shown.
pub(super) const SHOWN_CELLS: &[&str] = &["markdown", "latex", "svg", "html", "HTML"];

/// Magics of a line that hand it to a shell.
pub(super) const SHELL_LINES: &[&str] =
    &["system", "sx", "sc", "pip", "conda", "mamba", "micromamba", "uv", "run", "alias", "killbgscripts"];

/// Those of them that are programs of that name.
pub(super) const PROGRAMS: &[&str] = &["pip", "conda", "mamba", "micromamba", "uv"];

/// Magics of a line whose rest is Python.
pub(super) const PYTHON_LINES: &[&str] =
    &["time", "timeit", "prun", "debug", "memit", "mprun", "lprun", "pyinstrument", "snakeviz", "scalene"];

/// Magics of a line that run nothing of the author's.
pub(super) const QUIET_LINES: &[&str] = &[
    "matplotlib",
    "autoreload",
    "aimport",
    "pylab",
    "gui",
    "cd",
    "pwd",
    "ls",
    "ll",
    "cat",
    "head",
    "env",
    "set_env",
    "who",
    "whos",
    "who_ls",
    "reset",
    "reset_selective",
    "xdel",
    "precision",
    "xmode",
    "history",
    "hist",
    "lsmagic",
    "magic",
    "doctest_mode",
    "colors",
    "bookmark",
    "dirs",
    "dhist",
    "pushd",
    "popd",
    "pdoc",
    "pdef",
    "pinfo",
    "pinfo2",
    "psource",
    "pfile",
    "pycat",
    "pdb",
    "tb",
    "watermark",
    "logstart",
    "logstop",
    "logon",
    "logoff",
    "notebook",
    "config",
    "unload_ext",
    "automagic",
    "autocall",
    "quickref",
    "store",
    "rehashx",
    "page",
    "pprint",
    "load",
];
