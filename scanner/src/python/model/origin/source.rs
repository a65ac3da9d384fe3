//! The places outside a program that data comes from, and the functions that hand
//! data on as it is.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::answers::{CLIENTS, FAMILIES, is_of_answer};
use crate::python::model::object::top_of;

/// A place outside the program that data comes from; graver ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum SourceKind {
    /// The answer of a network request.
    Network,
    /// The answer of a language model.
    Model,
    /// Standard input, the command line, the request that a web server answers.
    User,
    /// A private key.
    KeyFile,
    /// A file that holds credentials, or the history of a shell.
    Credentials,
    /// A store of passwords that the operating system keeps.
    Keyring,
    /// What a cloud tells its machines about themselves.
    Metadata,
    /// The clipboard.
    Clipboard,
    /// Environment variables.
    Environment,
    /// A file's contents.
    File,
    /// What a decoder made of something.
    Decoded,
}

impl SourceKind {
    /// Whether data of this kind is told to the files that take it from this one.
    pub(super) const fn goes_out(self) -> bool {
        !matches!(self, Self::File | Self::Decoded)
    }

    /// The source in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Network => "an answer from the network",
            Self::Model => "a language model's answer",
            Self::User => "what a user typed",
            Self::KeyFile => "a private key",
            Self::Credentials => "stored credentials",
            Self::Keyring => "a stored password",
            Self::Metadata => "the cloud's metadata",
            Self::Clipboard => "the clipboard",
            Self::Environment => "the environment",
            Self::File => "a file's contents",
            Self::Decoded => "decoded data",
        }
    }
}

/// Beginnings of paths of network clients.
const NETWORK: &[&str] = &[
    "requests.",
    "httpx.",
    "aiohttp.",
    "urllib3.",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib.request.Request",
    "urllib.request.build_opener",
    "urllib.request.OpenerDirector",
    "urllib.request.URLopener",
    "urllib.request.FancyURLopener",
    "urllib.urlopen",
    "urllib2.",
    "http.client.",
    "socket.socket().recv",
    "socket.create_connection().recv",
    "socket.socket().makefile",
    "socket.create_connection().makefile",
    "ssl.wrap_socket().re",
    "ssl.SSLContext().wrap_socket().re",
    "ssl.create_default_context().wrap_socket().re",
    "ftplib.",
    "telnetlib.",
    "websocket.",
    "websockets.",
    "smtplib.",
    "poplib.",
    "imaplib.",
    "xmlrpc.client.",
];
/// Beginnings of what a user says.
const USER: &[&str] = &[
    "builtins.input",
    "sys.stdin",
    "sys.argv",
    "getpass.getpass",
    "fileinput.input",
    "flask.request.",
    "bottle.request.",
    "cherrypy.request.",
];
/// Beginnings of what the environment holds.
const ENVIRONMENT: &[&str] = &["os.environ", "os.getenv", "os.environb", "os.getenvb"];

/// First components of all paths that may be sources, each with how what follows begins, to pass over most in one look.
static ROOTS: LazyLock<FxHashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let listed = NETWORK.iter().chain(USER).chain(ENVIRONMENT).chain(CLIENTS).copied();
    let mut roots: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for path in listed.chain(STORES.iter().map(|(store, _)| *store)).chain(["builtins.open", "pathlib."]) {
        let top = top_of(path);
        let second = path[top.len()..].trim_start_matches('.').split(['.', '(', '*']).next().unwrap_or_default();
        let seconds = roots.entry(top).or_default();
        if !seconds.contains(&second) {
            seconds.push(second);
        }
    }
    roots
});

/// Whether a path may be a source, by its first two components.
fn begins_as_source(path: &str) -> bool {
    let top = top_of(path);
    let rest = path[top.len()..].trim_start_matches('.');
    ROOTS.get(top).is_some_and(|seconds| seconds.iter().any(|second| rest.starts_with(second)))
        || FAMILIES.iter().any(|family| path.starts_with(family))
}

