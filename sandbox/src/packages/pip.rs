//! The pip process: given next to nothing, watched, and asked in JSON.

use std::path::Path;
use std::process::Stdio;

use airlock_model::inventory::Wanted;
use airlock_model::run::Unavailable;
use airlock_model::{Sha256, escape};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::lock::{Lock, Locked};
use super::{PackageSettings, Target};
use crate::SandboxError;

/// Our own code around pip, as `python3 -c` takes it.
const AROUND: &str = include_str!("fetch.py");
/// The most of standard error that is kept, its beginning.
const SAID: u64 = 64 << 10;
/// The longest answer; an honest one is a few kilobytes.
const ANSWER: u64 = 4 << 20;
/// The most memory of pip, which reads wheels' metadata whole.
const MEMORY: u64 = 1 << 30;
/// What our hook says to whatever wants to start a program.
const REFUSED: &str = "nothing is executed while packages are fetched";
/// Likewise to what wants the network where there is a wheelhouse.
const OFFLINE: &str = "nothing is asked for over the network where there is a wheelhouse";

/// A package that cannot be had, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Lacks {
    pub(super) package: String,
    pub(super) because: Unavailable,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Packages(Vec<Found>),
    Lacks(Lacks),
}

#[derive(Debug, Deserialize)]
struct Found {
    name: String,
    version: String,
    file: String,
    sha256: Option<Sha256>,
}

/// Asks which wheels a set of requirements comes to. Only metadata is looked at.
pub(super) async fn resolve(
    settings: &PackageSettings,
    target: &Target,
    asked: &[Wanted],
    scratch: &Path,
) -> Result<Result<Lock, Lacks>, SandboxError> {
    let orders = orders(settings, target, scratch, asked, &[]);
    let found = match run(settings, &orders, scratch).await? {
        Ok(Answer::Packages(found)) => found,
        Ok(Answer::Lacks(lacks)) => return Ok(Err(lacks)),
        Err(said) => {
            let names: Vec<&str> = asked.iter().map(|one| one.name.as_str()).collect();
            return blame(settings, &said, &names).map(Err);
        }
    };
    let most = settings.limits.most;
    let mut packages = Vec::new();
    for Found { name, version, file, sha256 } in found {
        let lacks = |because| Ok(Err(Lacks { package: name.clone(), because }));
        if !settings.allowed().contains_key(name.as_str()) {
            return lacks(Unavailable::NotAllowed);
        }
        let plain = !file.contains(['/', '\\']) && file.ends_with(".whl");
        let (true, Some(sha256)) = (plain, sha256) else { return lacks(Unavailable::NotFound) };
        if packages.len() == most {
            return lacks(Unavailable::TooLarge);
        }
        packages.push(Locked { name, version, file, sha256 });
    }
    Ok(Ok(Lock::of(packages)))
}

/// Brings the wheels of a lock into `scratch/wheels`.
pub(super) async fn download(
    settings: &PackageSettings,
    target: &Target,
    lock: &Lock,
    scratch: &Path,
) -> Result<Result<(), Lacks>, SandboxError> {
    let orders = orders(settings, target, scratch, &[], &lock.packages);
    match run(settings, &orders, scratch).await? {
        Ok(_) => Ok(Ok(())),
        Err(said) => {
            let names: Vec<&str> = lock.packages.iter().map(|one| one.name.as_str()).collect();
            blame(settings, &said, &names).map(Err)
        }
    }
}

fn orders(settings: &PackageSettings, target: &Target, scratch: &Path, asked: &[Wanted], lock: &[Locked]) -> Value {
    json!({
        "target": target,
        "carried": target.carried,
        "allow": settings.allowed(),
        "asked": asked,
        "lock": lock,
        "wheelhouse": settings.wheelhouse,
        "index": settings.index,
        "scratch": scratch,
        "file_bytes": settings.limits.unpacked_bytes,
        "memory_bytes": MEMORY,
        "cpu_seconds": settings.limits.time.as_secs(),
    })
}

/// Runs pip to its end; the error is what it said when it failed. Dropping the future ends it.
async fn run(
    settings: &PackageSettings,
    orders: &Value,
    scratch: &Path,
) -> Result<Result<Answer, String>, SandboxError> {
    let io = |what| move |source| SandboxError::Io { what, source };
    let failed = |why: String| SandboxError::Fetch { why };
    let mut child = Command::new("python3")
        .args(["-I", "-c", AROUND])
        .current_dir(scratch)
        .env_clear()
        .envs(settings.environment.iter().cloned())
        .envs([("PIP_CONFIG_FILE", "/dev/null"), ("LC_ALL", "C.UTF-8")])
        .env("TMPDIR", scratch)
        .env("HOME", scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("python3 with pip could not be started: {error}")))?;
    let (mut input, mut errors) = (child.stdin.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    let text = orders.to_string();
    let work = async {
        let fed = async {
            // One that ends early says why on standard error.
            let _ = input.write_all(text.as_bytes()).await;
            drop(input);
        };
        let ((), said) = tokio::join!(fed, beginning(&mut errors));
        child.wait().await.map(|status| (status, said))
    };
    let ended = tokio::time::timeout(settings.limits.time, work).await;
    let seconds = settings.limits.time.as_secs();
    let ended = ended.map_err(|_| failed(format!("pip did not end within {seconds} s (sandbox.packages.seconds)")))?;
    let (status, said) = ended.map_err(io("wait for pip"))?;
    if !status.success() {
        return Ok(Err(said));
    }
    let answer = tokio::fs::File::open(scratch.join("answer.json")).await.map_err(io("open pip's answer"))?;
    let mut text = Vec::new();
    answer.take(ANSWER).read_to_end(&mut text).await.map_err(io("read pip's answer"))?;
    serde_json::from_slice(&text).map(Ok).map_err(|error| failed(format!("pip's answer makes no sense: {error}")))
}

