//! The Python room: reads every Python file of a tree, builds a semantic
//! model of it, and asks the rules what they think.
//!
//! Pure and total: any bytes give findings, in bounded time and memory, in an
//! order that does not depend on how many threads looked.

mod class;
pub(crate) mod decode;
mod entry_point;
pub(crate) mod exports;
pub(crate) mod layout;
pub(crate) mod model;
pub(crate) mod parse;
mod payload;
mod plan;
pub(crate) mod pool;
pub(crate) mod precheck;
mod reaches;
mod scan;
pub(crate) mod source;
mod suppressions;

pub use class::{Defined, defined};
pub use entry_point::{EntryPoint, entry_point, is_name};
pub use pool::threads;
pub use scan::{Scan, Settings, scan, scan_by, scan_text};
pub use suppressions::Suppressions;

pub(crate) use layout::names_python;
