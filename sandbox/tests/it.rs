//! Tests of the sandbox crate; the test binary is its own jailed child.
fn main() {}
