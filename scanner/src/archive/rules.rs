//! The rules of the ARCHIVE group. Each rule's page is a file of its own, beside this one.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

/// A rule that is certain when it fires: what it says about bytes is not a guess.
const fn rule(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    cwe: Option<u32>,
    remedy: &'static str,
    doc: &'static str,
) -> RuleMeta {
    let confidence = Confidence::High;
    RuleMeta { id, title, severity, confidence, cwe, bandit: &[], ruff: &[], remedy, doc }
}

/// The upload is neither a zip nor a tar.gz.
pub const NOT_AN_ARCHIVE: RuleMeta = rule(
    "AL-ARCHIVE-not-an-archive",
    "Not an archive",
    Severity::High,
    Some(434),
    "Upload a zip, or a tar.gz with one top folder; `airlock pack DIR` makes one.",
    include_str!("rules/not-an-archive.md"),
);

/// The archive is cut short, or a checksum is wrong.
pub const DAMAGED: RuleMeta = rule(
    "AL-ARCHIVE-damaged",
    "Damaged archive",
    Severity::High,
    Some(354),
    "Make the archive again and upload it whole; an interrupted upload or a text-mode transfer damages it.",
    include_str!("rules/damaged.md"),
);

/// The upload can be read as two formats.
pub const POLYGLOT: RuleMeta = rule(
    "AL-ARCHIVE-polyglot",
    "Two file formats in one upload",
    Severity::Critical,
    Some(436),
    "Upload an archive that is nothing else: pack the folder again with `airlock pack DIR`.",
    include_str!("rules/polyglot.md"),
);

/// The archive holds bytes that are no part of any member.
pub const SURPLUS_BYTES: RuleMeta = rule(
    "AL-ARCHIVE-surplus-bytes",
    "Bytes that belong to no member",
    Severity::High,
    Some(436),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/surplus-bytes.md"),
);

/// The zip's end record is ambiguous or false.
pub const ZIP_END_RECORD: RuleMeta = rule(
    "AL-ARCHIVE-zip-end-record",
    "The zip's end record is not true",
    Severity::High,
    Some(436),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/zip-end-record.md"),
);

/// ZIP64 records or fields are missing, superfluous or contradict the plain ones.
pub const ZIP64: RuleMeta = rule(
    "AL-ARCHIVE-zip64",
    "ZIP64 fields that disagree",
    Severity::High,
    Some(436),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/zip64.md"),
);

/// A member's local header, directory entry or content contradict each other.
pub const ZIP_MISMATCH: RuleMeta = rule(
    "AL-ARCHIVE-zip-mismatch",
    "Zip headers contradict each other",
    Severity::High,
    Some(436),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/zip-mismatch.md"),
);

/// Two members share bytes of the zip.
pub const ZIP_OVERLAP: RuleMeta = rule(
    "AL-ARCHIVE-zip-overlap",
    "Zip members that overlap",
    Severity::Critical,
    Some(409),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/zip-overlap.md"),
);

/// An extra field is broken, doubled, or names the member differently.
pub const ZIP_EXTRA: RuleMeta = rule(
    "AL-ARCHIVE-zip-extra",
    "Zip extra fields that mislead",
    Severity::High,
    Some(436),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/zip-extra.md"),
);

/// A data descriptor is missing or says other than the directory.
pub const ZIP_DESCRIPTOR: RuleMeta = rule(
    "AL-ARCHIVE-zip-descriptor",
    "A zip data descriptor that disagrees",
    Severity::High,
    Some(436),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/zip-descriptor.md"),
);

/// A member uses a method, flag or version beyond stored and deflate.
pub const ZIP_FEATURE: RuleMeta = rule(
    "AL-ARCHIVE-zip-feature",
    "A zip feature that is not read here",
    Severity::High,
    Some(436),
    "Pack with plain deflate or without compression: `airlock pack DIR` does.",
    include_str!("rules/zip-feature.md"),
);

/// A member is encrypted.
pub const ENCRYPTED: RuleMeta = rule(
    "AL-ARCHIVE-encrypted",
    "An encrypted member",
    Severity::High,
    Some(693),
    "Pack without a password: a registry cannot examine what it cannot read.",
    include_str!("rules/encrypted.md"),
);

/// A tar header is broken, or of a kind without one agreed meaning.
pub const TAR_HEADER: RuleMeta = rule(
    "AL-ARCHIVE-tar-header",
    "A tar header that tools read differently",
    Severity::High,
    Some(436),
    "Pack in one of the formats ustar, pax or gnu: `tar --format=ustar -czf`, or `airlock pack DIR`.",
    include_str!("rules/tar-header.md"),
);

/// An extended header or long name is ambiguous.
pub const TAR_EXTENSION: RuleMeta = rule(
    "AL-ARCHIVE-tar-extension",
    "A tar extension that tools read differently",
    Severity::High,
    Some(436),
    "Pack in one of the formats ustar, pax or gnu: `tar --format=ustar -czf`, or `airlock pack DIR`.",
    include_str!("rules/tar-extension.md"),
);

/// A file is in the archive more than once.
pub const DUPLICATE_MEMBER: RuleMeta = rule(
    "AL-ARCHIVE-duplicate-member",
    "One name twice in an archive",
    Severity::High,
    Some(436),
    "Pack again so that each file is in the archive once.",
    include_str!("rules/duplicate-member.md"),
);

/// An independent reader sees the archive differently.
pub const DISAGREEMENT: RuleMeta = rule(
    "AL-ARCHIVE-disagreement",
    "Two readers disagree about the archive",
    Severity::High,
    Some(436),
    "Pack the folder again with `airlock pack DIR`, or with the tool you used, from scratch.",
    include_str!("rules/disagreement.md"),
);

