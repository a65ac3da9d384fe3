//! What the code can do to the world outside itself, held against the manifest.

crate::rules::group! {
    dynamic_code,
    dynamic_import,
    environment,
    filesystem_read,
    filesystem_write,
    native_code,
    network,
    subprocess,
}
