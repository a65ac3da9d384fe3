use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-plaintext-protocol",
        title: "A protocol that sends passwords in the clear",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(319),
        bandit: &["B312", "B321"],
        ruff: &["S312", "S321"],
        remedy: "Use SSH or SFTP, or `ftplib.FTP_TLS`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(&["telnetlib.Telnet", "ftplib.FTP"], check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called {
        let number = if site.path.starts_with("telnetlib") { "312" } else { "321" };
        let finding = check.at_only(site.range, format!("{} speaks without encryption", site.path), &[number]);
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
`telnetlib.Telnet` and `ftplib.FTP`. Bandit rates them high; the connection itself is AL-CAPABILITY-network, and what remains is low here.

## Why it is dangerous
Everyone on the way reads the password and can change what is sent.

## Example
```python
import ftplib

def read(host, user, password):
    return ftplib.FTP(host, user, password)
```

## Safe form
```python
import ftplib

def read(host, user, password):
    connection = ftplib.FTP_TLS(host, user, password)
    connection.prot_p()
    return connection
```

## References
- [ftplib.FTP_TLS](https://docs.python.org/3/library/ftplib.html#ftplib.FTP_TLS)
- CWE-319: Cleartext Transmission of Sensitive Information
"##;
