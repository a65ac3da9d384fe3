//! Addresses of other machines, as they stand in texts and in calls.

use std::net::Ipv4Addr;

use ruff_python_ast::Expr;

use super::check::{Check, How, Use};
use crate::python::model::object::Via;
use crate::python::model::written::GAP;

/// What sends a request, or opens a connection, to the address in its arguments.
pub(crate) const REQUESTS: &[&str] = &[
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.patch",
    "requests.delete",
    "requests.head",
    "requests.options",
    "requests.request",
    "requests.api.*",
    "requests.Session().get",
    "requests.Session().post",
    "requests.Session().put",
    "requests.Session().request",
    "requests.session().get",
    "requests.session().post",
    "httpx.get",
    "httpx.post",
    "httpx.put",
    "httpx.patch",
    "httpx.delete",
    "httpx.head",
    "httpx.request",
    "httpx.stream",
    "httpx.Client().get",
    "httpx.Client().post",
    "httpx.Client().request",
    "httpx.AsyncClient().get",
    "httpx.AsyncClient().post",
    "httpx.AsyncClient().request",
    "aiohttp.request",
    "aiohttp.ClientSession().get",
    "aiohttp.ClientSession().post",
    "aiohttp.ClientSession().request",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib.urlopen",
    "urllib.urlretrieve",
    "urllib2.urlopen",
    "urllib3.request",
    "urllib3.PoolManager().request",
    "urllib3.PoolManager().urlopen",
    "http.client.HTTPConnection",
    "http.client.HTTPSConnection",
    "websocket.create_connection",
    "websocket.WebSocketApp",
    "websockets.connect",
    "socket.create_connection",
    "socket.socket().connect",
    "socket.socket().connect_ex",
    "socket.socket().sendto",
    "asyncio.open_connection",
    "ftplib.FTP",
    "ftplib.FTP_TLS",
    "smtplib.SMTP",
    "smtplib.SMTP_SSL",
    "telnetlib.Telnet",
    "paramiko.SSHClient().connect",
    "xmlrpc.client.ServerProxy",
    "wget.download",
];

/// An address in a call.
pub(crate) struct Address {
    /// The whole text, with gaps.
    pub(crate) text: String,
    /// The host in lower case, where it is known.
    pub(crate) host: Option<String>,
    /// How openly it is written.
    pub(crate) via: Via,
}

impl<'a> Check<'_, 'a> {
    /// The address that a request goes to.
    pub(crate) fn address(&self, site: &Use<'a>) -> Option<Address> {
        if site.how != How::Called {
            return None;
        }
        let call = site.call?;
        let scope = site.place.scope;
        let named = ["url", "host", "address", "fullurl", "uri"]
            .iter()
            .find_map(|name| call.arguments.find_keyword(name))
            .map(|keyword| &keyword.value);
        let candidates = named.into_iter().chain(call.arguments.args.iter().take(2));
        let mut first = None;
        for expr in candidates {
            let (expr, is_host) = match expr {
                Expr::Tuple(pair) => (pair.elts.first()?, true),
                other => (other, !site.path.contains("request") && !site.path.contains("urllib")),
            };
            let via = self.model.constant(expr, scope).map_or(Via::Plain, |folded| folded.via);
            let text = self.model.written(expr, scope);
            let host = host_in(&text, is_host);
            if host.is_some() {
                return Some(Address { text, host, via });
            }
            first.get_or_insert(Address { text, host: None, via });
        }
        first
    }
}

/// The host of a URL, or of a text that is one.
pub(crate) fn host_in(text: &str, bare: bool) -> Option<String> {
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest,
        None if bare && text.contains('.') => text,
        None => return None,
    };
    let authority = rest.split(['/', '?', '#', ' ']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let known = !host.is_empty() && !host.contains([GAP, '{', '%']);
    known.then(|| host.to_ascii_lowercase())
}

/// Whether a host is a domain or lies below it.
pub(crate) fn is_below(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'))
}

/// The address that a host is, where it is one that anybody can reach.
pub(crate) fn public_address(host: &str) -> Option<Ipv4Addr> {
    let address: Ipv4Addr = host.parse().ok().or_else(|| host.parse::<u32>().ok().map(Ipv4Addr::from))?;
    let [a, b, ..] = address.octets();
    let private = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    // Public resolvers: asked for a name, or connected to for the machine's own address.
    let resolver =
        matches!(host, "8.8.8.8" | "8.8.4.4" | "1.1.1.1" | "1.0.0.1" | "9.9.9.9" | "208.67.222.222" | "10.255.255.255");
    (!private && !resolver).then_some(address)
}
