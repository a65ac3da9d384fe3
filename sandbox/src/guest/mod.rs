//! Our own code that runs inside the guest, beside the plugin.

/// Modules by name, each after those that it imports. In wasm they are files of the
/// runtime's site folder, in a container they travel with its command.
pub(crate) const MODULES: [(&str, &str); 5] = [
    ("airlock_watch", include_str!("airlock_watch.py")),
    ("airlock_sink", include_str!("airlock_sink.py")),
    ("airlock_lacks", include_str!("airlock_lacks.py")),
    ("airlock_runner", include_str!("airlock_runner.py")),
    ("airlock_probe", include_str!("airlock_probe.py")),
];

/// The same for wasm alone: it imports the others ahead of time.
pub(crate) const START: (&str, &str) = ("airlock_start", include_str!("airlock_start.py"));

/// The first process of a container, which watches the others.
pub(crate) const SUPERVISOR: &str = include_str!("supervisor.py");
