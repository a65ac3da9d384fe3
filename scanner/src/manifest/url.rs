//! Web addresses: http or https, a host, at most 2083 characters.

use airlock_model::escape;
use airlock_model::finding::Finding;
use airlock_model::manifest::fields::LONGEST_URL as LONGEST;

use super::faults::Faults;
use super::fields::{Block, Lines, Null, Text};
use super::rules;

/// Why a text is no web address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    TooLong(usize),
    Scheme,
    Character(char),
    Host,
    Port,
}

/// An address field of a block.
pub(super) fn field(block: &Block<'_>, key: &str, faults: &mut Faults<'_>) -> Option<String> {
    let text = block.text(key, Null::Absent, Lines::Grammar, faults)?;
    check(&text, &block.path(key), faults);
    Some(text.owned())
}

fn check(text: &Text<'_>, path: &str, faults: &mut Faults<'_>) {
    let shown = escape::quoted(text.text);
    match read(text.text) {
        Ok(authority) => {
            if authority.contains('@') {
                let message = format!("`{path}` carries a user name or password: {shown}");
                let remedy = "Delete everything between `//` and `@`; the catalogue shows the address to everyone.";
                faults.add(text.span, Finding::of(&rules::CONTACT, message).remedy(remedy));
            }
        }
        Err(fault) => {
            let why = match fault {
                Fault::TooLong(length) => format!("it has {length} characters, and at most {LONGEST} are read"),
                Fault::Scheme => "it must begin with http:// or https://".to_owned(),
                Fault::Character(c) => format!("it holds the character U+{:04X}", u32::from(c)),
                Fault::Host => "it names no host that can exist".to_owned(),
                Fault::Port => "its port is no number up to 65535".to_owned(),
            };
            let remedy = match nearest(text.text) {
                Some(near) => format!("Write {}.", escape::line(&near)),
                None => {
                    "Write a whole address, for instance https://example.org/project, or delete the key.".to_owned()
                }
            };
            faults.say(&rules::URL, text.span, format!("`{path}` is {shown}, which is no web address: {why}"), remedy);
        }
    }
}

/// The part between `//` and the path.
fn read(text: &str) -> Result<&str, Fault> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Fault::TooLong(length));
    }
    if let Some(bad) = text.chars().find(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\'))
    {
        return Err(Fault::Character(bad));
    }
    let (scheme, rest) = text.split_once("://").ok_or(Fault::Scheme)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(Fault::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let place = authority.rsplit('@').next().unwrap_or("");
    let (host, port) = match place.strip_prefix('[') {
        Some(inner) => {
            let (host, after) = inner.split_once(']').ok_or(Fault::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| Fault::Host)?;
            (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("")).ok_or(Fault::Port)?)
        }
        None => place.split_once(':').unwrap_or((place, "")),
    };
    if !place.starts_with('[') && !is_host(host) {
        return Err(Fault::Host);
    }
    if port.is_empty() || port.parse::<u16>().is_ok() { Ok(authority) } else { Err(Fault::Port) }
}

/// Labels of letters, digits and hyphens, in any script, as far as a host name goes.
fn is_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        })
}

fn nearest(text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        return None;
    }
    let text = text.trim_matches(['<', '>', '"', '\'']);
    let bare = text.strip_prefix("git+").unwrap_or(text);
    let mended = if let Some(mended) = with_scheme(bare) {
        mended
    } else if let Some((host, path)) = bare.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
        format!("https://{host}/{}", path.trim_end_matches(".git"))
    } else if let Some(rest) = bare.strip_prefix("ssh://git@").or_else(|| bare.strip_prefix("git://")) {
        format!("https://{}", rest.trim_end_matches(".git"))
    } else if bare.contains("://") {
        bare.to_owned()
    } else if bare.contains('.') && !bare.contains(':') {
        format!("https://{}", bare.trim_start_matches('/'))
    } else {
        return None;
    };
    let mended = mended.replace(' ', "%20");
    read(&mended).is_ok().then_some(mended)
}

/// The address with its scheme written right, where that alone is not: letters left out or doubled, a colon or slash
/// that is missing, doubled or another sign.
fn with_scheme(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let scheme = text[..end].to_ascii_lowercase();
    let right = ["http", "https"].into_iter().min_by_key(|right| strsim::osa_distance(&scheme, right))?;
    if strsim::osa_distance(&scheme, right) > 1 {
        return None;
    }
    // What is as near to one as to the other and ends like the secure one means it.
    let right = if scheme.ends_with('s') { "https" } else { right };
    let rest = text[end..].trim_start_matches([':', ';', '/', '\\', ' ']);
    let between = &text[end..text.len() - rest.len()];
    let is_sign = between.contains([':', ';']) || between.matches(['/', '\\']).count() >= 2;
    is_sign.then(|| format!("{right}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_only_looks_like_one() {
        for good in [
            "https://example.org",
            "HTTP://example.org:8080/a?b#c",
            "https://[::1]:80/",
            "https://bücher.example/straße",
            "http://localhost/x",
            "https://a_b.example.org.",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        for (bad, fault) in [
            ("example.org", Fault::Scheme),
            ("javascript://example.org/%0aalert(1)", Fault::Scheme),
            ("file:///etc/passwd", Fault::Scheme),
            ("https://", Fault::Host),
            ("https:///path", Fault::Host),
            ("https://exa mple.org", Fault::Character(' ')),
            ("https://-a.org", Fault::Host),
            ("https://a..org", Fault::Host),
            ("https://[::1", Fault::Host),
            ("https://a.org:99999", Fault::Port),
            ("https://a.org:x", Fault::Port),
        ] {
            assert_eq!(read(bad), Err(fault), "{bad}");
        }
        let long = |n: usize| format!("https://a.org/{}", "x".repeat(n - 14));
        assert!(read(&long(2083)).is_ok());
        assert_eq!(read(&long(2084)), Err(Fault::TooLong(2084)));
    }

    #[test]
    fn near_addresses_are_named() {
        for (seen, near) in [
            ("example.org/x", Some("https://example.org/x")),
            ("git@example.org:ada/weather.git", Some("https://example.org/ada/weather")),
            ("git+https://example.org/x", Some("https://example.org/x")),
            ("ssh://git@example.org/x.git", Some("https://example.org/x")),
            ("http//x", Some("http://x")),
            ("https:/example.org/x", Some("https://example.org/x")),
            ("https:example.org", Some("https://example.org")),
            ("https;//example.org", Some("https://example.org")),
            ("https:///example.org", Some("https://example.org")),
            ("https:\\\\example.org", Some("https://example.org")),
            ("htps://example.org", Some("https://example.org")),
            ("htttp://example.org:80/", Some("http://example.org:80/")),
            ("<https://example.org>", Some("https://example.org")),
            ("https://example.org/a b", Some("https://example.org/a%20b")),
            ("https://exa mple.org", None),
            ("http/x", None),
            ("https://", None),
            ("javascript:alert(1)", None),
            ("nothing", None),
        ] {
            assert_eq!(nearest(seen).as_deref(), near, "{seen}");
        }
    }
}
