//! Tests of the worker crate; the test binary is its own jailed child.
fn main() {}