/// The source that a qualified path is.
pub(crate) fn source_of(path: &str) -> Option<SourceKind> {
    if !begins_as_source(path) {
        return None;
    }
    let starts = |list: &[&str]| list.iter().any(|start| path.starts_with(start));
    if starts(NETWORK) {
        let is_request =
            path.contains("()") || path.rsplit('.').next().is_some_and(|last| NETWORK_CALLS.contains(&last));
        return is_request.then_some(SourceKind::Network);
    }
    if starts(USER) {
        return Some(SourceKind::User);
    }
    if starts(ENVIRONMENT) {
        return Some(SourceKind::Environment);
    }
    if is_of_answer(path) {
        return Some(SourceKind::Model);
    }
    if let Some((_, kind)) = STORES.iter().find(|(store, _)| is_at_or_below(path, store)) {
        return Some(*kind);
    }
    let reads = matches!(path, "builtins.open().read" | "builtins.open().readline" | "builtins.open().readlines")
        || (path.starts_with("pathlib.") && (path.ends_with(".read_text") || path.ends_with(".read_bytes")));
    reads.then_some(SourceKind::File)
}

/// Functions that give what is kept for the user, or what the user copied.
pub(crate) const STORES: &[(&str, SourceKind)] = &[
    ("pyperclip.paste", SourceKind::Clipboard),
    ("clipboard.paste", SourceKind::Clipboard),
    ("xerox.paste", SourceKind::Clipboard),
    ("klembord.get_text", SourceKind::Clipboard),
    ("win32clipboard.GetClipboardData", SourceKind::Clipboard),
    ("tkinter.Tk().clipboard_get", SourceKind::Clipboard),
    ("tkinter.Tk().selection_get", SourceKind::Clipboard),
    ("pandas.read_clipboard", SourceKind::Clipboard),
    ("PIL.ImageGrab.grabclipboard", SourceKind::Clipboard),
    ("PyQt5.QtWidgets.QApplication.clipboard()", SourceKind::Clipboard),
    ("PyQt6.QtWidgets.QApplication.clipboard()", SourceKind::Clipboard),
    ("PySide6.QtWidgets.QApplication.clipboard()", SourceKind::Clipboard),
    ("keyring.get_password", SourceKind::Keyring),
    ("keyring.get_credential", SourceKind::Keyring),
    ("keyring.get_keyring().get_password", SourceKind::Keyring),
    ("keyring.get_keyring().get_credential", SourceKind::Keyring),
    ("secretstorage.get_default_collection()", SourceKind::Keyring),
    ("secretstorage.get_any_collection()", SourceKind::Keyring),
    ("secretstorage.get_all_collections", SourceKind::Keyring),
    ("secretstorage.search_items", SourceKind::Keyring),
    ("secretstorage.Collection()", SourceKind::Keyring),
    ("win32crypt.CryptUnprotectData", SourceKind::Keyring),
    ("win32cred.CredRead", SourceKind::Keyring),
    ("win32cred.CredEnumerate", SourceKind::Keyring),
    ("browser_cookie3.*", SourceKind::Credentials),
    ("browsercookie.*", SourceKind::Credentials),
    ("rookiepy.*", SourceKind::Credentials),
    ("netrc.netrc", SourceKind::Credentials),
    ("huggingface_hub.get_token", SourceKind::Credentials),
    ("huggingface_hub.HfFolder.get_token", SourceKind::Credentials),
    ("google.auth.default", SourceKind::Credentials),
    ("boto3.Session().get_credentials", SourceKind::Credentials),
    ("boto3.session.Session().get_credentials", SourceKind::Credentials),
    ("botocore.session.get_session().get_credentials", SourceKind::Credentials),
];

