//! Byte code of packages, made inside the interpreter that will import them.
//!
//! Their source is whoever published them's, so it is compiled like a suite is run: in a jailed child, by a metered
//! guest that sees one folder. Whatever it does there can at worst spoil that folder, whose code has the same say in
//! each run that imports it.

use std::path::PathBuf;

use airlock_model::limits::RunLimits;
use serde::{Deserialize, Serialize};
use wasmtime::{Engine, Linker, Store};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::calls::{self, Guest};
use super::clocks;
use super::engine::{engine, load};
use super::meter::Meter;
use crate::verdict::Ending;

/// Where runs find the folder, which their tracebacks show.
const LAYER: &str = "/layer";

/// Never checked against its source: both are read-only from here on. A file that is no Python is passed over, and so are
/// tests that a package carries, often half of it: hardly anybody imports them.
const COMPILE: &str = "
import compileall, py_compile, re
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
compileall.compile_dir('/layer', quiet=2, rx=re.compile('/tests?/'), invalidation_mode=unchecked)
";

/// What is to be compiled.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ByteCode {
    /// The compiled interpreter.
    pub(crate) compiled: PathBuf,
    /// The folder.
    pub(crate) site: PathBuf,
    /// What the guest may use.
    pub(crate) limits: RunLimits,
}

/// Runs in the jailed child. Tells how the guest ended.
pub(crate) fn make_byte_code(orders: &ByteCode) -> wasmtime::Result<String> {
    let engine = engine()?;
    let mut store = store(orders, &engine)?;
    let ending = clocks::run(&engine, &orders.limits, compile(orders, &engine, &mut store))?;
    Ok(match ending {
        Ending::Exited(0) => "done".to_owned(),
        ending => format!("{ending:?}"),
    })
}

fn store(orders: &ByteCode, engine: &Engine) -> wasmtime::Result<Store<Guest>> {
    let mut builder = WasiCtxBuilder::new();
    builder
        .args(&["python", "-I", "-B", "-c", COMPILE])
        .allow_blocking_current_thread(true)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .preopened_dir(&orders.site, LAYER, FsPerms::ReadWrite)?;
    let meter = Meter::new(orders.limits.clone(), &[LAYER]);
    let mut store = Store::new(engine, Guest { wasi: builder.build_p1(), meter });
    store.limiter(|guest| &mut guest.meter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    Ok(store)
}

async fn compile(orders: &ByteCode, engine: &Engine, store: &mut Store<Guest>) -> wasmtime::Result<Ending> {
    let module = load(engine, &orders.compiled)?;
    let mut linker = Linker::new(engine);
    calls::link(&mut linker)?;
    let instance = linker.instantiate_async(&mut *store, &module).await?;
    let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
    Ok(start.call_async(store, ()).await.map_or_else(|error| clocks::ending(&error), |()| Ending::Exited(0)))
}
