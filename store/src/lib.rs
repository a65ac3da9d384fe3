//! The only crate with SQL, object storage and queue clients.
