//! Claims stages and carries them out.
