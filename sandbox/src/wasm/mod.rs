//! The wasm engine: CPython for WASI in wasmtime, in one jailed process per run.
//!
//! The guest sees six folders: its settings, its plugin, pytest and two of packages
//! (read-only), and `/tmp` (its own, charged). It has no network, no processes, no
//! threads. It goes on from memory that was kept when the runtime was installed. Its
//! launcher reports by writing to standard input, which only the host's own
//! implementation of `fd_write` understands: no file stands behind it, so nothing that the guest creates
//! can take its place, the host opens nothing that the guest could name, and
//! frames are bounded as they come. Plugin and launcher share an interpreter, so
//! each frame also carries a nonce that the launcher read before the plugin ran;
//! a frame without it is proof of tampering. What the frames say is then
//! reconciled with what the host knows (`crate::verdict`).

mod blame;
mod byte_code;
mod calls;
mod clocks;
mod coarse;
mod ends;
mod engine;
mod exports;
mod facts;
mod folders;
mod image;
mod jailed;
mod meter;
mod paths;
mod report;
mod sandbox;
mod unpack;

pub(crate) use blame::ours;
pub(crate) use byte_code::{ByteCode, make_byte_code};
pub(crate) use engine::{engine, load};
pub(crate) use exports::{MEMORY, with_exports};
pub(crate) use folders::FOLDERS;
pub(crate) use image::{FORMAT as IMAGE_FORMAT, take};
pub use jailed::jailed_main;
pub use sandbox::WasmSandbox;
