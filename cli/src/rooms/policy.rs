//! The policy: the operator's file, or the built-in one.

use airlock_model::Policy;
use airlock_model::policy::DEFAULT_POLICY;

use crate::config::Config;
use crate::exit::Failure;

/// The policy's name in decisions, and its text.
pub(crate) fn text(config: &Config) -> Result<(String, String), Failure> {
    let file = &config.policy.file;
    if file.is_empty() {
        return Ok(("default policy".to_owned(), DEFAULT_POLICY.to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("the policy file {file} cannot be read: {error}"))
            .remedy("see that policy.file names it; `airlock config --policy` prints one to start from")
    })?;
    Ok((file.clone(), text))
}

/// The policy in force.
pub(crate) fn policy(config: &Config) -> Result<Policy, Failure> {
    let (name, text) = text(config)?;
    Policy::parse(&name, &text).map_err(Failure::usage)
}
