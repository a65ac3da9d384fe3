//! Running the interpreter as far as it goes without a plugin, once for each kind of job.

use std::path::Path;

use tempfile::TempDir;
use wasmtime::{Linker, Store, bail};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

use super::{RuntimeError, SITE};
use crate::guest;
use crate::wasm::{FOLDERS, MEMORY, engine, load, take};

/// The memory of an interpreter that has imported `module` of ours and all that it needs.
pub(super) fn image(compiled: &Path, runtime: &Path, module: &str) -> Result<Vec<u8>, RuntimeError> {
    taken(compiled, &runtime.join(SITE), module)
        .map_err(|error| RuntimeError::Compile { what: "an image of the interpreter", why: error.to_string() })
}

fn taken(compiled: &Path, site: &Path, module: &str) -> wasmtime::Result<Vec<u8>> {
    let engine = engine()?;
    let start = format!("import sys; sys.path.insert(0, '/site'); import {0}; {0}.prepare('{module}')", guest::START.0);
    let (said, complaints) = (MemoryOutputPipe::new(1 << 10), MemoryOutputPipe::new(1 << 16));
    let mut builder = WasiCtxBuilder::new();
    builder.args(&["python", "-I", "-B", "-u", "-c", &start]).stdout(said.clone()).stderr(complaints.clone());
    builder.allow_blocking_current_thread(true);
    let empty = TempDir::with_prefix("airlock-warm-")?;
    for (name, access) in FOLDERS {
        let place = if name.trim_start_matches('/') == SITE { site } else { empty.path() };
        builder.preopened_dir(place, name, access)?;
    }
    let mut store = Store::new(&engine, builder.build_p1());
    // Nobody advances the epoch here: this code is ours and ends.
    store.set_epoch_deadline(u64::MAX / 2);
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |wasi| wasi)?;
    let instance = linker.instantiate(&mut store, &load(&engine, compiled)?)?;
    let fresh = instance.get_memory(&mut store, MEMORY).map(|memory| memory.data(&store).to_vec());
    let begin = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    let ended = begin.call(&mut store, ()).err().and_then(|error| error.downcast::<I32Exit>().ok());
    let (said, complaints) = (said.contents(), complaints.contents());
    let run = std::str::from_utf8(&said).ok().and_then(|text| text.parse().ok());
    let (Some(fresh), Some(I32Exit(0)), Some(run)) = (fresh, ended, run) else {
        bail!("it said {:?} and {:?}", String::from_utf8_lossy(&said), String::from_utf8_lossy(&complaints));
    };
    take(&fresh, run, instance, &mut store)
}
