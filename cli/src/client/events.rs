//! Server-sent events (the WHATWG HTML standard, section 9.2), as far as the
//! registry's event stream uses them.

use airlock_model::ValidationId;
use airlock_model::event::ValidationEvent;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use reqwest::Method;
use reqwest::header::ACCEPT;

use super::Client;
use crate::exit::Failure;

/// The longest event that is read, in bytes; a stream that exceeds it is none of ours.
const MOST_BYTES: usize = 1 << 20;

impl Client {
    /// The events of a validation after number `last`, as they come.
    pub(super) async fn events(
        &self,
        id: ValidationId,
        last: i64,
    ) -> Result<impl Stream<Item = Result<ValidationEvent, Failure>> + use<>, Failure> {
        let request = self
            .request(Method::GET, &format!("/api/v1/validations/{id}/events"))
            .header(ACCEPT, "text/event-stream")
            .header("Last-Event-ID", last);
        let response = self.send(request).await?;
        let client = self.clone();
        let bytes = Box::pin(response.bytes_stream());
        Ok(futures::stream::try_unfold((bytes, Decoder::default(), client), |(mut bytes, mut decoder, client)| async {
            loop {
                if let Some(event) = decoder.next_event() {
                    return Ok(Some((event, (bytes, decoder, client))));
                }
                match bytes.next().await {
                    None => return Ok(None),
                    Some(Err(error)) => return Err(client.unreachable(&error)),
                    Some(Ok(chunk)) => decoder.take(&chunk)?,
                }
            }
        }))
    }
}

/// Cuts bytes into events.
#[derive(Debug, Default)]
struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    fn take(&mut self, chunk: &Bytes) -> Result<(), Failure> {
        if self.buffer.len() + chunk.len() > MOST_BYTES {
            return Err(Failure::ours("the registry's event stream holds an event of unreasonable size"));
        }
        self.buffer.extend(chunk.iter().filter(|byte| **byte != b'\r'));
        Ok(())
    }

    /// The next whole event that can be read. Comments and what is not ours are passed over.
    fn next_event(&mut self) -> Option<ValidationEvent> {
        loop {
            let end = self.buffer.windows(2).position(|pair| pair == b"\n\n")?;
            let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
            let text = String::from_utf8_lossy(&block);
            let lines = text.lines().filter_map(|line| line.strip_prefix("data:"));
            let data: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
            if let Ok(event) = serde_json::from_str(&data.join("\n")) {
                return Some(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use airlock_model::ValidationState;
    use airlock_model::event::Happening;

    use super::*;

    const STREAM: &str = ": hello\n\nid: 1\nevent: state\ndata: {\"seq\":1,\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"state\",\"state\":\"queued\",\"reason\":null}\n\n: still here\r\n\r\nid: 2\r\ndata: {\"seq\":2,\"at\":\"2026-01-01T00:00:01Z\",\r\ndata: \"event\":\"state\",\"state\":\"held\",\"reason\":\"x\"}\r\n\r\n";

    fn decode(size: usize) -> Vec<ValidationEvent> {
        let mut decoder = Decoder::default();
        let mut events = Vec::new();
        for chunk in STREAM.as_bytes().chunks(size) {
            decoder.take(&Bytes::copy_from_slice(chunk)).expect("small");
            events.extend(std::iter::from_fn(|| decoder.next_event()));
        }
        events
    }

    #[test]
    fn events_come_out_whole_however_they_arrive() {
        for size in [1, 7, STREAM.len()] {
            let events = decode(size);
            assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2], "{size}");
            assert!(matches!(events[1].what, Happening::State { state: ValidationState::Held, .. }));
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut decoder = Decoder::default();
        let chunk = Bytes::from(vec![b'x'; MOST_BYTES]);
        decoder.take(&chunk).expect("at the limit");
        assert!(decoder.take(&Bytes::from_static(b"x")).is_err());
    }
}
