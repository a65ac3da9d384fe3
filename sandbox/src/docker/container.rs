//! What a container is made of, and its certain end.

use std::collections::HashMap;
use std::time::Duration;

use airlock_model::limits::RunLimits;
use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig, ResourcesUlimits};
use bollard::query_parameters::RemoveContainerOptions;
use serde_json::{Value, json};

use super::{LIFETIME_LABEL, RUN_LABEL, SECCOMP, WORKER_LABEL};
use crate::guest::{MODULES, SUPERVISOR};

/// Not 65534: file systems reserve blocks for it, and other programs use it too.
const USER: &str = "10001:10001";
/// The largest plugin, unpacked: what archives may hold, and room for their folders.
const PLUGIN_BYTES: u64 = 256 << 20;
/// Files and folders of the largest plugin.
const PLUGIN_FILES: u64 = 16_384;
/// Semaphores of `multiprocessing` lie there, and nothing large.
const SHARED: &str = "rw,noexec,nosuid,nodev,size=1m,nr_inodes=64,mode=1777";
/// The supervisor, its pytest and its buffers, in bytes.
const SUPERVISOR_BYTES: u64 = 64 << 20;
/// Processes of gVisor that the engine counts as the container's.
const GVISOR_PROCESSES: u64 = 128;
/// The kernel rather ends a container than anything of the host.
const OOM_SCORE_ADJ: i64 = 500;
/// Times that an engine is asked for a removal that it fails at.
const ATTEMPTS: u32 = 4;
/// How long an engine has in between to notice that a container ended.
const PAUSE: Duration = Duration::from_millis(250);

/// What all containers of one sandbox have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerSettings {
    /// The image, which must be there: nothing is ever pulled.
    pub image: String,
    /// The engine's runtime, for instance `runsc`; none takes the engine's default.
    pub runtime: Option<String>,
    /// CPUs that one container may use at once.
    pub cpus: u32,
}

impl ContainerSettings {
    /// Whether the runtime is gVisor, which does some things otherwise.
    pub(super) fn is_gvisor(&self) -> bool {
        self.runtime.as_deref().is_some_and(|runtime| runtime.starts_with("runsc"))
    }

    /// The container of one run.
    pub(super) fn body(&self, limits: &RunLimits, labels: &Labels<'_>) -> ContainerCreateBody {
        let modules = json!(MODULES).to_string();
        let command = ["python3", "-I", "-B", "-u", "-c", SUPERVISOR, modules.as_str()];
        ContainerCreateBody {
            image: Some(self.image.clone()),
            hostname: Some("sandbox".into()),
            user: Some(USER.into()),
            working_dir: Some("/".into()),
            entrypoint: Some(Vec::new()),
            cmd: Some(command.map(str::to_owned).into()),
            env: Some(vec!["PATH=/usr/bin:/bin".into(), "HOME=/tmp".into(), "LANG=C.UTF-8".into(), "TZ=UTC".into()]),
            labels: Some(labels.map()),
            open_stdin: Some(true),
            // When the host's end closes, so does the container's: it ends by itself.
            stdin_once: Some(true),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(false),
            host_config: Some(self.host_config(limits)),
            ..ContainerCreateBody::default()
        }
    }

    fn host_config(&self, limits: &RunLimits) -> HostConfig {
        // Files in memory are charged as memory, and have a limit of their own.
        let memory = signed(limits.memory_bytes.saturating_add(limits.disk_bytes).saturating_add(SUPERVISOR_BYTES));
        let gvisor = if self.is_gvisor() { GVISOR_PROCESSES } else { 0 };
        HostConfig {
            network_mode: Some("none".into()),
            ipc_mode: Some("none".into()),
            readonly_rootfs: Some(true),
            cap_drop: Some(vec!["ALL".into()]),
            security_opt: Some(vec!["no-new-privileges".into(), format!("seccomp={}", seccomp())]),
            privileged: Some(false),
            memory: Some(memory),
            memory_swap: Some(memory),
            nano_cpus: Some(i64::from(self.cpus) * 1_000_000_000),
            // One more for the supervisor.
            pids_limit: Some(signed(limits.processes.saturating_add(1 + gvisor))),
            oom_score_adj: Some(OOM_SCORE_ADJ),
            tmpfs: Some(folders(limits)),
            ulimits: Some(vec![ulimit("core", 0), ulimit("memlock", 0), ulimit("msgqueue", 0)]),
            log_config: Some(HostConfigLogConfig { typ: Some("none".into()), config: None }),
            runtime: self.runtime.clone(),
            // The supervisor is the first process and collects what others leave behind.
            init: Some(false),
            ..HostConfig::default()
        }
    }
}

/// The profile without its line breaks, since it travels with each container.
fn seccomp() -> String {
    let profile: Value = serde_json::from_str(SECCOMP).expect("the profile is JSON");
    profile.to_string()
}

fn folders(limits: &RunLimits) -> HashMap<String, String> {
    let owned = "rw,noexec,nosuid,nodev,mode=0700,uid=10001,gid=10001";
    let folder = |bytes: u64, files: u64| format!("{owned},size={bytes},nr_inodes={files}");
    // The folder itself is a file too, and so is what pytest makes before the first test.
    let own = folder(limits.disk_bytes, limits.files.saturating_add(8));
    HashMap::from([
        ("/tmp".into(), own),
        ("/plugin".into(), folder(PLUGIN_BYTES, PLUGIN_FILES)),
        ("/dev/shm".into(), SHARED.into()),
    ])
}

fn ulimit(name: &str, value: i64) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.into()), soft: Some(value), hard: Some(value) }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Whose a container is and how long it may be there.
#[derive(Debug)]
pub(super) struct Labels<'a> {
    pub(super) worker: &'a str,
    pub(super) run: &'a str,
    pub(super) lifetime_seconds: u64,
}

