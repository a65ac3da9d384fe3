//! The jail: what a child keeps, what it loses, and how its ending is named.

use std::io::{Seek as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use airlock_sandbox::jail::{Child, Ended, How, JailError, JailLimits, Profile, run_child};
use anyhow::{Result, ensure};

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    ("jail::keeps_its_input_and_threads", keeps_its_input_and_threads),
    ("jail::inherits_nothing", inherits_nothing),
    ("jail::sees_only_listed_paths", sees_only_listed_paths),
    ("jail::forbidden_calls_kill", forbidden_calls_kill),
    ("jail::limits_have_names", limits_have_names),
    ("jail::wall_time_and_output_are_bounded", wall_time_and_output_are_bounded),
    ("jail::lock_down_fails_closed", lock_down_fails_closed),
    ("jail::dropping_the_run_kills_the_child", dropping_the_run_kills_the_child),
    ("jail::a_missing_program_is_our_fault", a_missing_program_is_our_fault),
];

struct Jail {
    profile: Profile,
    stdin: Option<std::fs::File>,
}

fn jail() -> Jail {
    let limits = JailLimits {
        memory_bytes: 256 << 20,
        cpu_seconds: 5,
        wall: Duration::from_secs(10),
        output_bytes: 1 << 20,
        open_files: 32,
        file_size: 1 << 20,
    };
    Jail { profile: Profile { limits, read: vec![], write: vec![], allow_weaker: false }, stdin: None }
}

impl Jail {
    fn child(self, what: &str, place: &str) -> Child {
        let profile = serde_json::to_string(&self.profile).expect("a profile is JSON");
        let args = ["__jail", "probe", &profile, what, place].map(Into::into).into();
        Child { program: "/proc/self/exe".into(), args, stdin: self.stdin, limits: self.profile.limits }
    }

    fn tries(self, what: &str, place: &str) -> Result<Ended> {
        Ok(block_on(run_child(self.child(what, place)))?)
    }

