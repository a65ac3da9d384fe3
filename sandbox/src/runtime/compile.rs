//! Compiling: the interpreter's module to machine code, and, inside that
//! interpreter, the site folder to byte code.

use std::collections::BTreeSet;
use std::path::Path;

use wasmtime::{Linker, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

use super::RuntimeError;
use crate::wasm::{engine, load, with_exports};

/// The module as machine code for this machine.
pub(super) fn module(bytes: &[u8]) -> Result<Vec<u8>, RuntimeError> {
    let what = "the interpreter";
    let engine = engine().map_err(|error| failed(what, error))?;
    with_exports(bytes).and_then(|module| engine.precompile_module(&module)).map_err(|error| failed(what, error))
}

/// Byte code that is never checked against its source: both are read-only from
/// here on, and looking at each file's time would cost more than it saves. The
/// hundreds of lexers and styles that colour source code are never used here.
const BYTE_CODE: &str = "
import compileall, py_compile, re, sys
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
unused = re.compile('/pygments/(lexers|styles)/')
sys.exit(not compileall.compile_dir('/site', quiet=2, rx=unused, invalidation_mode=unchecked))
";

/// Prints each module of the standard library that can really be imported: files
/// are there for some (`ssl`) whose machinery is not.
const STANDARD: &str = "
import importlib, os, sys, warnings
warnings.simplefilter('ignore')
names = []
for name in sorted(sys.stdlib_module_names - {'antigravity', 'this', 'idlelib', 'turtledemo'}):
    try:
        importlib.import_module(name)
    except BaseException:
        continue
    names.append(name)
print(' '.join(names), file=sys.__stdout__)
";

/// Prints each feature that is tried and fails, one a line.
pub(super) const LACKING: &str = "
import sys

def threads():
    import _thread
    _thread.start_new_thread(lambda: None, ())

def processes():
    import os
    os.fork

def sockets():
    import socket
    socket.socket()

def time_zone_data():
    import zoneinfo
    zoneinfo.ZoneInfo('Europe/Berlin')

def pipes():
    import os
    os.pipe

def users():
    import os
    os.getgid

def file_attributes():
    import os
    os.umask

def signals():
    import signal
    signal.alarm

for feature in (threads, processes, sockets, time_zone_data, pipes, users, file_attributes, signals):
    try:
        feature()
    except BaseException:
        print(feature.__name__.replace('_', ' '), file=sys.__stdout__)
";

/// Compiles everything below `site` to byte code inside the interpreter.
pub(super) fn byte_code(compiled: &Path, site: &Path) -> Result<(), RuntimeError> {
    run(compiled, Some(site), BYTE_CODE).map(drop)
}

/// The modules of the standard library that the interpreter really has.
pub(super) fn standard_modules(compiled: &Path) -> Result<BTreeSet<String>, RuntimeError> {
    let names = run(compiled, None, STANDARD)?;
    Ok(names.split_whitespace().map(str::to_owned).collect())
}

/// The features that the interpreter lacks, by the names that reports use.
pub(super) fn lacking(compiled: &Path) -> Result<BTreeSet<String>, RuntimeError> {
    Ok(run(compiled, None, LACKING)?.lines().map(str::to_owned).collect())
}

/// Runs our own code (never a plugin's) in the interpreter and returns what it printed.
fn run(compiled: &Path, site: Option<&Path>, code: &str) -> Result<String, RuntimeError> {
    let what = "inside the interpreter";
    let attempt = || -> wasmtime::Result<(i32, String, String)> {
        let engine = engine()?;
        let module = load(&engine, compiled)?;
        let (stdout, stderr) = (MemoryOutputPipe::new(1 << 20), MemoryOutputPipe::new(1 << 20));
        let mut builder = WasiCtxBuilder::new();
        builder.args(&["python", "-I", "-c", code]).stdout(stdout.clone()).stderr(stderr.clone());
        builder.allow_blocking_current_thread(true);
        if let Some(site) = site {
            builder.preopened_dir(site, "/site", FsPerms::ReadWrite)?;
        }
        let mut store = Store::new(&engine, builder.build_p1());
        // Nobody advances the epoch here: this code is ours and ends.
        store.set_epoch_deadline(u64::MAX / 2);
        let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
        p1::add_to_linker_sync(&mut linker, |wasi| wasi)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        let code = match start.call(&mut store, ()) {
            Ok(()) => 0,
            Err(error) => error.downcast_ref::<I32Exit>().map(|exit| exit.0).ok_or(error)?,
        };
        let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        Ok((code, text(&stdout), text(&stderr)))
    };
    match attempt() {
        Ok((0, stdout, _)) => Ok(stdout),
        Ok((code, _, stderr)) => Err(failed(what, format!("exit code {code}: {stderr}"))),
        Err(error) => Err(failed(what, error)),
    }
}

fn failed(what: &'static str, why: impl ToString) -> RuntimeError {
    RuntimeError::Compile { what, why: why.to_string() }
}
