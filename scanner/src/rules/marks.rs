//! Words that mark a text as an address, a path or a command of a known kind. One
//! search over each text finds all of them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use ruff_text_size::TextRange;

use super::addresses::is_below;
use super::check::Check;
use super::paths;
use crate::python::model::written::GAP;
use airlock_model::finding::Evidence;

/// How many marks of one file a rule is asked about.
pub(crate) const MARKS_PER_RULE: u32 = 200;

/// What kind of text a word marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Pools and programs that mine.
    Miner,
    /// Services that show whoever owns the address what is sent there.
    Catcher,
    /// Chat services' addresses for incoming messages.
    Webhook,
    /// Sites for pasted text.
    Paste,
    /// Sites for files of anybody.
    Drop,
    /// Ways into a machine behind a firewall.
    Tunnel,
    /// Addresses that stand for others.
    Shortener,
    /// Names that anybody can have for a home machine, and hidden services.
    DynamicName,
    /// Services that tell the asker's own address.
    AddressLookup,
    /// A cloud machine's own credentials.
    Metadata,
    /// Keys and tokens of developers' tools.
    Credential,
    /// What a browser keeps.
    Browser,
    /// What a wallet keeps.
    Wallet,
    /// What a messenger keeps.
    Messenger,
    /// The system's own passwords.
    Passwords,
    /// What was typed into a shell.
    History,
    /// Signs of a virtual machine or of an analyst.
    Machine,
    /// Settings of agents and editors that decide what they run.
    AgentSettings,
}

