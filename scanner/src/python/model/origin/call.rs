//! What a call gives: its part of the walk.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextSize};

use super::archives::secrets_in;
use super::facts::{FileName, Store, file_name};
use super::keyed::chosen;
use super::secret_file::secret_file;
use super::source::{self, SourceKind, source_of};
use super::trail::What;
use super::walk::{At, BY_FILE, HANDLE, Origins, PART, WEAK, is_below_answer, is_method};
use crate::python::model::constant::decoder;
use crate::python::model::object::{Object, path_of};
use crate::python::model::scope::{BindingId, ScopeId, Value};

/// Where clouds tell their machines about themselves.
pub(crate) const METADATA: &[&str] = &[
    "169.254.169.254",
    "169.254.170.2",
    "metadata.google.internal",
    "metadata.azure.internal",
    "metadata.tencentyun.com",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "0xa9fea9fe",
    "2852039166",
];

/// Programs, and what they are told in order to show the user's tokens.
const TOKENS: &[(&str, &str)] = &[
    ("gh", "auth token"),
    ("glab", "auth status"),
    ("gcloud", "print-access-token"),
    ("gcloud", "print-identity-token"),
    ("az", "get-access-token"),
    ("aws", "configure get"),
    ("aws", "export-credentials"),
    ("git", "credential fill"),
    ("git", "credential-"),
    ("heroku", "auth:token"),
    ("kubectl", "config view"),
    ("kubectl", "get secret"),
    ("vault", "kv get"),
    ("vault", "read"),
    ("op", "item get"),
    ("op", "read"),
    ("bw", "get"),
];

/// What is said of files that are found by going through somebody's folder.
const HOME_WALKED: &str = "~/*";

/// Whether the name of a file is any that is found in the home folder, as [`Model::written`] puts it.
fn walks_home(file: &str) -> bool {
    let below = ["~", "%HOME%", "%USERPROFILE%"].iter().find_map(|home| file.strip_prefix(home));
    below.is_some_and(|below| below.starts_with("/*") || below.starts_with("\\*"))
}

/// What a called path does with its arguments.
enum Given {
    /// The answer has been noted.
    Noted,
    /// The arguments go into it.
    Arguments(At),
}

/// Whether a call gives what a program prints.
pub(super) fn gives_output(path: &str) -> bool {
    matches!(
        path,
        "subprocess.check_output" | "subprocess.run" | "subprocess.Popen" | "subprocess.getoutput" | "os.popen"
    )
}

/// Whether a method gives what comes over a connection: nothing else has methods of such names, whoever made it.
pub(crate) fn receives(method: &str) -> bool {
    matches!(method, "recv" | "recvfrom" | "recvmsg")
}