    /// What the attempt printed.
    fn says(self, what: &str, place: &str) -> Result<String> {
        let ended = self.tries(what, place)?;
        ensure!(ended.how == How::Exited(0), "{what} {place}: {ended:?}");
        Ok(String::from_utf8(ended.stdout)?)
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn keeps_its_input_and_threads() -> Result<()> {
    let mut file = tempfile::tempfile()?;
    file.write_all(b"hello")?;
    file.rewind()?;
    let said = Jail { stdin: Some(file), ..jail() }.says("read-stdin", "")?;
    ensure!(said == "hello", "{said}");
    ensure!(jail().says("threads", "")? == "6");
    let ended = jail().tries("exit", "")?;
    ensure!(ended.how == How::Exited(7) && ended.usage.peak_rss > 0, "{ended:?}");
    Ok(())
}

fn inherits_nothing() -> Result<()> {
    let environment = jail().says("environment", "")?;
    ensure!(environment == "MIMALLOC_ARENA_EAGER_COMMIT", "{environment}");
    // Left open on purpose, without close-on-exec, as a careless supervisor does.
    let leak = std::fs::File::open("/etc/passwd")?;
    let leaked = rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty());
    ensure!(leaked.is_ok());
    let mut jail = jail();
    jail.profile.read = vec!["/etc/hostname".into()];
    let first_free = jail.says("descriptors", "/etc/hostname")?;
    ensure!(first_free == "3", "descriptor 3 was already taken: {first_free}");
    Ok(())
}

fn sees_only_listed_paths() -> Result<()> {
    const EACCES: &str = "13";
    let folder = tempfile::tempdir()?;
    let fresh = folder.path().join("fresh");
    let fresh = fresh.to_str().expect("a plain path");
    for (what, place) in [("read", "/etc/passwd"), ("read", "/proc/self/status"), ("list", "/"), ("write", fresh)] {
        ensure!(jail().says(what, place)? == EACCES, "{what} {place}");
    }
    let file = folder.path().join("a");
    std::fs::write(&file, "a")?;
    let place = file.to_str().expect("a plain path");
    let with = |read: Vec<PathBuf>, write: Vec<PathBuf>| {
        let mut jail = jail();
        jail.profile.read = read;
        jail.profile.write = write;
        jail
    };
    let path = || vec![folder.path().to_owned()];
    ensure!(with(path(), vec![]).says("read", place)? == "ok");
    ensure!(with(path(), vec![]).says("write", place)? == EACCES);
    ensure!(with(vec![], path()).says("write", place)? == "ok");
    let link = folder.path().join("link");
    let ended = with(vec![], path()).tries("symlink", link.to_str().expect("a plain path"))?;
    ensure!(ended.how == How::Signalled(libc::SIGSYS) && !link.exists(), "{ended:?}");
    Ok(())
}

fn forbidden_calls_kill() -> Result<()> {
    for what in ["socket", "tcp", "spawn", "exec"] {
        let ended = jail().tries(what, "")?;
        ensure!(ended.how == How::Signalled(libc::SIGSYS), "{what}: {ended:?}");
    }
    Ok(())
}

fn limits_have_names() -> Result<()> {
    let ended = jail().tries("allocate", "")?;
    ensure!(ended.how == How::OutOfMemory, "{ended:?}");
    let ended = jail().tries("overflow", "")?;
    ensure!(ended.how == How::StackOverflow, "{ended:?}");
    let mut spinning = jail();
    spinning.profile.limits.cpu_seconds = 1;
    spinning.profile.limits.wall = Duration::from_secs(120);
    let ended = spinning.tries("spin", "")?;
    ensure!(ended.how == How::CpuExceeded && ended.usage.cpu_ms >= 900, "{ended:?}");
    let folder = tempfile::tempdir()?;
    let mut writing = jail();
    writing.profile.write = vec![folder.path().to_owned()];
    let ended = writing.tries("big-file", folder.path().join("big").to_str().expect("a plain path"))?;
    ensure!(ended.how == How::Signalled(libc::SIGXFSZ), "{ended:?}");
    Ok(())
}

fn wall_time_and_output_are_bounded() -> Result<()> {
    let since = Instant::now();
    let mut sleeping = jail();
    sleeping.profile.limits.wall = Duration::from_millis(300);
    let ended = sleeping.tries("sleep", "")?;
    ensure!(ended.how == How::TimedOut, "{ended:?}");
    ensure!(since.elapsed() < Duration::from_secs(30), "it slept to its end");
    let ended = jail().tries("print", "")?;
    ensure!(ended.how == How::OutputExceeded && ended.stdout.len() <= 1 << 20, "{:?}", ended.how);
    Ok(())
}

fn lock_down_fails_closed() -> Result<()> {
    let mut broken = jail();
    broken.profile.read = vec!["/does/not/exist".into()];
    let ended = broken.tries("exit", "")?;
    ensure!(ended.how == How::LockDownFailed && ended.stderr_tail.contains("/does/not/exist"), "{ended:?}");
    Ok(())
}

fn dropping_the_run_kills_the_child() -> Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    let mut sleeping = jail();
    sleeping.profile.read = vec![file.path().to_owned()];
    let marker = file.path().to_str().expect("a plain path").to_owned();
    let child = sleeping.child("sleep", &marker);
    let ended = block_on(async { tokio::time::timeout(Duration::from_millis(300), run_child(child)).await });
    ensure!(ended.is_err(), "the child ended by itself");
    let deadline = Instant::now() + Duration::from_secs(5);
    while runs(&marker)? {
        ensure!(Instant::now() < deadline, "the child outlived its run");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Whether any process of this machine was started with this argument.
fn runs(marker: &str) -> Result<bool> {
    for entry in std::fs::read_dir("/proc")? {
        let line = std::fs::read(entry?.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).split('\0').any(|arg| arg == marker) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn a_missing_program_is_our_fault() -> Result<()> {
    let child = Child { program: "/does/not/exist".into(), ..jail().child("exit", "") };
    let result = block_on(run_child(child));
    ensure!(matches!(result, Err(JailError::Spawn { .. })), "{result:?}");
    Ok(())
}
