//! One child on a leash: a thread that starts it, waits for it and reaps it, and
//! a handle that kills its whole group.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use tokio::sync::oneshot;

use super::reap::{self, Account};

/// Kills the child's process group, now or when dropped. Holds the process id
/// only while the child is not reaped, so no other process can be hit.
#[derive(Debug)]
pub(super) struct Leash(Arc<Mutex<Option<Pid>>>);

impl Leash {
    /// Kills whatever is left of the child's group.
    pub(super) fn kill(&self) {
        let pid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pid) = *pid {
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A child that runs.
pub(super) struct Started {
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
    pub(super) leash: Leash,
    pub(super) ended: oneshot::Receiver<io::Result<(ExitStatus, Account)>>,
}

/// Starts `command` (its output piped) from a thread that lives exactly as long
/// as the child. The child asks the kernel to kill it when its parent dies, and
/// to the kernel the parent is the *thread* that started it: a pooled thread
/// could end early and take an innocent child with it.
pub(super) async fn start(command: Command) -> io::Result<Started> {
    let (started_sender, started) = oneshot::channel();
    std::thread::Builder::new().name("jail".into()).spawn(move || keep(command, started_sender))?;
    started.await.map_err(|_| io::Error::other("the thread that keeps the child ended early"))?
}

fn keep(mut command: Command, started: oneshot::Sender<io::Result<Started>>) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    drop(command);
    let pid = Pid::from_child(&child);
    let stdout = child.stdout.take().expect("standard output is piped by the caller");
    let stderr = child.stderr.take().expect("standard error is piped by the caller");
    let shared = Arc::new(Mutex::new(Some(pid)));
    let (ended_sender, ended) = oneshot::channel();
    let leash = Leash(Arc::clone(&shared));
    // A caller that has gone away drops the leash, which kills the child.
    let _ = started.send(Ok(Started { stdout: stdout.into(), stderr: stderr.into(), leash, ended }));
    let _ = ended_sender.send(wait(pid, &shared));
}

/// Waits until the child is dead but not yet reaped, kills what is left of its
/// group (whose id cannot be reused before the reaping), and reaps it.
fn wait(pid: Pid, shared: &Mutex<Option<Pid>>) -> io::Result<(ExitStatus, Account)> {
    while let Err(error) = rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
        if error != rustix::io::Errno::INTR {
            return Err(error.into());
        }
    }
    let mut alive = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    let result = reap::reap(pid);
    *alive = None;
    result
}