impl Labels<'_> {
    pub(super) const fn run(&self) -> &str {
        self.run
    }

    pub(super) fn map(&self) -> HashMap<String, String> {
        HashMap::from([
            (WORKER_LABEL.into(), self.worker.into()),
            (RUN_LABEL.into(), self.run.into()),
            (LIFETIME_LABEL.into(), self.lifetime_seconds.to_string()),
        ])
    }
}

/// A container that exists until it is removed; dropping it removes it too, in the
/// background. Should even that not come about (the process dies), its standard
/// input closes, which ends it, and what is left is found by its labels.
#[derive(Debug)]
pub(super) struct Container {
    docker: Docker,
    id: String,
    gone: bool,
}

impl Container {
    pub(super) const fn new(docker: Docker, id: String) -> Self {
        Self { docker, id, gone: false }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) const fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Kills whatever runs in it and removes it.
    pub(super) async fn remove(mut self) -> Result<(), Error> {
        let removed = remove(&self.docker, &self.id).await;
        // A second attempt is left to those who look for orphans.
        self.gone = true;
        removed
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if self.gone {
            return;
        }
        let (docker, id) = (self.docker.clone(), std::mem::take(&mut self.id));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = remove(&docker, &id).await {
                    tracing::warn!(container.id = %id, error = %error, "a sandbox container could not be removed");
                }
            });
        }
    }
}

/// Removes a container by its id; one that is gone already is as good as removed.
///
/// An engine that finds a container running and then cannot kill it, since it ended in between, answers with a failure
/// of its own. It is asked again: by then it knows.
pub(super) async fn remove(docker: &Docker, id: &str) -> Result<(), Error> {
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        let options = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        match docker.remove_container(id, Some(options)).await {
            Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) | Ok(()) => return Ok(()),
            Err(Error::DockerResponseServerError { status_code: 500.., .. }) if left > 0 => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixListener;

    use bollard::API_DEFAULT_VERSION;

    use super::*;

    fn body() -> ContainerCreateBody {
        let settings = ContainerSettings { image: "image".into(), runtime: None, cpus: 1 };
        let labels = Labels { worker: "w", run: "r", lifetime_seconds: 9 };
        settings.body(&RunLimits::default(), &labels)
    }

    #[test]
    fn a_container_gets_nothing_of_the_host() {
        let mut body = body();
        // Shown by their own tests and files.
        body.cmd = None;
        body.host_config.as_mut().expect("a host part").security_opt.as_mut().expect("options").pop();
        let mut shown = serde_json::to_value(&body).expect("a body becomes JSON");
        shown.sort_all_objects();
        insta::assert_json_snapshot!(shown);
    }

    #[test]
    fn no_call_is_both_allowed_and_forbidden() {
        let profile: Value = serde_json::from_str(SECCOMP).expect("JSON");
        assert_eq!(profile["defaultAction"], "SCMP_ACT_ERRNO");
        let calls = |action: &str| -> Vec<&str> {
            let rules = profile["syscalls"].as_array().expect("rules").iter();
            let names = rules.filter(|rule| rule["action"] == action && rule["args"].is_null());
            names.flat_map(|rule| rule["names"].as_array().expect("names")).filter_map(Value::as_str).collect()
        };
        let (allowed, killed) = (calls("SCMP_ACT_ALLOW"), calls("SCMP_ACT_KILL_PROCESS"));
        for call in ["mount", "ptrace", "unshare", "setns", "bpf", "keyctl", "userfaultfd", "perf_event_open"] {
            assert!(killed.contains(&call), "{call}");
        }
        let refused = calls("SCMP_ACT_ERRNO");
        for call in ["io_uring_setup", "memfd_create", "clone3"] {
            assert!(refused.contains(&call), "{call}");
        }
        for call in killed.iter().chain(&refused).chain(&["clone", "socket", "ioctl", "personality"]) {
            assert!(!allowed.contains(call), "{call} is allowed without a condition");
        }
    }

    /// What becomes of a removal if an engine answers with these, one after the other, and how often it was asked.
    fn removal(answers: &'static [u16]) -> (Result<(), Error>, usize) {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("docker.sock");
        let listener = UnixListener::bind(&place).expect("a socket");
        let engine = std::thread::spawn(move || {
            let mut asked = 0;
            for (status, stream) in answers.iter().zip(listener.incoming()) {
                let mut stream = stream.expect("a client");
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let request = lines.next().expect("a request");
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                assert!(request.starts_with("DELETE ") && request.contains("/containers/it?"), "{request}");
                asked += 1;
                let body = if *status == 204 { "" } else { r#"{"message":"is not running"}"# };
                let length = if *status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
                write!(stream, "HTTP/1.1 {status} It\r\n{length}connection: close\r\n\r\n{body}").expect("it listens");
            }
            asked
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ended = runtime.expect("a runtime").block_on(async {
            let place = place.to_str().expect("a plain path");
            let docker = Docker::connect_with_unix(place, 10, API_DEFAULT_VERSION).expect("a client");
            remove(&docker, "it").await
        });
        (ended, engine.join().expect("it was asked as often as it has answers"))
    }

    #[test]
    fn an_engine_that_cannot_kill_what_ended_is_asked_again() {
        for answers in [&[204_u16] as &[u16], &[500, 204], &[500, 500, 404], &[409]] {
            let (ended, asked) = removal(answers);
            assert!(ended.is_ok(), "{answers:?}: {ended:?}");
            assert_eq!(asked, answers.len());
        }
        for answers in [&[500_u16, 500, 500, 500] as &[u16], &[400]] {
            let (ended, _) = removal(answers);
            assert!(ended.is_err(), "{answers:?}");
        }
    }
}