/// Whether a path is a listed one, or what calling or reading it gives.
fn is_at_or_below(path: &str, listed: &str) -> bool {
    match listed.strip_suffix('*') {
        Some(below) => path.starts_with(below),
        None => path.strip_prefix(listed).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(', '['])),
    }
}

/// Functions of the network clients that give the answer.
const NETWORK_CALLS: &[&str] =
    &["get", "post", "put", "patch", "delete", "request", "urlopen", "urlretrieve", "stream", "recv", "build_opener"];

/// Functions that open the file that their first argument names.
pub(crate) fn opens_first_argument(path: &str) -> bool {
    matches!(
        path,
        "builtins.open"
            | "os.open"
            | "codecs.open"
            | "gzip.open"
            | "bz2.open"
            | "lzma.open"
            | "aiofiles.open"
            | "sqlite3.connect"
            | "zipfile.ZipFile"
            | "tarfile.open"
            | "linecache.getlines"
            | "linecache.getline"
            | "dotenv.dotenv_values"
            | "pandas.read_csv"
            | "pandas.read_json"
            | "numpy.fromfile"
            | "mmap.mmap"
    )
}

/// Methods that give the contents of the file that their object names.
pub(crate) fn opens_its_object(method: &str) -> bool {
    matches!(method, "read_text" | "read_bytes" | "open")
}

/// Values that no outsider chooses, and functions that make theirs safe for a shell.
pub(crate) fn is_harmless(path: &str) -> bool {
    matches!(
        path,
        "sys.executable"
            | "sys.platform"
            | "sys.prefix"
            | "sys.version_info"
            | "sys.version"
            | "os.name"
            | "os.sep"
            | "os.devnull"
            | "os.getpid"
            | "os.getcwd"
            | "os.linesep"
            | "os.path.exists"
            | "os.path.isfile"
            | "os.path.isdir"
            | "os.path.getsize"
            | "shlex.quote"
            | "pipes.quote"
            | "shlex.join"
            | "subprocess.list2cmdline"
            | "tempfile.mkdtemp"
            | "tempfile.gettempdir"
            | "time.time"
            | "builtins.len"
            | "builtins.int"
            | "builtins.float"
            | "builtins.bool"
            | "builtins.id"
            | "builtins.isinstance"
            | "builtins.callable"
            | "builtins.hash"
            | "builtins.any"
            | "builtins.all"
    ) || path.starts_with("string.")
        || path.starts_with("platform.")
}

/// Functions whose result is made of their arguments only, and shows them.
pub(crate) fn is_pure(path: &str) -> bool {
    const MODULES: &[&str] = &[
        "os.path.",
        "os.fs",
        "textwrap.",
        "functools.",
        "itertools.",
        "codecs.",
        "json.dump",
        "json.load",
        "base64.",
        "binascii.",
        "urllib.parse.",
        "pprint.",
        "copy.",
        "cryptography.fernet.Fernet().",
        "sqlite3.connect().",
        "queue.",
        "asyncio.Queue().",
        "multiprocessing.Queue().",
        "multiprocessing.SimpleQueue().",
        "multiprocessing.JoinableQueue().",
    ];
    // A method of a text that was made of something: `repr(x).encode()`.
    const TEXTS: &[&str] =
        &["builtins.str().", "builtins.repr().", "builtins.bytes().", "builtins.bytearray().", "builtins.format()."];
    // Of what a program printed.
    const OUTPUTS: &[&str] = &[
        "subprocess.check_output().",
        "subprocess.getoutput().",
        "subprocess.run().stdout.",
        "subprocess.Popen().stdout.",
        "subprocess.Popen().communicate",
        "os.popen().",
    ];
    MODULES.iter().chain(TEXTS).chain(OUTPUTS).any(|module| path.starts_with(module))
        || matches!(
            path,
            "builtins.str"
                | "builtins.bytes"
                | "builtins.bytearray"
                | "builtins.chr"
                | "builtins.ord"
                | "builtins.repr"
                | "builtins.list"
                | "builtins.tuple"
                | "builtins.set"
                | "builtins.map"
                | "builtins.reversed"
                | "builtins.sorted"
                | "builtins.zip"
                | "builtins.range"
                | "builtins.enumerate"
                | "builtins.format"
                | "builtins.hex"
                | "builtins.str.join"
                | "builtins.dict"
                | "builtins.compile"
                | "shlex.split"
                | "pathlib.Path"
                | "pathlib.PurePath"
                | "builtins.next"
                | "builtins.iter"
                | "builtins.filter"
                | "builtins.sum"
                | "builtins.getattr"
                | "builtins.memoryview"
                | "builtins.vars"
                | "zlib.compress"
                | "gzip.compress"
                | "bz2.compress"
                | "lzma.compress"
                | "pickle.dumps"
                | "marshal.dumps"
                | "yaml.dump"
                | "yaml.safe_dump"
                | "io.StringIO"
                | "io.BytesIO"
                | "urllib.request.Request"
                | "requests.Request"
        )
}
