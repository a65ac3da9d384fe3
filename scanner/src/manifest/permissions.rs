//! The permissions block: a promise that the code is held to, so it is read
//! strictly, and a key that is no permission is a fault.

use airlock_model::escape;
use airlock_model::manifest::Permissions;
use airlock_model::manifest::fields::{PERMISSIONS, keys};

use super::faults::Faults;
use super::fields::{Block, Null};
use super::{rules, words};

const KNOWN: &[&str] = &keys(&PERMISSIONS);
const FORM: &str = "permissions: {network: [api.example.org], filesystem: read}";

/// Reads the block; `None` when there is none.
pub(super) fn read(root: &Block<'_>, faults: &mut Faults<'_>) -> Option<Permissions> {
    let block = root.block("permissions", Null::Odd, KNOWN, FORM, faults)?;
    let permissions = Permissions {
        network: hosts(&block, faults),
        filesystem: words::access(&block, faults),
        subprocess: block.flag("subprocess", faults),
        environment: variables(&block, faults),
        native_code: block.flag("native_code", faults),
        dynamic_code: block.flag("dynamic_code", faults),
    };
    for entry in block.unknown() {
        block.report_unknown(entry, &rules::PERMISSIONS, "is no permission", faults);
    }
    Some(permissions)
}

fn hosts(block: &Block<'_>, faults: &mut Faults<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    for host in block.texts("network", "network: [api.example.org]", faults) {
        if is_host(host.text) {
            hosts.push(host.owned());
            continue;
        }
        let message = format!("`{}` holds {}, which is no host name", block.path("network"), escape::quoted(host.text));
        let bare = host.text.rsplit("://").next().unwrap_or("").split(['/', ':', '?']).next().unwrap_or("");
        let remedy = if is_host(bare) && bare != "*" {
            format!("Write the host alone: {bare}.")
        } else {
            "Write a host such as api.example.org, *.example.org for all below it, or \"*\" for any.".to_owned()
        };
        faults.say(&rules::PERMISSIONS, host.span, message, remedy);
    }
    hosts
}

/// A host name, an address, `*`, or `*.` before a host name.
fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    text == "*"
        || text.parse::<std::net::IpAddr>().is_ok()
        || (name.len() <= 253
            && name.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            }))
}

fn variables(block: &Block<'_>, faults: &mut Faults<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for name in block.texts("environment", "environment: [WEATHER_API_KEY]", faults) {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name.text == "*" || (!name.text.is_empty() && name.text.bytes().all(fits)) {
            names.push(name.owned());
            continue;
        }
        let shown = escape::quoted(name.text);
        let message = format!("`{}` holds {shown}, which no environment variable is called", block.path("environment"));
        faults.say(&rules::PERMISSIONS, name.span, message, "Write names such as WEATHER_API_KEY, or \"*\" for any.");
    }
    names
}
