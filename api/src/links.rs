//! Addresses of this registry, made from its public address.

use airlock_model::{PluginName, PluginVersion, ValidationId};

use crate::state::ApiSettings;

/// Makes addresses.
#[derive(Debug, Clone, Copy)]
pub struct Links<'a>(&'a str);

impl<'a> Links<'a> {
    /// Addresses under the registry's public address.
    #[must_use]
    pub fn new(settings: &'a ApiSettings) -> Self {
        Self(settings.base_url())
    }

    /// Any path of the registry; `path` begins with a slash.
    #[must_use]
    pub fn absolute(self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// A validation.
    #[must_use]
    pub fn validation(self, id: ValidationId) -> String {
        format!("{}/api/v1/validations/{id}", self.0)
    }

    /// Something that belongs to a validation.
    #[must_use]
    pub fn of_validation(self, id: ValidationId, what: &str) -> String {
        format!("{}/api/v1/validations/{id}/{what}", self.0)
    }

    /// The page of a validation.
    #[must_use]
    pub fn validation_page(self, id: ValidationId) -> String {
        format!("{}/ui/validations/{id}", self.0)
    }

    /// The archive of a version.
    #[must_use]
    pub fn archive(self, name: &PluginName, version: &PluginVersion) -> String {
        format!("{}/api/v1/plugins/{name}/download/{version}", self.0)
    }

    /// What a version is made of.
    #[must_use]
    pub fn sbom(self, name: &PluginName, version: &PluginVersion) -> String {
        format!("{}/api/v1/plugins/{name}/versions/{version}/sbom", self.0)
    }
}