/// Words by kind. Domains are written without a scheme, paths with `/`.
const WORDS: &[(Mark, &[&str])] = &[
    (
        Mark::Miner,
        &[
            "stratum+tcp://",
            "stratum+ssl://",
            "stratum2+tcp://",
            "stratum1+tcp://",
            "xmrig",
            "minexmr.com",
            "supportxmr.com",
            "moneroocean.stream",
            "nanopool.org",
            "2miners.com",
            "hashvault.pro",
            "c3pool.com",
            "unmineable.com",
            "nicehash.com",
            "cpuminer",
            "ethminer",
            "xmr-stak",
            "minergate",
            "coinhive",
            "cryptonight",
            "randomx",
            "herominers.com",
            "woolypooly.com",
            "zpool.ca",
            "p2pool.io",
        ],
    ),
    (
        Mark::Catcher,
        &[
            "webhook.site",
            "requestbin.com",
            "requestbin.net",
            "pipedream.net",
            "requestcatcher.com",
            "beeceptor.com",
            "burpcollaborator.net",
            "oastify.com",
            "interact.sh",
            "oast.fun",
            "oast.live",
            "oast.me",
            "oast.online",
            "oast.pro",
            "oast.site",
            "canarytokens.com",
            "dnslog.cn",
            "ceye.io",
            "hookbin.com",
            "postb.in",
            "webhook.cool",
            "typedwebhook.tools",
            "bxss.me",
            "xss.ht",
            "ezstat.ru",
            "grabify.link",
            "iplogger.org",
            "iplogger.com",
            "iplogger.ru",
            "2no.co",
            "ptsv2.com",
            "ptsv3.com",
            "free.beeceptor.com",
        ],
    ),
    (
        Mark::Webhook,
        &[
            "discord.com/api/webhooks",
            "discordapp.com/api/webhooks",
            "api.telegram.org/bot",
            "hooks.slack.com/services",
            "hooks.slack.com/workflows",
            "discord.com/api/v",
            "oapi.dingtalk.com/robot",
            "open.feishu.cn/open-apis/bot",
            "qyapi.weixin.qq.com/cgi-bin/webhook",
            "webhook.office.com",
            "ntfy.sh",
            "maker.ifttt.com/trigger",
        ],
    ),
    (
        Mark::Paste,
        &[
            "pastebin.com/raw",
            "pastebin.com/api",
            "pastebin.pl",
            "paste.ee",
            "hastebin.com",
            "ghostbin.co",
            "rentry.co",
            "rentry.org",
            "dpaste.com",
            "dpaste.org",
            "ix.io",
            "sprunge.us",
            "termbin.com",
            "controlc.com",
            "paste.rs",
            "toptal.com/developers/hastebin",
            "privatebin.net",
            "justpaste.it",
            "paste.mozilla.org",
            "bpa.st",
            "pastie.io",
            "textbin.net",
            "nekobin.com",
        ],
    ),
    (
        Mark::Drop,
        &[
            "transfer.sh",
            "file.io",
            "anonfiles.com",
            "anonfile.com",
            "gofile.io",
            "catbox.moe",
            "0x0.st",
            "bashupload.com",
            "temp.sh",
            "tmpfiles.org",
            "filebin.net",
            "uguu.se",
            "pixeldrain.com",
            "bayfiles.com",
            "oshi.at",
            "w3tc.ru",
            "sendspace.com",
            "ufile.io",
            "workupload.com",
            "filetransfer.io",
            "store1.gofile.io",
            "mediafire.com",
            "cdn.discordapp.com/attachments",
            "media.discordapp.net/attachments",
            "keep.sh",
            "dropmefiles.com",
        ],
    ),
    (
        Mark::Tunnel,
        &[
            "ngrok.io",
            "ngrok-free.app",
            "ngrok.app",
            "ngrok.dev",
            "ngrok-free.dev",
            "serveo.net",
            "trycloudflare.com",
            "localtunnel.me",
            "loca.lt",
            "localhost.run",
            "lhr.life",
            "pagekite.me",
            "portmap.io",
            "portmap.host",
            "bore.pub",
            "playit.gg",
            "telebit.io",
            "tunnelto.dev",
            "pinggy.io",
            "pinggy.link",
            "zrok.io",
            "devtunnels.ms",
            "packetriot.net",
        ],
    ),
    (
        Mark::Shortener,
        &[
            "bit.ly",
            "tinyurl.com",
            "goo.gl",
            "t.co",
            "is.gd",
            "v.gd",
            "ow.ly",
            "cutt.ly",
            "rebrand.ly",
            "shorturl.at",
            "rb.gy",
            "t.ly",
            "tiny.cc",
            "adf.ly",
            "bl.ink",
            "s.id",
            "soo.gd",
            "clck.ru",
            "shorte.st",
            "x.gd",
            "tiny.one",
            "kutt.it",
        ],
    ),
    (
        Mark::DynamicName,
        &[
            "duckdns.org",
            "no-ip.org",
            "no-ip.com",
            "no-ip.biz",
            "ddns.net",
            "hopto.org",
            "zapto.org",
            "sytes.net",
            "myftp.org",
            "serveftp.com",
            "servebeer.com",
            "dyndns.org",
            "dynu.net",
            "freeddns.org",
            "chickenkiller.com",
            "mooo.com",
            "afraid.org",
            "changeip.com",
            "webredirect.org",
            "ddnsfree.com",
            "giize.com",
            "gleeze.com",
            "kozow.com",
            "nip.io",
            "sslip.io",
            "xip.io",
            "onion",
            "onion.to",
            "onion.ly",
            "onion.ws",
            "i2p",
            "bazar",
            "servehttp.com",
            "redirectme.net",
            "bounceme.net",
        ],
    ),
    (
        Mark::AddressLookup,
        &[
            "api.ipify.org",
            "api64.ipify.org",
            "ipinfo.io",
            "ip-api.com",
            "ifconfig.me",
            "icanhazip.com",
            "checkip.amazonaws.com",
            "ident.me",
            "ipecho.net",
            "myexternalip.com",
            "wtfismyip.com",
            "ipapi.co",
            "checkip.dyndns.org",
            "api.myip.com",
            "api.ip.sb",
            "freegeoip.app",
            "geoip-db.com",
            "geolocation-db.com",
            "ifconfig.co",
            "ipwho.is",
            "ipwhois.app",
        ],
    ),
    (
        Mark::Metadata,
        &[
            "169.254.169.254",
            "metadata.google.internal",
            "169.254.170.2",
            "fd00:ec2::254",
            "100.100.100.200",
            "metadata.azure.com",
            "metadata.tencentyun.com",
            "metadata.packet.net",
            "192.0.0.192",
        ],
    ),
    (
        Mark::Credential,
        &[
            "/.ssh",
            ".ssh/",
            ".ssh",
            "id_rsa",
            "id_ed25519",
            "id_ecdsa",
            "id_dsa",
            ".aws/credentials",
            ".aws/config",
            ".aws",
            ".azure",
            ".kube/config",
            ".kube",
            ".docker/config.json",
            ".git-credentials",
            ".netrc",
            "_netrc",
            ".pypirc",
            ".npmrc",
            ".pgpass",
            ".my.cnf",
            ".gnupg",
            ".config/gcloud",
            "application_default_credentials.json",
            "access_tokens.db",
            ".config/gh/hosts.yml",
            ".terraform.d/credentials",
            "credentials.tfrc.json",
            ".vault-token",
            ".cargo/credentials",
            ".config/hub",
            ".s3cfg",
            ".boto",
            ".oci/config",
            ".databrickscfg",
            ".snowsql/config",
            ".huggingface/token",
            ".cache/huggingface/token",
            ".openai",
            "filezilla/recentservers.xml",
            "filezilla/sitemanager.xml",
            "winscp.ini",
            ".ssh/known_hosts",
            ".config/rclone/rclone.conf",
            "rclone.conf",
            ".gitconfig",
            ".composer/auth.json",
            ".m2/settings.xml",
            ".gradle/gradle.properties",
            ".bundle/config",
            ".gem/credentials",
            ".nuget/nuget.config",
            ".config/op",
            "openvpn/config",
        ],
    ),
    (
        Mark::Browser,
        &[
            "login data",
            "logins.json",
            "key4.db",
            "key3.db",
            "cookies.sqlite",
            "web data",
            "user data/default",
            "user data\\default",
            "user data/local state",
            "user data\\local state",
            "google/chrome/user data",
            "google\\chrome\\user data",
            "bravesoftware",
            "brave-browser",
            "microsoft/edge/user data",
            "microsoft\\edge\\user data",
            "mozilla/firefox/profiles",
            "mozilla\\firefox\\profiles",
            ".mozilla/firefox",
            "opera software",
            "opera stable",
            "yandexbrowser",
            "vivaldi/user data",
            "vivaldi\\user data",
            "network/cookies",
            "network\\cookies",
            ".config/google-chrome",
            "chromium/default",
            "library/application support/google/chrome",
            "library/safari",
            "cookies.binarycookies",
            "signons.sqlite",
            "places.sqlite",
        ],
    ),
    (
        Mark::Wallet,
        &[
            "wallet.dat",
            "exodus.wallet",
            "exodus/exodus.wallet",
            "exodus\\exodus.wallet",
            ".electrum",
            "electrum/wallets",
            "electrum\\wallets",
            "atomic/local storage",
            "atomic\\local storage",
            "jaxx/",
            "com.liberty.jaxx",
            "coinomi",
            "armory",
            "bytecoin",
            "zcash",
            "guarda/local storage",
            "guarda\\local storage",
            "ethereum/keystore",
            "ethereum\\keystore",
            "nkbihfbeogaeaoehlefnkodbefgpgknn",
            "bfnaelmomeimhlpmgjnjophhpkkoljpa",
            "hnfanknocfeofbddgcijnmhnfnkdnaad",
            "fhbohimaelbohpjbbldcngcnapndodjp",
            "ibnejdfjmmkpcnlpebklmnkoeoihofec",
            "egjidjbpglichdcondbcbdnbeeppgdph",
            "ejbalbakoplchlghecdalmeeeajnimhm",
            "metamask",
            "ledger live",
            "trezor suite",
            "multidoge",
            ".bitcoin",
            ".ethereum",
            ".monero",
            "solana/id.json",
        ],
    ),
    (
        Mark::Messenger,
        &[
            "discord/local storage",
            "discord\\local storage",
            "discordcanary/local storage",
            "discordcanary\\local storage",
            "discordptb/local storage",
            "discordptb\\local storage",
            "local storage/leveldb",
            "local storage\\leveldb",
            "telegram desktop/tdata",
            "telegram desktop\\tdata",
            "tdata",
            "lightcord",
            "signal/sql",
            "signal\\sql",
            "skype/my skype",
            "element/local storage",
            "slack/local storage",
            "slack\\local storage",
            "whatsapp/local storage",
            "steam/config/loginusers.vdf",
            "steam\\config",
            "loginusers.vdf",
            "ssfn",
            ".minecraft/launcher_accounts.json",
            "launcher_accounts.json",
            "epicgameslauncher",
            "robloxcookies.dat",
            ".roblosecurity",
        ],
    ),
    (
        Mark::Passwords,
        &[
            "/etc/shadow",
            "/etc/gshadow",
            "/etc/master.passwd",
            "/etc/sudoers",
            "system32/config/sam",
            "system32\\config\\sam",
            "windows/system32/config",
            "windows\\system32\\config",
            "library/keychains",
            "login.keychain",
            "microsoft/credentials",
            "microsoft\\credentials",
            "microsoft/protect",
            "microsoft\\protect",
            "ntds.dit",
            "keepass.kdbx",
            ".kdbx",
            "1password.sqlite",
            "bitwarden/data.json",
            "/proc/kcore",
            "lsass.dmp",
            ".local/share/keyrings",
            "gnome-keyring",
            "kwalletd",
            "unattend.xml",
        ],
    ),
    (
        Mark::History,
        &[
            ".bash_history",
            ".zsh_history",
            ".python_history",
            ".mysql_history",
            ".psql_history",
            ".rediscli_history",
            "fish_history",
            "consolehost_history.txt",
            ".sh_history",
            ".node_repl_history",
            ".sqlite_history",
        ],
    ),
    (
        Mark::Machine,
        &[
            "vboxservice",
            "vboxtray",
            "vboxguest",
            "vboxsf",
            "vmtoolsd",
            "vmwaretray",
            "vmwareuser",
            "vmusrvc",
            "vmsrvc",
            "prl_tools",
            "xenservice",
            "qemu-ga",
            "joeboxserver",
            "joeboxcontrol",
            "sandboxie",
            "sbiedll",
            "wdagutilityaccount",
            "cuckoomon",
            "cuckoo sandbox",
            "cape sandbox",
            "any.run",
            "hybrid-analysis",
            "wireshark",
            "procmon",
            "processhacker",
            "ollydbg",
            "x64dbg",
            "x32dbg",
            "windbg",
            "ida64",
            "idaq",
            "fiddler",
            "httpdebuggerui",
            "httpdebugger",
            "pestudio",
            "dnspy",
            "ghidra",
            "immunitydebugger",
            "autoruns",
            "tcpview",
            "sysmon64",
            "dumpcap",
            "regshot",
            "ksdumper",
            "08:00:27",
            "00:0c:29",
            "00:05:69",
            "00:1c:14",
            "00:50:56",
            "00:16:3e",
            "00:1c:42",
            "0a:00:27",
            "dmi/id/product_name",
            "dmi/id/sys_vendor",
            "dmi/id/board_vendor",
            "/.dockerenv",
            "hypervisor_vendor",
            "tracerpid",
            "win32_computersystem",
            "vmware svga",
            "virtualbox graphics",
        ],
    ),
    (
        Mark::AgentSettings,
        &[
            ".cursor/mcp.json",
            ".cursor/rules",
            ".cursorrules",
            "claude_desktop_config.json",
            ".claude/settings",
            ".claude.json",
            "claude.md",
            "agents.md",
            "gemini.md",
            ".gemini/settings.json",
            ".codeium/windsurf",
            "mcp_config.json",
            ".vscode/mcp.json",
            ".vscode/tasks.json",
            ".vscode/settings.json",
            "cline_mcp_settings.json",
            "copilot-instructions.md",
            ".windsurfrules",
            ".clinerules",
            ".continue/config",
            ".aider.conf.yml",
            ".mcp.json",
            ".codex/config.toml",
            ".config/goose",
        ],
    ),
];

