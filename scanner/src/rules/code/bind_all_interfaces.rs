use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::python::model::Literal;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-bind-all-interfaces",
        title: "Listens on every interface",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(1327),
        bandit: &["B104"],
        ruff: &["S104"],
        remedy: "Listen on `127.0.0.1`, or let configuration name the interface.",
        doc: DOC,
    },
    hooks: &[Hook::Literal("::".len(), literal), Hook::Reach(&["socket.socket().bind", "socket.create_server"], bind)],
};

fn literal<'a>(check: &mut Check<'_, 'a>, literal: &Literal<'a>) {
    let Expr::StringLiteral(string) = literal.expr else { return };
    let text = string.value.to_str();
    let is_every = text == "0.0.0.0" || (text == "::" && literal.label.is_some_and(|label| label.contains("host")));
    if !is_every || literal.is_statement || check.is_apart() {
        return;
    }
    let finding = check.at(literal.expr.range(), format!("\"{text}\" stands for every interface of the machine"));
    check.report(finding);
}

/// An empty host in an address means the same.
fn bind<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called || check.is_apart() {
        return;
    }
    let Some(Expr::Tuple(address)) = site.call.and_then(|call| call.arguments.args.first()) else { return };
    let Some(host) = address.elts.first() else { return };
    if check.text(host, site.place.scope).is_some_and(|host| host.is_empty()) {
        let finding = check.at(site.range, format!("{} listens on every interface of the machine", site.path));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
The literal `"0.0.0.0"`, `"::"` given as a host, and sockets bound to an empty host, outside of tests. Bandit and Ruff rate the address medium; that a server can be reached from outside is often meant, so it is low here, and the network itself is AL-CAPABILITY-network.

## Why it is dangerous
A service that was meant for this machine answers the whole network, often without a password.

## Example
```python
import socket

server = socket.create_server(("0.0.0.0", 8000))
```

## Safe form
```python
import socket

server = socket.create_server(("127.0.0.1", 8000))
```

## References
- [socket.bind](https://docs.python.org/3/library/socket.html#socket.socket.bind)
- CWE-1327: Binding to an Unrestricted IP Address
"##;
