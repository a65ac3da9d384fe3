use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-snmp",
        title: "SNMP without encryption",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(319),
        bandit: &["B508", "B509"],
        ruff: &["S508", "S509"],
        remedy: "Use version 3 with both an authentication and a privacy key.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(COMMUNITIES, community), Hook::Reach(USERS, user)],
};

/// Names and passwords in the clear.
const COMMUNITIES: &[&str] = &[
    "pysnmp.hlapi.CommunityData",
    "pysnmp.hlapi.asyncio.CommunityData",
    "pysnmp.hlapi.v1arch.CommunityData",
    "pysnmp.hlapi.v3arch.CommunityData",
    "pysnmp.hlapi.v3arch.asyncio.CommunityData",
    "pysnmp.entity.rfc3413.oneliner.cmdgen.CommunityData",
];

/// Users of version 3.
const USERS: &[&str] = &[
    "pysnmp.hlapi.UsmUserData",
    "pysnmp.hlapi.asyncio.UsmUserData",
    "pysnmp.hlapi.v3arch.UsmUserData",
    "pysnmp.hlapi.v3arch.asyncio.UsmUserData",
    "pysnmp.entity.rfc3413.oneliner.cmdgen.UsmUserData",
];

fn community<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(model) = site.argument("mpModel", 2) else { return };
    if let Some(number @ (0 | 1)) = check.number(model, site.place.scope) {
        let version = if number == 0 { "1" } else { "2c" };
        let message = format!("{} speaks SNMP version {version}, in the clear", site.path);
        let finding = check.at_only(site.range, message, &["508"]);
        check.report(finding);
    }
}

fn user<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let is_open = |name: &str| name == "privKey" || name == "authKey";
    let keywords = call.arguments.keywords.iter();
    let given = keywords.clone().filter(|keyword| keyword.arg.as_deref().is_some_and(is_open)).count();
    let spread = keywords.clone().any(|keyword| keyword.arg.is_none());
    if call.arguments.args.len() + given < 3 && !spread {
        let finding = check.at_only(site.range, format!("{} is given no key for encryption", site.path), &["509"]);
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
`CommunityData` of pysnmp for version 1 or 2c, and `UsmUserData` without keys for authentication and privacy.

## Why it is dangerous
Everyone on the way reads the community's name, which serves as the password, and can then change the settings of the device.

## Example
```python
from pysnmp.hlapi import CommunityData

community = CommunityData("public", mpModel=0)
```

## Safe form
```python
from pysnmp.hlapi import UsmUserData

def user(name, authentication, privacy):
    return UsmUserData(name, authentication, privacy)
```

## References
- [RFC 3414: User-based Security Model](https://www.rfc-editor.org/rfc/rfc3414)
- CWE-319: Cleartext Transmission of Sensitive Information
"##;