impl<'a> Origins<'_, 'a> {
    pub(super) fn call(&mut self, call: &'a ExprCall, scope: ScopeId, at: At) {
        let model = self.model;
        if let Some((table, key, default)) = chosen(call)
            && self.under_key(table, key, scope, at)
        {
            return default.into_iter().for_each(|value| self.push(value, scope, at));
        }
        let targets = model.targets(call, scope);
        let mut into = targets.is_empty().then_some(at);
        for target in &targets {
            match &target.object {
                Object::Path(path) => match self.called(path, call, scope, at) {
                    Given::Noted => return,
                    Given::Arguments(at) => into = Some(at),
                },
                Object::Function(function) => {
                    if is_method(model, *function) {
                        self.unknown(at);
                        self.given_below(*function, call.start(), at);
                    }
                    self.enter(*function, call, scope, at);
                }
                Object::Instance(class) => {
                    self.unknown(at);
                    if let Some(function) = model.method(*class, "__call__") {
                        self.enter(function, call, scope, at);
                    }
                }
                _ => {
                    self.unknown(at);
                    into = Some(at.with(WEAK));
                }
            }
        }
        if let Expr::Attribute(attribute) = &*call.func
            && source::opens_its_object(&attribute.attr)
            && self.opened(&attribute.value, call, scope, at)
        {
            return;
        }
        if let Expr::Attribute(attribute) = &*call.func
            && targets.is_empty()
            && receives(&attribute.attr)
        {
            return self.note(SourceKind::Network, "socket.socket().recv", None, true, call.start(), at);
        }
        let Some(at) = into else { return };
        if let Expr::Attribute(attribute) = &*call.func {
            // What a queue gives is what was put into it.
            let chooses = match attribute.attr.as_str() {
                "get" => !call.arguments.args.is_empty(),
                "pop" | "setdefault" | "__getitem__" => true,
                _ => false,
            };
            self.receiver(&attribute.value, scope, if chooses { at.with(PART) } else { at });
        }
        // What a listing of a table gives are its names.
        let lists = targets.iter().any(|target| {
            matches!(
                target.path(),
                Some("builtins.sorted" | "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.frozenset")
            )
        });
        for argument in &call.arguments.args {
            let names = lists && {
                let reached = self.model.resolve(argument, scope);
                reached.iter().any(|reached| matches!(reached.path(), Some("os.environ" | "os.environb")))
            };
            self.push(argument, scope, if names { at.with(PART) } else { at });
        }
        // What a program finds around it is not what it prints.
        let starts = targets
            .iter()
            .filter_map(|target| target.path())
            .any(|path| path.starts_with("subprocess.") || path.starts_with("os.") || path.starts_with("asyncio."));
        for keyword in &call.arguments.keywords {
            if starts && keyword.arg.as_deref() == Some("env") {
                continue;
            }
            self.push(&keyword.value, scope, at);
        }
    }

    /// What classes of other files give, where a method of this one leaves it to them.
    fn given_below(&mut self, function: ScopeId, place: TextSize, at: At) {
        let model = self.model;
        let (inner, exports) = (&model.scopes[function.index()], model.exports);
        let class = inner.parent.map(|class| &model.scopes[class.index()]);
        let class = class.filter(|class| class.parent == Some(ScopeId::MODULE) && model.does_nothing(function));
        if let (Some(exports), Some(class), Some(method)) = (exports, class.and_then(|class| class.name), inner.name)
            && let Some(path) = exports.left_to_others(class, method)
        {
            self.foreign(&path, place, at);
        }
    }

    /// A call of something outside this file.
    fn called(&mut self, path: &str, call: &'a ExprCall, scope: ScopeId, at: At) -> Given {
        let first = call.arguments.args.first();
        let place = call.start();
        if call.arguments.is_empty() && self.constant(&path_of(&[path, "()"])) {
            return Given::Noted;
        }
        if let Some(is_own) = self.model.plain_call(path) {
            return self.passed_on(is_own, at);
        }
        if self.program_output(path, call, scope, at) || self.foreign(&path_of(&[path, "()"]), place, at) {
            return Given::Noted;
        }
        if let Some(kind) = source_of(path) {
            self.source_called(kind, path, call, scope, at);
            return Given::Noted;
        }
        if source::is_harmless(path) {
            return Given::Noted;
        }
        if source::opens_first_argument(path)
            && let Some(file) = first
            && self.opened(file, call, scope, at)
        {
            return Given::Noted;
        }
        if decoder::is_decoder(path) {
            if !at.has(HANDLE) {
                let line = self.model.line(call);
                self.origin.decoded.get_or_insert_with(|| (path.to_owned(), line));
            }
            self.note(SourceKind::Decoded, path, None, true, place, at);
            let trail = self.trail.add(at.trail, place, What::Decoded);
            return Given::Arguments(At { trail, ..at });
        }
        // A function that is not known to give its arguments back in another form may give anything.
        if source::is_pure(path) {
            return Given::Arguments(at);
        }
        self.passed_on(self.model.is_own(path), at)
    }

    /// What is given to something that may make anything of it: a function of the tree gives it back more often than not.
    fn passed_on(&mut self, is_own: bool, at: At) -> Given {
        self.unknown(at);
        Given::Arguments(if is_own { at } else { at.with(WEAK) })
    }

    /// Notes a source that is called, with what it is asked for.
    fn source_called(&mut self, kind: SourceKind, path: &str, call: &'a ExprCall, scope: ScopeId, at: At) {
        let place = call.start();
        if is_below_answer(path)
            && let Expr::Attribute(attribute) = &*call.func
        {
            // The request itself says more than what is read off its answer.
            self.push(&attribute.value, scope, at);
            return;
        }
        let first = call.arguments.args.first().or_else(|| call.arguments.keywords.first().map(|word| &word.value));
        let text = |expr: &'a Expr| self.model.constant(expr, scope).and_then(|folded| folded.value.into_text());
        match kind {
            SourceKind::Environment => {
                let last = path.rsplit('.').next().unwrap_or(path);
                match first {
                    Some(key)
                        if matches!(last, "getenv" | "getenvb" | "get" | "pop" | "setdefault" | "__getitem__") =>
                    {
                        self.variables(path, key, place, scope, at);
                    }
                    _ => self.note(kind, path, None, true, place, at),
                }
            }
            SourceKind::Keyring => {
                let name = first.and_then(text);
                self.note(kind, path, name, true, place, at);
            }
            SourceKind::Network => self.answered(path, call, scope, at),
            SourceKind::File => {
                self.note(kind, path, None, true, place, at);
                if let Expr::Attribute(attribute) = &*call.func {
                    if source::opens_its_object(&attribute.attr) {
                        self.opened(&attribute.value, call, scope, at);
                    }
                    self.receiver(&attribute.value, scope, at.with(HANDLE));
                }
            }
            _ => self.note(kind, path, None, true, place, at),
        }
    }

    /// An answer from the network; that of a cloud's own address is more.
    fn answered(&mut self, path: &str, call: &'a ExprCall, scope: ScopeId, at: At) {
        let last = path.rsplit('.').next().unwrap_or(path);
        let position =
            usize::from(matches!(last, "request" | "stream" | "urlopen") && !path.starts_with("urllib.request"));
        if !self.is_collecting()
            && let Some(url) = call.arguments.find_argument_value("url", position)
        {
            let beginnings = self.model.beginnings(url, scope);
            let metadata = beginnings.into_iter().find(|text| METADATA.iter().any(|host| text.contains(host)));
            if let Some(address) = metadata {
                self.note(SourceKind::Metadata, path, Some(address), true, call.start(), at);
            }
        }
        // What `urlretrieve` gives is the name of the file that holds the answer.
        let at = if last == "urlretrieve" { At { flags: (at.flags & !HANDLE) | BY_FILE, ..at } } else { at };
        self.note(SourceKind::Network, path, None, true, call.start(), at);
    }

    /// A file being opened: notes what it is known to hold. `false` where nothing is known of it.
    fn opened(&mut self, file: &'a Expr, call: &'a ExprCall, scope: ScopeId, at: At) -> bool {
        if self.is_collecting() {
            return false;
        }
        let literals = self.model.literals_in(file, scope);
        if let Some((kind, name)) = secret_file(&literals)
            && !self.model.names_public(file, scope)
        {
            self.note(kind, "builtins.open", Some(name), !at.has(PART), call.start(), at);
            return true;
        }
        if walks_home(&self.model.written_first(file, scope)) {
            self.note(SourceKind::Credentials, "builtins.open", Some(HOME_WALKED.into()), true, call.start(), at);
            return true;
        }
        self.stored(file, scope, at)
    }

    /// What the code itself wrote into a file; `true` where that is another file that holds a secret.
    pub(super) fn stored(&mut self, file: &'a Expr, scope: ScopeId, at: At) -> bool {
        let model = self.model;
        let facts = model.facts();
        if facts.stores.is_empty() {
            return false;
        }
        let mut found = false;
        secrets_in(model, file, scope, 0, &mut |kind, name, data| {
            self.note(kind, "builtins.open", Some(name), !at.has(PART), data.start(), at);
            found = true;
        });
        let Some(name) = file_name(model, file, scope) else { return found };
        for store in facts.stores.iter().filter(|store| !store.is_copy && store.file == name) {
            self.contents(store, at);
        }
        found
    }

    fn contents(&mut self, store: &Store<'a>, at: At) {
        if self.first_time("", store.data, at) {
            let trail = self.trail.add(at.trail, store.data.start(), What::Written);
            let flags = (at.flags & !HANDLE) | BY_FILE;
            self.push(store.data, store.scope, At { trail, flags, ..at });
        }
    }

    /// What the code itself put into a buffer that it uses as an archive.
    pub(super) fn buffered(&mut self, ids: &[BindingId], at: At) {
        let model = self.model;
        let is_here =
            |store: &&Store<'a>| store.in_memory && matches!(&store.file, FileName::Bound(other) if other == ids);
        for store in model.facts().stores.iter().filter(is_here) {
            if !store.is_copy {
                self.contents(store, at);
            } else if let Some((kind, name)) = secret_file(&model.literals_in(store.data, store.scope)) {
                self.note(kind, "builtins.open", Some(name), !at.has(PART), store.data.start(), at);
            } else {
                secrets_in(model, store.data, store.scope, 1, &mut |kind, name, data| {
                    self.note(kind, "builtins.open", Some(name), !at.has(PART), data.start(), at);
                });
            }
        }
    }

    /// The output of a program that tells the clipboard, the environment or a stored password.
    fn program_output(&mut self, path: &str, call: &'a ExprCall, scope: ScopeId, at: At) -> bool {
        let gives = gives_output(path) && !self.is_collecting();
        let Some(command) = call.arguments.args.first().filter(|_| gives) else {
            return false;
        };
        let line = self.model.written_first(command, scope);
        let kind = match line.split_whitespace().next().map(|word| word.rsplit('/').next().unwrap_or(word)) {
            Some("pbpaste" | "wl-paste") => SourceKind::Clipboard,
            Some("xclip" | "xsel") if line.contains("-o") => SourceKind::Clipboard,
            Some("powershell" | "pwsh") if line.to_ascii_lowercase().contains("get-clipboard") => SourceKind::Clipboard,
            Some("printenv" | "env") if line.split_whitespace().count() == 1 => {
                self.note(SourceKind::Environment, path, None, true, call.start(), at);
                return true;
            }
            Some(program) if TOKENS.iter().any(|(known, words)| *known == program && line.contains(words)) => {
                SourceKind::Credentials
            }
            Some("security") if line.contains("find-generic-password") || line.contains("dump-keychain") => {
                SourceKind::Keyring
            }
            Some("secret-tool" | "pass") if line.contains("lookup") || line.contains("show") => SourceKind::Keyring,
            Some("cat" | "type" | "base64") => match secret_file(std::slice::from_ref(&line.replace(' ', "/"))) {
                Some((kind, _)) => kind,
                None => return false,
            },
            _ => return false,
        };
        self.note(kind, path, Some(line), true, call.start(), at);
        true
    }

    /// The object whose method is called; a module is not data.
    fn receiver(&mut self, base: &'a Expr, scope: ScopeId, at: At) {
        if let Expr::Name(name) = base {
            let Some(ids) = self.model.lookup(&name.id, scope) else { return };
            let is_import = |value: &Value<'_>| matches!(value, Value::Import(_));
            if ids.iter().all(|id| is_import(&self.model.bindings[id.index()].bound.value)) {
                return;
            }
        }
        self.push(base, scope, at);
    }
}
