//! The lists of the rules about code and about agents.

use super::{How, MEANING, QUIET};
use How::{Found, Not, Path as ByPath};

pub(super) const LISTS: &[(&str, &str, How)] = &[
    ("rules/agent/model_output_sql.rs", "QUERIES", ByPath),
    ("rules/agent/model_output_template.rs", "TEMPLATES", ByPath),
    (
        "rules/agent/parameter_sql.rs",
        "METHODS",
        Found(
            "@tool\ndef find(name):\n    db.WORD(f\"select a from b where c = '{name}'\")\n",
            "AL-AGENT-parameter-sql",
        ),
    ),
    (
        "rules/agent/parameter_sql.rs",
        "VERBS",
        Found(
            "@tool\ndef find(name):\n    db.execute(f\"WORD a from b where c = '{name}'\")\n",
            "AL-AGENT-parameter-sql",
        ),
    ),
    (
        "rules/agent/parameter_template.rs",
        "TEMPLATES",
        Found("@tool\ndef show(name):\n    CALL(name)\n", "AL-AGENT-parameter-template"),
    ),
    ("rules/agent/readonly_tool_writes.rs", "ADMITS", Not(QUIET)),
    (
        "rules/agent/readonly_tool_writes.rs",
        "PROMISES",
        Found(
            "import os\n\n@tool\ndef notes(name):\n    \"\"\"The notes, WORD.\"\"\"\n    os.remove(name)\n",
            "AL-AGENT-readonly-tool-writes",
        ),
    ),
    (
        "rules/agent/readonly_tool_writes.rs",
        "READS",
        Found(
            "import os\n\n@tool\ndef WORD_notes(name):\n    \"\"\"The notes.\"\"\"\n    os.remove(name)\n",
            "AL-AGENT-readonly-tool-writes",
        ),
    ),
    (
        "rules/agent/readonly_tool_writes.rs",
        "SENDERS",
        Found("@tool\ndef show(name):\n    \"\"\"Read-only.\"\"\"\n    CALL(name)\n", "AL-AGENT-readonly-tool-writes"),
    ),
    (
        "rules/agent/unattended_agent.rs",
        "AGENTS",
        Found("import subprocess\nsubprocess.run(['WORD', '--yolo', '-p', 'x'])\n", "AL-AGENT-unattended-agent"),
    ),
    (
        "rules/agent/unattended_agent.rs",
        "OPTIONS",
        Found("import subprocess\nsubprocess.run(['claude', 'WORD', '-p', 'x'])\n", "AL-AGENT-unattended-agent"),
    ),
    ("rules/code/archive_extract.rs", "KNOWN", Found("def run(x):\n    CALL(x)\n", "AL-CODE-archive-extract")),
    ("rules/code/dynamic_dispatch.rs", "BY_NAME", ByPath),
    ("rules/code/dynamic_dispatch.rs", "DANGEROUS", Not(MEANING)),
    ("rules/code/dynamic_dispatch.rs", "LISTINGS", ByPath),
    ("rules/code/dynamic_dispatch.rs", "WALKS", Not(MEANING)),
    ("rules/code/dynamic_dispatch/tables.rs", "ROWS", ByPath),
    ("rules/code/dynamic_dispatch/tables.rs", "SERVERS", ByPath),
    ("rules/code/dynamic_dispatch/tables.rs", "SPREADS", Not(MEANING)),
    (
        "rules/code/dynamic_dispatch/telling.rs",
        "PROGRAMS",
        Found("def run(x):\n    x.y.system('WORD a')\n", "AL-CODE-dynamic-dispatch"),
    ),
    ("rules/code/dynamic_dispatch/telling.rs", "DOORS", Not(MEANING)),
    ("rules/code/dynamic_dispatch/telling.rs", "KEYS", Not(MEANING)),
    ("rules/code/dynamic_dispatch/telling.rs", "METHODS", Not(MEANING)),
    ("rules/code/file_permissions.rs", "MODES", Found("CALL('a', 0o777)\nCALL(0o777)\n", "AL-CODE-file-permissions")),
    ("rules/code/hardcoded_password.rs", "ABOUT", Not(QUIET)),
    ("rules/code/hardcoded_password.rs", "WORDS", Found("x_WORD = 'kT3#vQ9z'\n", "AL-CODE-hardcoded-password")),
    ("rules/code/hardcoded_secret.rs", "NAMES", Found("WORD = 'kT3vQ9zLw82Hd7PqXe41'\n", "AL-CODE-hardcoded-secret")),
    ("rules/code/hardcoded_secret.rs", "PLACEHOLDERS", Not(QUIET)),
    (
        "rules/code/insecure_random.rs",
        "GENERATORS",
        Found("def make_token():\n    return CALL(1)\n", "AL-CODE-insecure-random"),
    ),
    ("rules/code/no_timeout.rs", "LIMITED", Found("CALL('https://x.test/', timeout=None)\n", "AL-CODE-no-timeout")),
    ("rules/code/no_timeout.rs", "WAITING", Found("CALL('https://x.test/')\n", "AL-CODE-no-timeout")),
    (
        "rules/code/partial_path.rs",
        "SEARCHERS",
        Not("beginnings of paths of `paths::PROCESSES`, each of which is called by the test beside this one"),
    ),
    ("rules/code/remote_command.rs", "SENDERS", ByPath),
    ("rules/code/snmp.rs", "COMMUNITIES", Found("CALL('public', mpModel=0)\n", "AL-CODE-snmp")),
    ("rules/code/snmp.rs", "USERS", Found("CALL('name')\n", "AL-CODE-snmp")),
    ("rules/code/sql_injection.rs", "ARTICLES", Not(QUIET)),
    ("rules/code/sql_injection.rs", "EXECUTORS", Not(QUIET)),
    ("rules/code/sql_injection.rs", "VERBS", Not(QUIET)),
    ("rules/code/template_autoescape.rs", "JINJA", Found("CALL()\n", "AL-CODE-template-autoescape")),
    ("rules/code/template_autoescape.rs", "MAKO", Found("CALL('x')\n", "AL-CODE-template-autoescape")),
    ("rules/code/temporary_path.rs", "FOLDERS", Found("open('WORD/a.txt', 'w')\n", "AL-CODE-temporary-path")),
    (
        "rules/code/tls_unverified.rs",
        "CLIENTS",
        Found(
            "import WORD\n\nWORD.request('GET', 'https://x.test/', verify=False)\nWORD.client('s3', verify=False)\n",
            "AL-CODE-tls-unverified",
        ),
    ),
    ("rules/code/tls_unverified.rs", "CONTEXTS", Found("CALL()\n", "AL-CODE-tls-unverified")),
    (
        "rules/code/tls_unverified.rs",
        "KEYWORDS",
        Found(
            "import aiohttp\nimport requests\nimport ssl\nimport urllib3\n\nrequests.get('https://x.test/', WORD=False)\naiohttp.ClientSession().get('https://x.test/', WORD=False)\nurllib3.PoolManager(WORD=ssl.CERT_NONE)\nrequests.get('https://x.test/', WORD=True)\n",
            "AL-CODE-tls-unverified",
        ),
    ),
    (
        "rules/code/tls_unverified.rs",
        "VERBS",
        Found(
            "import requests\n\ndef run(client):\n    client.WORD('https://x.test/', verify=False)\n",
            "AL-CODE-tls-unverified",
        ),
    ),
    (
        "rules/code/tls_version.rs",
        "BROKEN",
        Found(
            "import ssl\nfrom OpenSSL import SSL\n\nssl.SSLContext(ssl.WORD)\nSSL.Context(SSL.WORD)\n",
            "AL-CODE-tls-version",
        ),
    ),
    (
        "rules/code/unescaped_markup.rs",
        "DJANGO",
        Found("def run(x):\n    return CALL(x)\n", "AL-CODE-unescaped-markup"),
    ),
    (
        "rules/code/unescaped_markup.rs",
        "MARKUP",
        Found("def run(x):\n    return CALL(x)\n", "AL-CODE-unescaped-markup"),
    ),
    ("rules/code/unpinned_model.rs", "DOWNLOADS", Found("CALL('a/b')\n", "AL-CODE-unpinned-model")),
    (
        "rules/code/unpinned_model.rs",
        "LIBRARIES",
        Found("import WORD\n\nWORD.AutoModel.from_pretrained('a/b')\n", "AL-CODE-unpinned-model"),
    ),
    ("rules/code/url_scheme.rs", "OPENERS", Found("def run(x):\n    CALL(x)\n", "AL-CODE-url-scheme")),
    ("rules/code/weak_cipher.rs", "CIPHERS", Found("def run(x):\n    CALL(x)\n", "AL-CODE-weak-cipher")),
    ("rules/code/weak_cipher.rs", "MODES", Found("CALL()\n", "AL-CODE-weak-cipher")),
    ("rules/code/weak_hash.rs", "LIBRARIES", Found("CALL()\n", "AL-CODE-weak-hash")),
    (
        "rules/code/weak_hash.rs",
        "PASSWORDS",
        Found("import crypt\n\nCALL('x', crypt.METHOD_CRYPT)\nCALL(crypt.METHOD_CRYPT)\n", "AL-CODE-weak-hash"),
    ),
    ("rules/code/weak_hash.rs", "STANDARD", Found("CALL('md5')\nCALL(b'x')\n", "AL-CODE-weak-hash")),
    ("rules/code/weak_key.rs", "CURVED", ByPath),
    (
        "rules/code/weak_key.rs",
        "SHORT_CURVES",
        Found(
            "from cryptography.hazmat.primitives.asymmetric import ec\n\nec.generate_private_key(ec.WORD)\n",
            "AL-CODE-weak-key",
        ),
    ),
    ("rules/code/weak_key.rs", "SIZED", ByPath),
    (
        "rules/code/wildcard_injection.rs",
        "PROGRAMS",
        Found("import os\n\nos.system('WORD a *')\n", "AL-CODE-wildcard-injection"),
    ),
    ("rules/code/xml_parser.rs", "PARSERS", Found("def run(x):\n    CALL(x)\n", "AL-CODE-xml-parser")),
];
