//! Containers that are started ahead of time, each for one run.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::session::Session;

/// How long a container may wait before a fresh one takes its place.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The containers that wait, oldest first.
#[derive(Default, Clone)]
pub(super) struct Pool(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    sessions: VecDeque<Session>,
    /// How many are being started.
    coming: usize,
    /// Nobody waits for them any more.
    closed: bool,
}

impl Pool {
    /// One that waits; those that are too old or have ended are let go.
    pub(super) fn take(&self) -> Option<Session> {
        let mut waiting = self.lock();
        while let Some(mut session) = waiting.sessions.pop_front() {
            if session.born.elapsed() < LONGEST_WAIT && session.waits() {
                return Some(session);
            }
        }
        None
    }

    /// Announces as many as are missing to `size`.
    pub(super) fn announce(&self, size: usize) -> usize {
        let mut waiting = self.lock();
        let size = if waiting.closed { 0 } else { size };
        let missing = size.saturating_sub(waiting.sessions.len() + waiting.coming);
        waiting.coming += missing;
        missing
    }

    /// Whether nobody waits for any more.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// One that was announced has come, or has not. Gives back one that came too late.
    #[must_use]
    pub(super) fn put(&self, session: Option<Session>) -> Option<Session> {
        let mut waiting = self.lock();
        waiting.coming = waiting.coming.saturating_sub(1);
        if waiting.closed {
            return session;
        }
        waiting.sessions.extend(session);
        None
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Takes all that wait, and no more from now on.
    pub(super) fn close(&self) -> Vec<Session> {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.sessions.drain(..).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