/// The beginning of a stream, which is read to its end.
async fn beginning(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut kept = Vec::new();
    let _ = (&mut *stream).take(SAID).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(stream, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}

/// Whose fault it is that pip failed. What an index that cannot be reached does not have
/// says nothing about a package; pip names it as not found all the same.
fn blame(settings: &PackageSettings, said: &str, names: &[&str]) -> Result<Lacks, SandboxError> {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let because = if has(&[REFUSED]) {
        Unavailable::NotFound
    } else if has(&[OFFLINE]) {
        Unavailable::Elsewhere
    } else if has(&["DO NOT MATCH THE HASHES"]) {
        Unavailable::Changed
    } else if has(&["ResolutionImpossible", "conflicting dependencies"]) {
        Unavailable::Conflict
    } else if has(&["[Errno 27]", "MemoryError"]) {
        Unavailable::TooLarge
    } else if settings.wheelhouse.is_none() && has(&UNREACHABLE) {
        return Err(SandboxError::IndexUnreachable { said: shortened(said) });
    } else if has(&["No matching distribution found"]) {
        Unavailable::NotFound
    } else {
        return Err(SandboxError::Fetch { why: shortened(said) });
    };
    let package = named(said).or_else(|| mentioned(said, names)).or_else(|| names.first().map(|&name| name.to_owned()));
    Ok(Lacks { package: package.unwrap_or_default(), because })
}

/// What pip says when it gets no answer.
const UNREACHABLE: [&str; 5] =
    ["Retrying (Retry(", "Could not fetch URL", "Max retries exceeded", "ProxyError", "Read timed out"];

/// The package that pip complains of.
fn named(said: &str) -> Option<String> {
    let mut found = ["No matching distribution found for ", "Cannot install "].into_iter();
    let rest = found.find_map(|words| said.split_once(words))?.1;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(rest.len());
    (end > 0).then(|| airlock_model::inventory::normalised(&rest[..end]))
}

/// The first of these names that a text holds.
fn mentioned(said: &str, names: &[&str]) -> Option<String> {
    names.iter().find(|name| said.contains(&format!("{name}=="))).map(|&name| name.to_owned())
}

/// The last lines, on one line.
fn shortened(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = escape::line(&lines[lines.len().saturating_sub(3)..].join(" "));
    last.chars().take(600).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::packages::PackageLimits;

    fn settings(wheelhouse: bool) -> PackageSettings {
        PackageSettings {
            allow: Vec::new(),
            wheelhouse: wheelhouse.then(|| "/wheels".into()),
            index: None,
            cache: "/cache".into(),
            environment: Vec::new(),
            limits: PackageLimits { most: 1, unpacked_bytes: 1, files: 1, time: Duration::from_secs(1) },
            keep_bytes: 1,
        }
    }

    #[test]
    fn what_pip_complains_of_is_named() {
        let blamed = |said: &str| {
            let lacks = blame(&settings(true), said, &["first", "second"]).expect("a package's fault");
            (lacks.package, lacks.because)
        };
        let not_found = "ERROR: Could not find a version\nERROR: No matching distribution found for Some_Thing>=2\n";
        assert_eq!(blamed(not_found), ("some-thing".into(), Unavailable::NotFound));
        let conflict = "ERROR: Cannot install first and second==1 because these package versions have conflicting \
                        dependencies.\nERROR: ResolutionImpossible: see\n";
        assert_eq!(blamed(conflict), ("first".into(), Unavailable::Conflict));
        let changed = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n    second==1.0 from file:///x:\n";
        assert_eq!(blamed(changed), ("second".into(), Unavailable::Changed));
        assert_eq!(blamed(&format!("PermissionError: {REFUSED}")), ("first".into(), Unavailable::NotFound));
    }

    #[test]
    fn an_index_that_is_not_reached_is_no_packages_fault() {
        let said = "WARNING: Retrying (Retry(total=0)) after connection broken by 'x'\u{1b}[0m\n\
                    ERROR: No matching distribution found for first\n";
        let error = blame(&settings(false), said, &["first"]).expect_err("ours");
        assert!(matches!(error, SandboxError::IndexUnreachable { .. }) && !error.to_string().contains('\u{1b}'));
        assert!(blame(&settings(true), said, &["first"]).is_ok(), "a wheelhouse is always reached");
        assert!(matches!(blame(&settings(true), "Traceback", &[]), Err(SandboxError::Fetch { .. })));
    }
}
