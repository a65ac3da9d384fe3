//! Amounts: what is too much ends with one finding, soon.

use std::io::Cursor;

use airlock_model::limits::ArchiveLimits;
use airlock_scanner::archive::{self, Opened};

use super::build::*;
use super::rules;

const YAML: &[u8] = b"name: demo\n";

fn small() -> ArchiveLimits {
    ArchiveLimits {
        compressed_bytes: 100_000,
        inflated_bytes: 50_000,
        file_bytes: 10_000,
        members: 20,
        depth: 4,
        ratio: 10,
        ratio_from_bytes: 20_000,
    }
}

fn open(bytes: &[u8], limits: &ArchiveLimits) -> Opened {
    archive::open(Cursor::new(bytes), limits).unwrap()
}

fn only(opened: &Opened, rule: &str) {
    let found: Vec<String> = rules(opened).into_iter().collect();
    assert_eq!(found, [format!("AL-ARCHIVE-{rule}")], "{:#?}", super::told(opened));
}

#[test]
fn amounts_are_counted_in_both_forms() {
    let limits = small();
    let many: Vec<TarMember> = (0..21).map(|n| file(&format!("p/{n}"), b"")).collect();
    let many_zipped: Vec<ZipMember> = (0..21).map(|n| stored(&n.to_string(), b"")).collect();
    let parts: Vec<TarMember> = (0..6).map(|n| file(&format!("p/{n}"), &noise(9_000))).collect();
    let parts_zipped: Vec<ZipMember> = (0..6).map(|n| stored(&n.to_string(), &noise(9_000))).collect();
    let zeros = vec![0; 9_000];
    let bomb: Vec<TarMember> = (0..4).map(|n| file(&format!("p/{n}"), &zeros)).collect();
    let bomb_zipped: Vec<ZipMember> = (0..4).map(|n| deflated(&n.to_string(), &zeros)).collect();
    only(&open(&tar_gz(&many), &limits), "too-many-members");
    only(&open(&zip(&many_zipped), &limits), "too-many-members");
    only(&open(&tar_gz(&parts), &limits), "too-large");
    only(&open(&zip(&parts_zipped), &limits), "too-large");
    only(&open(&tar_gz(&[file("p/a", &noise(10_001))]), &limits), "too-large");
    only(&open(&zip(&[stored("a", &noise(10_001))]), &limits), "too-large");
    only(&open(&zip(&[deflated("a", &noise(10_001))]), &limits), "too-large");
    only(&open(&tar_gz(&bomb), &limits), "bomb");
    only(&open(&zip(&bomb_zipped), &limits), "bomb");
    only(&open(&vec![b'x'; 100_001], &limits), "too-large");
    only(&open(&tar_gz(&[file("p/a/b/c/d/e", b"")]), &limits), "long-name");
    for bytes in [tar_gz(&many[..20]), zip(&many_zipped[..20]), tar_gz(&parts[..4]), zip(&parts_zipped[..4])] {
        assert!(rules(&open(&bytes, &limits)).is_empty());
    }
}

#[test]
fn declared_sizes_are_not_believed() {
    let limits = small();
    let zeros = vec![0; 1_000_000];
    let lying = deflated("a", &zeros).both(|head| head.size = 10);
    only(&open(&zip(&[stored("plugin.yaml", YAML), lying]), &limits), "too-large");
    let boasting = deflated("a", b"x").both(|head| head.size = 4_000_000_000);
    only(&open(&zip(&[stored("plugin.yaml", YAML), boasting]), &limits), "zip-mismatch");
}

#[test]
fn what_is_left_out_counts_for_the_total_only() {
    let limits = small();
    let mut members = vec![file("p/plugin.yaml", YAML)];
    members.extend((0..40).map(|n| file(&format!("p/.git/objects/{n}"), b"")));
    members.push(file("p/.git/pack", &noise(12_000)));
    assert!(rules(&open(&tar_gz(&members), &limits)).is_empty());
    members.push(file("p/.git/pack2", &noise(40_000)));
    only(&open(&tar_gz(&members), &limits), "too-large");
    let zipped = [stored("plugin.yaml", YAML), stored(".git/pack", &noise(12_000))];
    assert!(rules(&open(&zip(&zipped), &limits)).is_empty());
    let mut crowd = vec![file("p/plugin.yaml", YAML)];
    crowd.extend((0..201).map(|n| file(&format!("p/.git/{n}"), b"")));
    let wide = ArchiveLimits { inflated_bytes: 1_000_000, ratio: 10_000, ..small() };
    only(&open(&tar_gz(&crowd), &wide), "too-many-members");
}

#[test]
fn an_upload_over_the_limit_is_still_hashed_whole() {
    let bytes = noise(150_000);
    let opened = open(&bytes, &small());
    assert_eq!(opened.upload.size, 150_000);
    assert_eq!(opened.upload.sha256, airlock_model::Sha256::of(&bytes));
}

#[test]
fn crowds_are_answered_with_one_finding() {
    let limits = ArchiveLimits::default();
    let twenty_thousand: Vec<TarMember> = (0..20_000).map(|n| file(&format!("p/{n}"), b"")).collect();
    let zipped: Vec<ZipMember> = (0..20_000).map(|n| stored(&n.to_string(), b"")).collect();
    let bad_names: Vec<ZipMember> = (0..9_000).map(|n| stored(&format!("../{n}"), b"")).collect();
    let block = file("p/x", b"").bytes();
    only(&open(&tar_gz(&twenty_thousand), &limits), "too-many-members");
    only(&open(&zip(&zipped), &limits), "too-many-members");
    // A million headers are more bytes than may be inflated; where fewer are read, they are still too many members.
    let patient = ArchiveLimits { ratio: 10_000, ..ArchiveLimits::default() };
    for (headers, limits, rule) in [(1_000_000, &limits, "too-large"), (150_000, &patient, "too-many-members")] {
        let opened = open(&gzip(&block.repeat(headers)), limits);
        only(&opened, rule);
        assert!(opened.tree.is_none(), "{headers} headers");
    }
    let bad = open(&zip(&bad_names), &limits);
    assert_eq!(bad.findings.iter().filter(|f| f.rule == "AL-ARCHIVE-path-traversal").count(), 25);
    assert!(bad.findings.iter().any(|f| f.message.contains("(and 8975 more of this rule in this archive)")));
}

#[test]
fn folders_of_what_is_left_out_are_bounded() {
    let limits = ArchiveLimits::default();
    let deep = format!("p/.git/{}x", "d/".repeat(450_000));
    let path = pax(&[("path", &deep)]);
    only(&open(&tar_gz(&[file("p/plugin.yaml", YAML), path, file("p/x", b"")]), &limits), "too-many-members");
}

#[test]
fn ten_thousand_members_pass() {
    let members: Vec<TarMember> = (0..9_999).map(|n| file(&format!("p/d{}/f{n}.py", n % 100), b"x = 1\n")).collect();
    let opened = open(&tar_gz(&members), &ArchiveLimits::default());
    assert!(rules(&opened).is_empty(), "{:#?}", super::told(&opened));
    assert_eq!(opened.tree.unwrap().len(), 9_999);
}
