//! Runs hostile things under limits.
