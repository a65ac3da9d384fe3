//! What the host must reach of an interpreter that the interpreter does not offer.

use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};
use wasmtime::bail;

/// The name under which the interpreter itself offers its memory.
pub(crate) const MEMORY: &str = "memory";
/// The name under which the top of its stack is offered. C compilers make it the first global.
pub(super) const STACK: &str = "airlock_stack";
/// The name under which its table of functions is offered.
pub(super) const TABLE: &str = "airlock_table";

/// The same module, offering both, without what only debuggers read.
pub(crate) fn with_exports(module: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let mut changed = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::CustomSection(_) => {}
            Payload::ExportSection(offered) => {
                let mut exports = ExportSection::new();
                for export in offered.clone() {
                    let export = export?;
                    let kind = match export.kind {
                        ExternalKind::Func => ExportKind::Func,
                        ExternalKind::Memory => ExportKind::Memory,
                        kind => bail!("the interpreter offers {kind:?}, which is not expected"),
                    };
                    exports.export(export.name, kind, export.index);
                }
                exports.export(STACK, ExportKind::Global, 0).export(TABLE, ExportKind::Table, 0);
                changed.section(&exports);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    changed.section(&RawSection { id, data: &module[range] });
                }
            }
        }
    }
    Ok(changed.finish())
}
