//! The author block.

use airlock_model::escape;
use airlock_model::finding::Finding;
use airlock_model::manifest::Author;
use airlock_model::manifest::fields::{AUTHOR, keys};

use super::faults::Faults;
use super::fields::{self, Block, Lines, Null};
use super::node::Node;
use super::{rules, url};

const KNOWN: &[&str] = &keys(&AUTHOR);

/// The form named in remedies.
pub(super) const FORM: &str = "author: {name: Ada Lovelace}";

/// Reads the author of the manifest.
pub(super) fn read(root: &Block<'_>, faults: &mut Faults<'_>) -> Author {
    let nobody = Author { name: String::new(), email: None, url: None, github: None };
    let Some(node) = present(root, faults) else { return nobody };
    if let Some(scalar) = node.scalar() {
        fields::wrong_type("author", node, "a mapping", &from_text(&scalar.text), faults);
        return nobody;
    }
    let Some(block) = Block::of(node, root.path("author"), KNOWN, FORM, faults) else { return nobody };
    let name = block.required("name", Lines::One, "name: Ada Lovelace", faults);
    let email = block.text("email", Null::Absent, Lines::One, faults);
    if let Some(email) = email.filter(|email| !is_email(email.text)) {
        let message = format!("`author.email` is {}, which is no e-mail address", escape::quoted(email.text));
        faults.add(email.span, Finding::of(&rules::CONTACT, message));
    }
    let github = block.text("github", Null::Absent, Lines::One, faults);
    if let Some(github) = github.filter(|github| !is_github(github.text)) {
        let shown = escape::quoted(github.text);
        let message = format!("`author.github` is {shown}, which is no GitHub user name");
        let finding = Finding::of(&rules::CONTACT, message);
        let near = github.text.trim_end_matches('/').rsplit(['/', '@']).next().filter(|name| is_github(name));
        faults.add(
            github.span,
            match near {
                Some(near) => finding.remedy(format!("Write only the name: `github: {near}`.")),
                None => finding.remedy("Write only the name, without address or '@'."),
            },
        );
    }
    let author = Author {
        name: name.map(|name| name.owned()).unwrap_or_default(),
        email: email.map(|email| email.owned()),
        url: url::field(&block, "url", faults),
        github: github.map(|github| github.owned()),
    };
    block.note_unknown(faults);
    author
}

fn present<'n>(root: &Block<'n>, faults: &mut Faults<'_>) -> Option<&'n Node> {
    let node = super::node::find(root.entries, "author").map(|entry| &entry.value).filter(|node| !node.is_null());
    if node.is_none() {
        root.missing("author", FORM, faults);
    }
    node
}

/// The block that says what `Name <address>` says.
pub(super) fn from_text(text: &str) -> String {
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim().trim_end_matches('>')),
        None => (text.trim(), ""),
    };
    let name = super::dialect::written(name);
    if is_email(email) {
        format!("author: {{name: {name}, email: {}}}", super::dialect::written(email))
    } else {
        format!("author: {{name: {name}}}")
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

fn is_github(text: &str) -> bool {
    (1..=39).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
