//! The one configuration of wasmtime, and the loading of modules compiled with it.

use std::path::Path;

use wasmtime::{Config, Engine, Module};

/// Stack of the guest. CPython's own recursion limit strikes well before.
const STACK: usize = 4 << 20;

/// An engine. Compiled modules fit only engines of the same configuration.
pub(crate) fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true).max_wasm_stack(STACK).async_stack_size(STACK + (2 << 20));
    Engine::new(&config)
}

/// Loads a module that [`crate::runtime`] compiled.
#[expect(
    unsafe_code,
    reason = "wasmtime trusts compiled code: this file was written by our own installer, in a folder that only we \
              write, and its recorded SHA-256 was checked when the runtime was found"
)]
pub(crate) fn load(engine: &Engine, compiled: &Path) -> wasmtime::Result<Module> {
    // SAFETY: the file is the unchanged result of `Engine::precompile_module`, as the reason above says.
    unsafe { Module::deserialize_file(engine, compiled) }
}