/// All words in one row, by the automaton's numbers.
static ROW: LazyLock<Vec<(Mark, &'static str)>> =
    LazyLock::new(|| WORDS.iter().flat_map(|(mark, words)| words.iter().map(|word| (*mark, *word))).collect());

static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(ROW.iter().map(|(_, word)| word))
        .expect("the words are few and short")
});

/// How much of a text is searched, in bytes; paths and addresses are short.
const SEARCHED: usize = 64 * 1024;

/// The marks in a text that stand where such words stand: a domain as a host, a path between
/// separators, other words alone.
pub(crate) fn find(text: &str) -> impl Iterator<Item = (Mark, &'static str, usize)> {
    let end = (0..=text.len().min(SEARCHED)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let text = &text[..end];
    let matches = (text.len() >= 4).then(|| AUTOMATON.find_iter(text)).into_iter().flatten();
    matches.filter_map(move |found| {
        let (mark, word) = ROW[found.pattern().as_usize()];
        stands(text, found.start(), found.end(), word, mark).then_some((mark, word, found.start()))
    })
}

/// Whether a word stands in its own right rather than inside another.
fn stands(text: &str, start: usize, end: usize, word: &str, mark: Mark) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    match mark {
        Mark::Catcher
        | Mark::Paste
        | Mark::Drop
        | Mark::Tunnel
        | Mark::Shortener
        | Mark::DynamicName
        | Mark::AddressLookup => is_host_at(text, start, word),
        Mark::Webhook => !joins(before),
        Mark::Miner if word.contains("://") => true,
        Mark::Miner | Mark::Machine => !joins(before) && !after.is_some_and(char::is_alphabetic),
        Mark::Metadata => !joins(before) && !after.is_some_and(char::is_numeric),
        // Names with a blank are words of a sentence as well.
        Mark::Browser | Mark::Wallet | Mark::Messenger => {
            let edge =
                |c: Option<char>| c.is_none_or(|c| matches!(c, '/' | '\\' | '"' | '\'' | '%' | ':' | '*' | '~' | GAP));
            edge(before) && (word.ends_with('/') || edge(after))
        }
        // A name alone could be anything; a path begins where a folder begins.
        _ => {
            let open = word.starts_with('/') || !joins(before);
            // `.aws.amazon.com`, `.npmrc.md` and `.ssh_client` are none.
            let shut =
                word.ends_with('/') || !after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
            open && shut && (!word.starts_with('.') || !before.is_some_and(|c| matches!(c, '*' | '.' | ')' | ']')))
        }
    }
}