/// A member's name is absolute or climbs out of its folder.
pub const PATH_TRAVERSAL: RuleMeta = rule(
    "AL-ARCHIVE-path-traversal",
    "A name that leads out of the plugin",
    Severity::Critical,
    Some(22),
    "Give every member a relative name below the top folder, without '..'.",
    include_str!("rules/path-traversal.md"),
);

/// A member's name means different things on different systems.
pub const BAD_NAME: RuleMeta = rule(
    "AL-ARCHIVE-bad-name",
    "A name that systems read differently",
    Severity::High,
    Some(20),
    "Rename the file: letters, digits, dot, dash and underscore are safe everywhere.",
    include_str!("rules/bad-name.md"),
);

/// A member's name is longer or deeper than an archive can hold.
pub const LONG_NAME: RuleMeta = rule(
    "AL-ARCHIVE-long-name",
    "A name that is too long or too deep",
    Severity::High,
    Some(20),
    "Shorten the name or move the file up: a component has at most 100 bytes, everything before the last one at most 155.",
    include_str!("rules/long-name.md"),
);

/// Two names fall together on some systems.
pub const NAME_COLLISION: RuleMeta = rule(
    "AL-ARCHIVE-name-collision",
    "Two names that are one on some systems",
    Severity::High,
    Some(178),
    "Rename one of them so that they differ by more than case or accents' encoding.",
    include_str!("rules/name-collision.md"),
);

/// A member is a symbolic or hard link.
pub const LINK: RuleMeta = rule(
    "AL-ARCHIVE-link",
    "A link in the archive",
    Severity::High,
    Some(59),
    "Replace the link by a copy of the file it points at.",
    include_str!("rules/link.md"),
);

/// A member is a device, pipe or socket.
pub const SPECIAL_FILE: RuleMeta = rule(
    "AL-ARCHIVE-special-file",
    "A device or pipe in the archive",
    Severity::High,
    Some(434),
    "Leave it out: a plugin consists of files.",
    include_str!("rules/special-file.md"),
);

/// A file carries the set-user-id or set-group-id bit.
pub const SET_ID: RuleMeta = rule(
    "AL-ARCHIVE-set-id",
    "A file that runs as another user",
    Severity::High,
    Some(250),
    "Remove the bits with `chmod u-s,g-s FILE` before packing.",
    include_str!("rules/set-id.md"),
);

/// The upload, its content or one file is over a limit.
pub const TOO_LARGE: RuleMeta = rule(
    "AL-ARCHIVE-too-large",
    "Too large",
    Severity::High,
    Some(400),
    "Leave out what users do not need: data sets, models, build output. Let the plugin fetch large data on first use.",
    include_str!("rules/too-large.md"),
);

/// The archive has more members than allowed.
pub const TOO_MANY_MEMBERS: RuleMeta = rule(
    "AL-ARCHIVE-too-many-members",
    "Too many members",
    Severity::High,
    Some(400),
    "Leave out generated files, vendored packages and data; combine small data files into one.",
    include_str!("rules/too-many-members.md"),
);

/// The upload inflates to a suspicious multiple of its size.
pub const BOMB: RuleMeta = rule(
    "AL-ARCHIVE-bomb",
    "A decompression bomb",
    Severity::Critical,
    Some(409),
    "Leave out files that are mostly repetition, or generate them at run time.",
    include_str!("rules/bomb.md"),
);

/// A tar.gz does not have exactly one top folder.
pub const TOP_FOLDER: RuleMeta = rule(
    "AL-ARCHIVE-top-folder",
    "No single top folder",
    Severity::High,
    Some(436),
    "Pack the folder itself, not what is in it: `tar -czf my-plugin.tar.gz my-plugin`, or `airlock pack DIR`.",
    include_str!("rules/top-folder.md"),
);

/// Nothing is left of the archive that could be a plugin.
pub const NO_FILES: RuleMeta = rule(
    "AL-ARCHIVE-no-files",
    "No files",
    Severity::High,
    Some(20),
    "Check that the folder you packed is the plugin's, and that its files are not all in folders that are left out.",
    include_str!("rules/no-files.md"),
);

/// Members were left out of the plugin.
pub const DROPPED: RuleMeta = rule(
    "AL-ARCHIVE-dropped",
    "Left out of the plugin",
    Severity::Note,
    None,
    "Nothing has to be done. To make the upload smaller, exclude these before packing.",
    include_str!("rules/dropped.md"),
);

/// Every rule of the group.
pub const ALL: &[&RuleMeta] = &[
    &NOT_AN_ARCHIVE,
    &DAMAGED,
    &POLYGLOT,
    &SURPLUS_BYTES,
    &ZIP_END_RECORD,
    &ZIP64,
    &ZIP_MISMATCH,
    &ZIP_OVERLAP,
    &ZIP_EXTRA,
    &ZIP_DESCRIPTOR,
    &ZIP_FEATURE,
    &ENCRYPTED,
    &TAR_HEADER,
    &TAR_EXTENSION,
    &DUPLICATE_MEMBER,
    &DISAGREEMENT,
    &PATH_TRAVERSAL,
    &BAD_NAME,
    &LONG_NAME,
    &NAME_COLLISION,
    &LINK,
    &SPECIAL_FILE,
    &SET_ID,
    &TOO_LARGE,
    &TOO_MANY_MEMBERS,
    &BOMB,
    &TOP_FOLDER,
    &NO_FILES,
    &DROPPED,
];
