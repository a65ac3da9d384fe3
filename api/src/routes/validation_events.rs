//! `GET /api/v1/validations/{id}/events`: what happens, as it happens.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::ValidationId;
use airlock_model::event::ValidationEvent;
use airlock_store::{Caller, News, StoreError};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};

use crate::auth::SignedIn;
use crate::extract::{PathOf, named, written};
use crate::problem::Problem;
use crate::state::ApiState;

/// How many events are read at once.
const BATCH: u32 = 100;

/// After how long a silence something is sent, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Server-sent events of a validation from the beginning, or from after `Last-Event-ID`. Ends when
/// the validation has ended; a held or an errored one may go on, and so does its stream.
#[utoipa::path(get, path = "/api/v1/validations/{id}/events", tag = "validation",
    params(("id" = String, Path, description = "The validation's id."),
           ("Last-Event-ID" = Option<i64>, Header, description = "The number of the last event that was seen.")),
    security(("token" = [])),
    responses((status = 200, description = "Events with `id`, `event` and JSON `data`.", content_type = "text/event-stream")))]
pub(super) async fn validation_events(
    State(state): State<Arc<ApiState>>,
    SignedIn(caller): SignedIn,
    headers: HeaderMap,
    PathOf(id): PathOf<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let id = named("validation", &id)?;
    let seen = last_event_id(&headers)?;
    // Followed before anything is read, so that nothing falls between.
    let news = state.signal.follow(id);
    state.store.validation(&caller, id).await?;
    let follower = Follower { state, caller, id, seen, news, read: VecDeque::new() };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn last_event_id(headers: &HeaderMap) -> Result<i64, Problem> {
    let text = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("not text"));
    text.filter(|text| !text.is_empty()).map_or(Ok(0), |text| written("The header Last-Event-ID", text))
}

struct Follower {
    state: Arc<ApiState>,
    caller: Caller,
    id: ValidationId,
    seen: i64,
    news: News,
    read: VecDeque<ValidationEvent>,
}

impl Follower {
    /// The next event; none after the validation has ended, or when the store fails: the client
    /// comes back with the number of the last event it saw.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.seen = event.seq;
                let named = Event::default().id(event.seq.to_string()).event(event.what.name());
                return Some(named.json_data(&event).expect("an event holds only text and numbers"));
            }
            match self.more().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    tracing::warn!(validation.id = %self.id, %error, "an event stream was broken off");
                    return None;
                }
            }
        }
    }

    /// Reads what is new, or waits a while for it; `false` when nothing can come any more.
    async fn more(&mut self) -> Result<bool, StoreError> {
        let events = self.state.store.events_after(self.id, self.seen, BATCH).await?;
        if !events.is_empty() {
            self.read.extend(events);
            return Ok(true);
        }
        let summary = self.state.store.validation(&self.caller, self.id).await?.summary;
        if summary.last_seq > self.seen {
            return Ok(true);
        }
        if summary.state.is_terminal() {
            return Ok(false);
        }
        self.news.wait(self.state.settings.events_poll).await;
        Ok(true)
    }
}