/// Whether the word is the end of a host in an address, or the beginning of one with its path.
fn is_host_at(text: &str, start: usize, word: &str) -> bool {
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let from = text[..start]
        .rfind(|c: char| !is_host(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let rest = &text[from..];
    let host = rest.split(|c: char| !is_host(c)).next().unwrap_or_default().to_ascii_lowercase();
    let domain = word.split('/').next().unwrap_or(word);
    let is_address = text[..from].ends_with("://") || text[..from].ends_with('@');
    let alone = from == 0 && (host.len() == text.len() || text[host.len()..].starts_with(['/', ':']));
    is_below(&host, domain) && (is_address || (alone && domain.contains('.')))
}

/// A text that holds a mark.
pub(crate) struct Marked<'t> {
    /// The word, as the list has it.
    pub(crate) word: &'static str,
    /// The whole text, with the gaps of [`crate::python::model::Model::written`].
    pub(crate) text: &'t str,
    /// Where in the text the word begins.
    pub(crate) at: usize,
    pub(crate) range: TextRange,
}

impl Check<'_, '_> {
    /// Something in the same file that speaks to other machines.
    pub(crate) fn network_beside(&self) -> Option<Evidence> {
        self.beside(paths::NETWORK)
    }

    /// Something in the same file that opens, copies or lists files.
    pub(crate) fn files_beside(&self) -> Option<Evidence> {
        self.beside(paths::FILE_OPENERS).or_else(|| self.beside(paths::FILE_READERS)).or_else(|| {
            self.beside(&[
                "shutil.copy",
                "shutil.copy2",
                "shutil.copyfile",
                "shutil.copytree",
                "sqlite3.connect",
                "shutil.make_archive",
                "zipfile.ZipFile().write",
                "os.path.exists",
                "os.path.isfile",
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&'static str> {
        find(text).map(|(_, word, _)| word).collect()
    }

    #[test]
    fn words_stand_in_their_own_right() {
        assert_eq!(words("https://bit.ly/x"), ["bit.ly"]);
        assert_eq!(words("https://rabbit.ly/x"), [""; 0]);
        assert_eq!(words("https://a.b.ngrok.io:80/"), ["ngrok.io"]);
        assert_eq!(words("the t.co and s.id words"), [""; 0]);
        assert_eq!(words("~/.ssh/id_rsa"), ["/.ssh", "id_rsa"]);
        assert_eq!(words("valid_rsa"), [""; 0]);
        assert_eq!(words("s3.aws.amazon.com"), [""; 0]);
        assert_eq!(words(".AWS/credentials"), [".aws/credentials"]);
        assert_eq!(words("https://pastebin.com/raw/abc"), ["pastebin.com/raw"]);
        assert_eq!(words("a mirandomx b"), [""; 0]);
    }
}
