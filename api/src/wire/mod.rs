//! Shapes of answers, as existing clients read them (WIRE.md) and as DESIGN.md section 4 promises them.

pub mod plugin;
pub mod submission;
pub mod validation;
