//! What is sent because it was assigned: `session.headers = …`, after which every request of the session carries it.

use super::Part;
use super::lists::HTTP;

/// Objects besides the clients of HTTP that send what their attributes hold.
const OBJECTS: &[&str] = &[
    "urllib.request.build_opener()",
    "urllib.request.OpenerDirector()",
    "urllib.request.URLopener()",
    "urllib.request.FancyURLopener()",
    "urllib3.PoolManager()",
    "urllib3.ProxyManager()",
];
/// Requests that are made before they are sent; these hold what is sent besides.
const REQUESTS: &[&str] = &[
    "urllib.request.Request()",
    "urllib2.Request()",
    "requests.Request()",
    "requests.Request().prepare()",
    "requests.PreparedRequest()",
    "httpx.Request()",
];

/// Attributes of a client, or of a request, that hold several things.
const HOLDERS: &[&str] = &["headers", "cookies", "params", "addheaders"];
/// Methods of a client, or of a request, that take one thing to be sent.
const ADDERS: &[&str] = &["add_header", "add_unredirected_header"];

/// The part of a request that an attribute, or an item of it, ends up in, and the object whose attribute it is.
pub(crate) fn assigned(path: &str) -> Option<(&str, Part)> {
    let attribute = path.split_once('[').map_or(path, |(attribute, _)| attribute);
    let (object, name) = attribute.rsplit_once('.')?;
    let is_request = REQUESTS.contains(&object);
    if !is_request && !OBJECTS.contains(&object) && !HTTP.contains(&object) {
        return None;
    }
    let part = part(name, is_request)?;
    object.ends_with("()").then_some((object, part))
}

/// The part that an attribute of that name ends up in.
fn part(name: &str, is_request: bool) -> Option<Part> {
    Some(match name {
        "headers" | "auth" | "cookies" | "addheaders" | "unredirected_hdrs" => Part::Header,
        "params" => Part::Parameter,
        "data" | "body" | "json" | "files" | "content" if is_request => Part::Body,
        _ => return None,
    })
}

/// Whether an attribute of that name is sent by anything.
pub(crate) fn may_be_sent(name: &str) -> bool {
    part(name, true).is_some()
}

/// Calls that put something into such an attribute.
pub(super) fn puts() -> impl Iterator<Item = String> {
    const METHODS: &[&str] = &["update", "setdefault", "set", "__setitem__", "append", "extend", "insert"];
    let clients = HTTP.iter().chain(OBJECTS).chain(REQUESTS).filter(|client| client.ends_with("()"));
    clients.flat_map(|client| {
        let puts = HOLDERS
            .iter()
            .flat_map(move |attribute| METHODS.iter().map(move |method| format!("{client}.{attribute}.{method}")));
        puts.chain(ADDERS.iter().map(move |method| format!("{client}.{method}")))
    })
}

/// Whether a path is a call of [`puts`].
pub(super) fn is_put(path: &str) -> bool {
    let Some((object, method)) = path.rsplit_once('.') else { return false };
    ADDERS.contains(&method)
        || (HOLDERS.iter().any(|name| object.strip_suffix(name).is_some_and(|client| client.ends_with("().")))
            && method != "update")
}
