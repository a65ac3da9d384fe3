//! The supervisor's frames: one byte for the kind, four for the length, sixteen for the
//! seal, the payload.

use std::collections::BTreeMap;

use bytes::{Buf as _, Bytes, BytesMut};
use serde::Deserialize;

/// The longest payload; the supervisor cuts longer ones.
const LONGEST: usize = 64 << 10;
/// The longest message that is put together from several payloads: the list of modules.
const LONGEST_MESSAGE: usize = 1 << 20;

/// Bytes of a seal.
const SEAL: usize = 16;
/// Bytes before the payload.
const HEADER: usize = 5 + SEAL;

/// Bytes that are no frame of the supervisor's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    /// It does not carry the seal, so somebody else wrote it.
    #[error("a frame without its seal")]
    Forged,
    /// It carries the seal and makes no sense, so the fault is ours.
    #[error("{0}")]
    Senseless(String),
}

/// What the supervisor says.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    /// It is waiting for a plugin.
    Ready(Ready),
    /// The plugin is in its place and the tests begin.
    Started(Started),
    /// The tests printed this.
    Output(Bytes),
    /// A part of the launcher's report.
    Report(Bytes),
    /// What was used so far.
    Used(Used),
    /// The tests ended.
    Ended(Box<Ended>),
    /// Something that the supervisor did not write.
    Forged,
}

/// What the image carries, told before any plugin is near.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Ready {
    /// The interpreter's version.
    pub(super) python: String,
    /// The processor, for instance `x86_64`.
    #[serde(default)]
    pub(super) machine: String,
    /// The version of the C library, where it is the GNU project's.
    #[serde(default)]
    pub(super) libc: String,
    /// The packages that the image carries, with their versions.
    #[serde(default)]
    pub(super) distributions: BTreeMap<String, String>,
    /// Top-level modules that can be imported.
    pub(super) modules: Vec<String>,
    /// Standard modules that cannot.
    pub(super) lacking: Vec<String>,
    /// Features that it was tried for and lacks.
    pub(super) features: Vec<String>,
}

/// The kernel's counters before the tests, as far as they can be read.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Started {
    /// CPU time of the container so far, in microseconds.
    pub(super) cpu_us: Option<u64>,
}

/// What the tests used and were refused, by the kernel's counters as the supervisor reads them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Used {
    /// Bytes written to its own folders.
    pub(super) disk: u64,
    /// The most processes and threads at once; where the kernel does not count them, as far as was looked.
    pub(super) processes: u64,
    /// CPU time of the run, in microseconds.
    pub(super) cpu_us: Option<u64>,
    /// The container's highest memory, in bytes.
    pub(super) peak_memory: u64,
    /// How many processes the kernel ended for want of memory.
    pub(super) oom_kills: Option<u64>,
    /// How many processes and threads the kernel refused.
    pub(super) forks_refused: Option<u64>,
}

impl Used {
    /// The more of both, of each.
    pub(super) fn at_least(self, other: Self) -> Self {
        Self {
            disk: self.disk.max(other.disk),
            processes: self.processes.max(other.processes),
            cpu_us: self.cpu_us.max(other.cpu_us),
            peak_memory: self.peak_memory.max(other.peak_memory),
            oom_kills: self.oom_kills.max(other.oom_kills),
            forks_refused: self.forks_refused.max(other.forks_refused),
        }
    }

    /// What is told at the end, which is the whole; of what it does not tell, what is known so far.
    pub(super) fn or_finally(self, end: Self) -> Self {
        Self { cpu_us: end.cpu_us.or(self.cpu_us), ..end }
    }
}

/// How the tests ended, as the supervisor saw it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Ended {
    /// There was nothing to run.
    pub(super) nothing: bool,
    /// The exit code of the child, if it exited.
    pub(super) code: Option<i32>,
    /// The signal that ended it.
    pub(super) signal: Option<i32>,
    /// Why the supervisor ended it: `output`, `report`, `disk`, or `place`: something else took the report's.
    pub(super) reason: Option<String>,
    /// Decoy files that the kernel says were opened.
    pub(super) opened: Vec<String>,
    /// What they used.
    pub(super) used: Used,
}

/// Takes bytes, gives frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: BytesMut,
    message: Vec<u8>,
    seal: [u8; SEAL],
}

impl Frames {
    /// Asks a new seal of every frame that follows, and gives it.
    pub(super) fn seal(&mut self) -> String {
        self.seal = rand::random();
        hex::encode(self.seal)
    }

