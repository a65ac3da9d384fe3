//! Code that is dangerous as written, or that cannot be read.

crate::rules::group! {
    encoding,
    scanner_fault,
    too_complex,
    unparseable,
}
