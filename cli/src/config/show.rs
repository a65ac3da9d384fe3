//! The configuration in force, as TOML, with secrets masked.

use std::fmt::Write as _;

use toml::Value;

use super::layers::{Layers, Origin, Setting};

const MASK: &str = "********";

/// Keys whose whole value is a secret.
const SECRETS: &[&str] = &["storage.s3.secret_access_key", "storage.s3.catalogue_secret_access_key"];

/// Keys whose value is an address that may carry a password.
const ADDRESSES: &[&str] = &["database.url", "queue.redis_url", "sandbox.packages.index"];

/// Every setting by section; what is not the default says where it comes from.
pub(crate) fn show(layers: &Layers) -> String {
    let mut rows: Vec<(&str, &str, &str, &Setting)> = layers
        .settings
        .iter()
        .map(|(key, setting)| {
            let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
            (section, name, key.as_str(), setting)
        })
        .collect();
    rows.sort_by_key(|(section, name, ..)| (*section, *name));
    let mut out = String::new();
    let mut open = "";
    for (section, name, key, setting) in rows {
        if section != open {
            let _ = write!(out, "\n[{section}]\n");
            open = section;
        }
        line(&mut out, key, name, setting);
    }
    out
}

fn line(out: &mut String, key: &str, name: &str, setting: &Setting) {
    let value = masked(key, &setting.value);
    let _ = match &setting.origin {
        Origin::Default => writeln!(out, "{name} = {value}"),
        origin => writeln!(out, "{name} = {value}  # from {origin}"),
    };
}

fn masked(key: &str, value: &Value) -> Value {
    match value.as_str() {
        Some(text) if SECRETS.contains(&key) && !text.is_empty() => Value::from(MASK),
        Some(text) if ADDRESSES.contains(&key) => Value::from(without_password(text)),
        _ => value.clone(),
    }
}

/// Masks what stands between the user's name and the host, and a `password` in the query. On the web the name may be
/// the secret (`https://token@host`), so there nothing before the host is shown.
fn without_password(url: &str) -> String {
    let (front, query) = url.split_once('?').map_or((url, None), |(front, query)| (front, Some(query)));
    let front = match front.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
        Some((scheme, (_, host))) if ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) => {
            format!("{scheme}://{MASK}@{host}")
        }
        Some((scheme, (user, host))) => match user.split_once(':') {
            Some((name, _)) => format!("{scheme}://{name}:{MASK}@{host}"),
            None => front.to_owned(),
        },
        None => front.to_owned(),
    };
    let Some(query) = query else { return front };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some(("password", _)) => format!("password={MASK}"),
        _ => pair.to_owned(),
    });
    format!("{front}?{}", pairs.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_masked() {
        let cases = [
            (
                "postgres://airlock:se:cr@et@db/airlock?sslmode=require",
                "postgres://airlock:********@db/airlock?sslmode=require",
            ),
            ("redis://:secret@host/0", "redis://:********@host/0"),
            ("postgres://db/airlock?user=a&password=b", "postgres://db/airlock?user=a&password=********"),
            ("postgres://airlock@db/airlock", "postgres://airlock@db/airlock"),
            ("https://token@index.example/simple", "https://********@index.example/simple"),
            ("HTTPS://reader:se@cret@index.example/simple", "HTTPS://********@index.example/simple"),
            ("https://index.example/simple", "https://index.example/simple"),
            ("sqlite:/srv/a@b:c/airlock.db", "sqlite:/srv/a@b:c/airlock.db"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn the_output_is_a_configuration_again() {
        let mut layers = Layers::new();
        layers.set("--set", "storage.s3.secret_access_key", "hush").expect("known");
        layers.set("--set", "sandbox.packages.index", "https://reader:hush@index.example/simple").expect("known");
        let shown = show(&layers);
        assert!(!shown.contains("hush"));
        assert!(shown.contains("secret_access_key = \"********\"  # from --set"));
        let table: toml::Table = toml::from_str(&shown).expect("TOML");
        assert!(table["limits"]["run"]["wall_ms"].as_integer().is_some());
    }
}
