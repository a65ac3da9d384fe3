//! Plugin versions: `MAJOR.MINOR.PATCH[-prerelease]`, ordered as semver orders
//! them, without build metadata (WIRE.md section 4).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a version. Each message says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not of the form at all.
    #[error(
        "a version is written MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-prerelease, for instance 1.0.0 or 1.0.0-beta.1"
    )]
    Form,
    /// Has a `+build` part.
    #[error("a version carries no build metadata: write it without the part after '+'")]
    BuildMetadata,
    /// Longer than any honest version.
    #[error("a version has at most 64 characters")]
    Length,
}

/// A valid version. Equality and order are semver's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PluginVersion(semver::Version);

impl PluginVersion {
    /// Whether this is a pre-release, which `latest` passes over while a release exists.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The semver inside.
    #[must_use]
    pub const fn semver(&self) -> &semver::Version {
        &self.0
    }

    /// The version that a client without an opinion gets: the greatest release,
    /// or the greatest pre-release when there is nothing else.
    #[must_use]
    pub fn latest<'a>(versions: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        versions.into_iter().max_by(|a, b| b.is_prerelease().cmp(&a.is_prerelease()).then_with(|| a.cmp(b)))
    }
}

impl FromStr for PluginVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text.len() > 64 {
            return Err(VersionError::Length);
        }
        if !text.is_ascii() {
            return Err(VersionError::Form);
        }
        let version = semver::Version::parse(text).map_err(|_| VersionError::Form)?;
        if !version.build.is_empty() {
            return Err(VersionError::BuildMetadata);
        }
        Ok(Self(version))
    }
}

impl fmt::Display for PluginVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for PluginVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PluginVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> PluginVersion {
        text.parse().expect("valid version")
    }

    #[test]
    fn refuses_what_the_client_cannot_read() {
        for text in ["1", "1.0", "01.0.0", "1.0.0\n", "v1.0.0", "1.0.٣", "1.0.0-01", "", "1.0.0-"] {
            assert_eq!(text.parse::<PluginVersion>(), Err(VersionError::Form), "{text:?}");
        }
        assert_eq!("1.0.0+linux".parse::<PluginVersion>(), Err(VersionError::BuildMetadata));
    }

    #[test]
    fn order_and_latest_are_semver() {
        assert!(v("1.10.0") > v("1.9.0"));
        assert!(v("1.0.0") > v("1.0.0-rc.1"));
        let all = [v("1.0.0"), v("2.0.0-beta"), v("1.2.0")];
        assert_eq!(PluginVersion::latest(&all), Some(&v("1.2.0")));
        assert_eq!(PluginVersion::latest(&all[1..2]), Some(&v("2.0.0-beta")));
    }
}
