//! Containers whose worker is gone.

use std::collections::HashMap;

use bollard::Docker;
use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptions;

use super::container::remove;
use super::engine::failed;
use super::{LIFETIME_LABEL, WORKER_LABEL};
use crate::SandboxError;

/// Removes containers of ours, whoever made them, that are older than any run of
/// theirs can be, and tells how many. Ages are by the engine's own clock.
pub(super) async fn reap(docker: &Docker) -> Result<usize, SandboxError> {
    let now = docker.info().await.map_err(failed("ask for its clock"))?.system_time.unwrap_or_default();
    let now = chrono::DateTime::parse_from_rfc3339(&now)
        .map_err(|error| SandboxError::Engine { what: "tell the time", why: error.to_string() })?
        .timestamp();
    let mut reaped = 0;
    for container in ours(docker, WORKER_LABEL.to_owned()).await? {
        if outlived(&container, now) {
            remove(docker, container.id.as_deref().unwrap_or_default()).await.map_err(failed("remove an orphan"))?;
            reaped += 1;
        }
    }
    Ok(reaped)
}

/// The containers that carry a label.
pub(super) async fn ours(docker: &Docker, label: String) -> Result<Vec<ContainerSummary>, SandboxError> {
    let filters = HashMap::from([("label".to_owned(), vec![label])]);
    let options = ListContainersOptions { all: true, filters: Some(filters), ..ListContainersOptions::default() };
    docker.list_containers(Some(options)).await.map_err(failed("list containers"))
}

fn outlived(container: &ContainerSummary, now: i64) -> bool {
    let label = container.labels.as_ref().and_then(|labels| labels.get(LIFETIME_LABEL));
    let lifetime = label.and_then(|seconds| seconds.parse::<i64>().ok());
    // One with a label that is not ours to read is left alone.
    matches!((container.created, lifetime), (Some(created), Some(lifetime)) if now - created > lifetime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_outlived_its_label_is_an_orphan() {
        let container = |created, lifetime: Option<&str>| ContainerSummary {
            created: Some(created),
            labels: lifetime.map(|seconds| HashMap::from([(LIFETIME_LABEL.to_owned(), seconds.to_owned())])),
            ..ContainerSummary::default()
        };
        assert!(outlived(&container(100, Some("50")), 151));
        assert!(!outlived(&container(100, Some("50")), 150));
        assert!(!outlived(&container(100, None), 1_000_000));
        assert!(!outlived(&container(100, Some("soon")), 1_000_000));
    }
}
