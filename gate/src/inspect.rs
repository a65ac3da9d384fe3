//! The inspect stage: start the confined child on the upload and take its answer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use airlock_model::Sha256;
use airlock_model::inspection::{Blob, Inspection};
use airlock_sandbox::jail::{self, Child, JailLimits, Profile};
use airlock_scanner::package::{Expected, Request};
use sha2::Digest as _;
use tempfile::TempPath;

use crate::child::{INSPECT, MARK, Orders};
use crate::frames::{self, Kind, Placed};
use crate::{Gate, GateError, blame};

/// The largest inspection that is read, in bytes. Findings are capped per rule
/// and file, so an honest one is far smaller.
const INSPECTION_BYTES: u64 = 64 << 20;
/// Descriptors of the child: its pipes, the upload, and a few to spare.
const OPEN_FILES: u64 = 16;

/// What the inspect stage hands on. The files vanish when this is dropped.
#[derive(Debug)]
pub struct Inspected {
    /// Everything found out.
    pub inspection: Inspection,
    /// The canonical archive.
    pub canonical: Option<TempPath>,
    /// The bytes of all files, in the order of [`Inspection::files`].
    pub views: Option<TempPath>,
}

impl Gate {
    /// Examines the upload at `upload` in a confined child.
    pub async fn inspect(&self, upload: &Path, expected: Option<&Expected>) -> Result<Inspected, GateError> {
        let blob = hash(upload).await?;
        let mut output = tempfile::tempfile_in(&self.room).map_err(io("making room for the examination's result"))?;
        let sink = output.try_clone().map_err(io("making room for the examination's result"))?;
        let rules = self.yara.as_ref().map(|yara| yara.lay_out(&self.room)).transpose();
        let rules = rules.map_err(io("laying out the YARA rules"))?;
        let child = self.child(upload, expected, rules.as_deref())?;
        let room = self.room.clone();
        // A file that was just made tells the time by the clock that dates the advisories.
        let now = output.metadata().and_then(|file| file.modified()).map_err(io("asking for the time"))?;
        let ended = jail::run_child_into(child, &mut tokio::fs::File::from_std(sink)).await?;
        drop(rules);
        if self.yara.is_some() && !frames::is_ready(&mut output) {
            return Err(blame::before_the_upload(&ended));
        }
        let advisories = self.settings.advisories.clone();
        match blame::of(&ended, blob)? {
            Some(inspection) => Ok(Inspected { inspection, canonical: None, views: None }),
            None => tokio::task::spawn_blocking(move || {
                let mut inspected = answer(&mut output, blob, &room)?;
                advisories.advise(&mut inspected.inspection, now);
                Ok(inspected)
            })
            .await
            .expect("reading does not panic"),
        }
    }

    fn child(&self, upload: &Path, expected: Option<&Expected>, rules: Option<&Path>) -> Result<Child, GateError> {
        let bounds = &self.settings.limits;
        let limits = JailLimits {
            memory_bytes: bounds.scan.memory_bytes,
            cpu_seconds: bounds.scan.cpu_seconds,
            wall: Duration::from_secs(bounds.scan.wall_seconds),
            output_bytes: INSPECTION_BYTES + bounds.archive.inflated_bytes * 2,
            open_files: OPEN_FILES,
            file_size: 0,
        };
        let request = Request {
            expected: expected.cloned(),
            archive: bounds.archive.clone(),
            scan: bounds.scan.clone(),
            jobs: self.settings.jobs,
        };
        let profile = Profile {
            limits: limits.clone(),
            read: rules.map(Path::to_owned).into_iter().collect(),
            write: Vec::new(),
            allow_weaker: self.settings.jail.allow_weaker,
        };
        let yara = rules.zip(self.yara.as_ref()).map(|(path, yara)| yara.orders(path, &bounds.scan));
        let orders = serde_json::to_string(&Orders { request, profile, yara }).expect("orders are plain values");
        Ok(Child {
            program: self.settings.jail.program.clone(),
            args: vec![MARK.into(), INSPECT.into(), orders.into()],
            stdin: Some(File::open(upload).map_err(io("opening the upload"))?),
            limits,
        })
    }
}

fn io(what: &'static str) -> impl Fn(io::Error) -> GateError {
    move |source| GateError::Io { what, source }
}

async fn hash(path: &Path) -> Result<Blob, GateError> {
    let path = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || -> io::Result<Blob> {
        let mut hasher = sha2::Sha256::new();
        let size = io::copy(&mut File::open(path)?, &mut HashWriter(&mut hasher))?;
        Ok(Blob { sha256: Sha256::new(hasher.finalize().into()), size })
    });
    hashed.await.expect("hashing does not panic").map_err(io("reading the upload"))
}

struct HashWriter<'a>(&'a mut sha2::Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the child's frames and holds what they say against what the host knows.
fn answer(output: &mut File, upload: Blob, room: &Path) -> Result<Inspected, GateError> {
    let broken = |error: io::Error| GateError::Protocol(error.to_string());
    let frames = frames::index(output).map_err(broken)?;
    let first = frames.get(1).filter(|frame| frame.length <= INSPECTION_BYTES);
    let first = first.ok_or_else(|| GateError::Protocol("no inspection of an acceptable size".to_owned()))?;
    let mut inspection: Inspection =
        serde_json::from_slice(&read(output, *first).map_err(broken)?).map_err(|error| broken(error.into()))?;
    inspection.upload = upload;
    let canonical = extract(output, &frames, Kind::Canonical, room)?;
    let views = extract(output, &frames, Kind::Views, room)?;
    let packed = canonical.as_ref().map(|(_, blob)| *blob);
    if packed != inspection.canonical {
        return Err(GateError::Protocol("the canonical archive is not the one that the inspection names".to_owned()));
    }
    Ok(Inspected { inspection, canonical: canonical.map(|(path, _)| path), views: views.map(|(path, _)| path) })
}

fn read(output: &mut File, frame: Placed) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    output.seek(SeekFrom::Start(frame.offset))?;
    output.take(frame.length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn extract(
    output: &mut File,
    frames: &[Placed],
    kind: Kind,
    room: &Path,
) -> Result<Option<(TempPath, Blob)>, GateError> {
    let Some(frame) = frames.iter().find(|frame| frame.kind == kind) else {
        return Ok(None);
    };
    let mut copy = || -> io::Result<(TempPath, Blob)> {
        let mut file = tempfile::NamedTempFile::new_in(room)?;
        let mut hasher = sha2::Sha256::new();
        output.seek(SeekFrom::Start(frame.offset))?;
        let mut reader = output.take(frame.length);
        let mut buffer = vec![0_u8; 1 << 16];
        loop {
            let count = reader.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            io::Write::write_all(&mut file, &buffer[..count])?;
        }
        let blob = Blob { sha256: Sha256::new(hasher.finalize().into()), size: frame.length };
        Ok((file.into_temp_path(), blob))
    };
    copy().map(Some).map_err(io("keeping the examination's result"))
}
