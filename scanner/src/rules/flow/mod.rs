//! Data that goes from a source to a sink.

crate::rules::group! {
    download_execute,
}
