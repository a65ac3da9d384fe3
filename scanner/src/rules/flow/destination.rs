//! What kind of place data is sent to, as far as its address is constant.

use std::net::{IpAddr, Ipv4Addr};

/// Where data goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Destination {
    /// Nothing is known of it.
    Unknown,
    /// This machine or its neighbours.
    Local(String),
    /// A named host like any other.
    Host(String),
    /// A channel of a chat service, which anyone can open without a name.
    Chat(String),
    /// A bare public address.
    Address(String),
    /// A paste site, a tunnel, a request bin: where thieves pick things up.
    DropPoint(String),
}

/// Hosts of which any part before the name may be anything.
const DROP_POINTS: &[&str] = &[
    "webhook.site",
    "requestbin.com",
    "requestbin.net",
    "pipedream.net",
    "requestcatcher.com",
    "beeceptor.com",
    "mockbin.org",
    "hookbin.com",
    "pastebin.com",
    "hastebin.com",
    "paste.ee",
    "dpaste.com",
    "dpaste.org",
    "rentry.co",
    "ix.io",
    "termbin.com",
    "0x0.st",
    "transfer.sh",
    "file.io",
    "gofile.io",
    "anonfiles.com",
    "bashupload.com",
    "oshi.at",
    "temp.sh",
    "catbox.moe",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "trycloudflare.com",
    "loca.lt",
    "serveo.net",
    "localtunnel.me",
    "burpcollaborator.net",
    "oastify.com",
    "interact.sh",
    "oast.fun",
    "oast.live",
    "oast.pro",
    "oast.me",
    "oast.site",
    "oast.online",
    "canarytokens.com",
    "dnslog.cn",
    "ceye.io",
    "bxss.me",
    "duckdns.org",
    "onion",
];

impl Destination {
    /// The worst of the places that an address can lead to.
    pub(crate) fn of(beginnings: &[String]) -> Self {
        beginnings.iter().filter_map(|text| one(text)).max().unwrap_or(Self::Unknown)
    }

    /// Whether no honest service is likely to be there.
    pub(crate) const fn is_suspicious(&self) -> bool {
        matches!(self, Self::Address(_) | Self::DropPoint(_))
    }

    /// The host, where it is known.
    pub(crate) fn host(&self) -> Option<&str> {
        match self {
            Self::Unknown => None,
            Self::Local(host) | Self::Host(host) | Self::Chat(host) | Self::Address(host) | Self::DropPoint(host) => {
                Some(host)
            }
        }
    }

    /// ` to HOST`, or nothing.
    pub(crate) fn phrase(&self) -> String {
        self.host().map(|host| format!(" to {}", airlock_model::escape::quoted(host))).unwrap_or_default()
    }
}

fn one(text: &str) -> Option<Destination> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host_and_port.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => host_and_port.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.is_empty() {
        return None;
    }
    if let Some(address) = address(&host) {
        return Some(if is_near(&address) { Destination::Local(host) } else { Destination::Address(host) });
    }
    if host == "localhost" || host.ends_with(".local") || host.ends_with(".localhost") {
        return Some(Destination::Local(host));
    }
    let is_at = |name: &str| host == name || host.strip_suffix(name).is_some_and(|before| before.ends_with('.'));
    if DROP_POINTS.iter().any(|name| is_at(name)) {
        return Some(Destination::DropPoint(host));
    }
    let is_chat = (is_at("discord.com") || is_at("discordapp.com")) && rest.contains("/api/webhooks")
        || is_at("api.telegram.org")
        || is_at("hooks.slack.com");
    if is_chat {
        return Some(Destination::Chat(host));
    }
    // A text without a scheme is a host when it looks like one.
    (text.contains("://") || host.contains('.')).then_some(Destination::Host(host))
}

fn address(host: &str) -> Option<IpAddr> {
    host.parse().ok().or_else(|| {
        let number = match host.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => host.parse().ok().filter(|number: &u32| *number > 0xff_ffff)?,
        };
        Some(IpAddr::V4(Ipv4Addr::from(number)))
    })
}

fn is_near(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let of = |text: &str| Destination::of(&[text.to_owned()]);
        for text in ["https://webhook.site/abc", "https://a.ngrok.io", "http://x.onion/", "abc.oastify.com"] {
            assert!(matches!(of(text), Destination::DropPoint(_)), "{text}");
        }
        for text in [
            "http://203.0.113.9:8080/x",
            "203.0.113.9",
            "http://3405803785/",
            "http://0xcb007109/",
            "http://[2001:db8::1]/",
        ] {
            assert!(matches!(of(text), Destination::Address(_)), "{text}");
        }
        for text in ["http://127.0.0.1:8000", "http://localhost", "10.1.2.3", "http://printer.local/"] {
            assert!(matches!(of(text), Destination::Local(_)), "{text}");
        }
        for text in ["https://discord.com/api/webhooks/1/x", "https://api.telegram.org/bot"] {
            assert!(matches!(of(text), Destination::Chat(_)), "{text}");
        }
        assert_eq!(of("https://user@api.example.org:443/v1"), Destination::Host("api.example.org".into()));
        assert!(matches!(of("https://notwebhook.site.example.org/"), Destination::Host(_)));
        assert_eq!(of("POST"), Destination::Unknown);
        assert_eq!(of(""), Destination::Unknown);
    }
}
