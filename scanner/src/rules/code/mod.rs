//! Code that is dangerous as written, or that cannot be read.

crate::rules::group! {
    disguised_call,
    dynamic_code,
    dynamic_dispatch,
    encoding,
    hardcoded_secret,
    hidden_characters,
    scanner_fault,
    shell_injection,
    too_complex,
    unparseable,
    unsafe_deserialisation,
    yaml_load,
}
