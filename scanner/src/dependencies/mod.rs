//! The dependencies room: everything that a package asks for, from its manifest,
//! `requirements*.txt`, `pyproject.toml`, `setup.cfg` and `setup.py`, as one
//! inventory, with a finding for each line that cannot be understood or that would
//! fetch what nobody examined.
//!
//! It must not know advisories, the catalogue or the network. Everything here is
//! bounded: however many lines, files or includes there are, reading them ends.

mod inventory;
mod judge;
mod lines;
mod manifest;
mod marker;
mod options;
mod pep508;
mod poetry;
mod pyproject;
mod requirements;
pub mod rules;
mod setup_cfg;
mod setup_py;
mod specifier;

use airlock_model::finding::Finding;
use airlock_model::inventory::Requirement;
use airlock_model::limits::ScanLimits;
use airlock_model::{Manifest, Tree};

pub use specifier::parse as parse_specifier;

use inventory::Inventory;

/// Says which well-known package a normalised name could be mistaken for, if any.
pub type Lookalike<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What a package asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// The inventory, by kind, name, file and line.
    pub requirements: Vec<Requirement>,
    /// What is wrong with it, unsettled.
    pub findings: Vec<Finding>,
}

/// Reads everything that asks for something. Total: any tree gives an answer, never a panic.
#[must_use]
pub fn check(tree: &Tree, manifest: Option<&Manifest>, limits: &ScanLimits, lookalike: &Lookalike<'_>) -> Asked {
    let mut inventory = Inventory::new(tree);
    if let Some(manifest) = manifest {
        manifest::read(manifest, &mut inventory);
    }
    requirements::read_all(&mut inventory);
    pyproject::read(&mut inventory);
    setup_cfg::read(&mut inventory);
    setup_py::read(limits, &mut inventory);
    judge::check(&mut inventory, lookalike);
    inventory.into_asked()
}

#[cfg(test)]
mod tests;
