//! A manifest made to hurt its reader costs memory in proportion to its size, whatever it says. The test stands alone in
//! this file, so that its process is its own and the kernel's account of it says what the reader took.

use airlock_model::limits::ScanLimits;
use airlock_model::{Tree, TreePath};
use airlock_scanner::manifest;

/// What a manifest may cost, in bytes.
const MOST: u64 = 100 << 20;

/// As large as a manifest may be, made of what costs a reader most.
fn largest() -> Vec<(&'static str, String)> {
    let size = usize::try_from(ScanLimits::default().manifest_bytes).expect("a small number");
    let filled = |start: &str, unit: &str| format!("{start}{}", unit.repeat((size - start.len()) / unit.len()));
    let numbered = |line: fn(usize) -> String| {
        let mut text = String::new();
        for line in (0..).map(line) {
            if text.len() + line.len() > size {
                break;
            }
            text.push_str(&line);
        }
        text
    };
    let levels = |width: usize| {
        let mut text = format!("a0: &a0 [{}]\n", vec!["x"; width].join(", "));
        for level in 1.. {
            let line = format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); width].join(", "));
            if text.len() + line.len() > size {
                break;
            }
            text.push_str(&line);
        }
        text
    };
    vec![
        ("narrow aliases", levels(2)),
        ("wide aliases", levels(500)),
        (
            "aliases of one long text",
            format!("a: &a {}\nb: [{}]\n", "x".repeat(size / 2), vec!["*a"; size / 10].join(",")),
        ),
        ("short keys", numbered(|n| format!("{n:x}: 1\n"))),
        ("short values", filled("a: [", "1,")),
        ("empty lists", filled("a: [", "[],")),
        ("empty mappings", filled("a: [", "{},")),
        ("anchors", numbered(|n| format!("- &a{n} x\n"))),
        ("tags", filled("a: [", "!x 1,")),
        ("escapes", filled("a: \"", "\\U0001F600")),
        ("an open list", filled("", "[")),
        ("an open mapping", filled("", "{a: ")),
        ("questions", filled("", "? ")),
        ("documents", filled("", "---\n")),
        ("folded lines", filled("a: >\n", " x\n")),
        ("not a number, many times", numbered(|n| format!("k{n:x}: .nan\n"))),
    ]
}

/// The most memory that this process has had at once, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak is among it");
    line.trim().strip_suffix(" kB").expect("in kibibytes").trim().parse::<u64>().expect("a number") * 1024
}

#[test]
fn the_largest_hostile_manifest_costs_little_memory() {
    let limits = ScanLimits::default();
    let inputs = largest();
    let before = peak();
    for (what, text) in inputs {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("plugin.yaml").expect("a plain path"), text.into_bytes());
        let check = manifest::check(&tree, &limits);
        let cost = peak() - before;
        assert_eq!(check.manifest, None, "{what}");
        assert!(!check.findings.is_empty(), "{what}");
        assert!(cost < MOST, "{what} cost {} MB", cost >> 20);
    }
}