    /// Takes what has arrived.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, Wrong> {
        let senseless = |what: &str| Wrong::Senseless(what.to_owned());
        while let Some((kind, payload)) = self.payload()? {
            match kind {
                b'O' => return Ok(Some(Frame::Output(payload))),
                b'F' => return Ok(Some(Frame::Report(payload))),
                b'R' | b'S' | b'U' | b'X' => {
                    self.message.extend_from_slice(&payload);
                    if self.message.len() > LONGEST_MESSAGE {
                        return Err(senseless("a message is longer than any of ours"));
                    }
                    // A message of the greatest length goes on in the next frame.
                    if payload.len() == LONGEST {
                        continue;
                    }
                    let message = std::mem::take(&mut self.message);
                    return message_frame(kind, &message).map(Some).map_err(|error| senseless(&error.to_string()));
                }
                _ => return Err(senseless("a frame is of no kind of ours")),
            }
        }
        Ok(None)
    }

    fn payload(&mut self) -> Result<Option<(u8, Bytes)>, Wrong> {
        let Some(header) = self.bytes.get(..HEADER) else { return Ok(None) };
        if header[5..] != self.seal {
            return Err(Wrong::Forged);
        }
        let length = u32::from_be_bytes(header[1..5].try_into().expect("the range is 4 bytes long")) as usize;
        if length > LONGEST {
            return Err(Wrong::Senseless(format!("a frame of {length} bytes is longer than any of ours")));
        }
        if self.bytes.len() < HEADER + length {
            return Ok(None);
        }
        let kind = self.bytes.get_u8();
        self.bytes.advance(HEADER - 1);
        Ok(Some((kind, self.bytes.split_to(length).freeze())))
    }
}

fn message_frame(kind: u8, message: &[u8]) -> serde_json::Result<Frame> {
    match kind {
        b'R' => serde_json::from_slice(message).map(Frame::Ready),
        b'S' => serde_json::from_slice(message).map(Frame::Started),
        b'U' => serde_json::from_slice(message).map(Frame::Used),
        _ => serde_json::from_slice(message).map(|ended| Frame::Ended(Box::new(ended))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("a short payload");
        [&[kind][..], &length.to_be_bytes(), &[0; SEAL], payload].concat()
    }

    #[test]
    fn frames_arrive_in_any_pieces() {
        let whole = [bytes(b'O', b"out"), bytes(b'F', b""), bytes(b'X', br#"{"code":1,"used":{"disk":5}}"#)].concat();
        let mut frames = Frames::default();
        let mut got = Vec::new();
        for byte in whole {
            frames.take(&[byte]);
            got.extend(frames.next().expect("frames of ours"));
        }
        let used = Used { disk: 5, ..Used::default() };
        let ended = Ended { code: Some(1), used, ..Ended::default() };
        let wanted =
            vec![Frame::Output(Bytes::from_static(b"out")), Frame::Report(Bytes::new()), Frame::Ended(Box::new(ended))];
        assert_eq!(got, wanted);
    }

    #[test]
    fn after_the_seal_nothing_else_counts() {
        let mut frames = Frames::default();
        let seal = hex::decode(frames.seal()).expect("hexadecimal");
        frames.take(&[&[b'O'][..], &[0, 0, 0, 1], &seal, b"x"].concat());
        assert_eq!(frames.next(), Ok(Some(Frame::Output(Bytes::from_static(b"x")))));
        frames.take(&bytes(b'X', br#"{"code":0}"#));
        assert_eq!(frames.next(), Err(Wrong::Forged));
    }

    #[test]
    fn a_long_message_is_put_together() {
        let ready =
            format!(r#"{{"python":"3","modules":[{}"m"],"lacking":[],"features":[]}}"#, r#""module", "#.repeat(10_000));
        let mut frames = Frames::default();
        for part in ready.as_bytes().chunks(LONGEST) {
            frames.take(&bytes(b'R', part));
        }
        let Ok(Some(Frame::Ready(ready))) = frames.next() else { panic!("a message") };
        assert_eq!(ready.modules.len(), 10_001);
    }

    #[test]
    fn what_no_supervisor_sends_is_refused_before_it_is_kept() {
        let first = |bytes: &[u8]| {
            let mut frames = Frames::default();
            frames.take(bytes);
            frames.next()
        };
        let mut long = bytes(b'O', b"");
        long[1..5].fill(0xff);
        for senseless in [long, bytes(b'Z', b""), bytes(b'X', b"not JSON")] {
            assert!(matches!(first(&senseless), Err(Wrong::Senseless(_))));
        }
        let mut endless = Frames::default();
        let mut refused = false;
        for _ in 0..=LONGEST_MESSAGE / LONGEST {
            endless.take(&bytes(b'X', &[b' '; LONGEST]));
            refused |= endless.next().is_err();
        }
        assert!(refused);
    }
}
