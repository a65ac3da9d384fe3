//! What an expression can be.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::scope::ScopeId;

/// A path put together of its parts. Paths are made at every step of a resolution; formatting would take most of it.
pub(crate) fn path_of(parts: &[&str]) -> CompactString {
    let mut path = CompactString::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| path.push_str(part));
    path
}

/// The first component of a path. Paths are short: a plain loop tells sooner than a search that is made for long texts.
pub(crate) fn top_of(path: &str) -> &str {
    path.bytes().position(|byte| byte == b'.').map_or(path, |at| &path[..at])
}

/// A path without its last component, and that component; nothing of a path that has only one.
pub(crate) fn parted(path: &str) -> Option<(&str, &str)> {
    path.bytes().rposition(|byte| byte == b'.').map(|at| (&path[..at], &path[at + 1..]))
}

/// A qualified path. Every step of a resolution hands paths on, so that a copy is a count and no text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Qualified(Rc<str>);

impl Qualified {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Qualified {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Qualified {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Qualified {
    fn from(path: &str) -> Self {
        Self(path.into())
    }
}

impl From<CompactString> for Qualified {
    fn from(path: CompactString) -> Self {
        Self(path.as_str().into())
    }
}

impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Qualified {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Qualified {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

/// One thing that an expression can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Object {
    /// Something outside this file, by its qualified path. `()` marks what a call
    /// returns: `socket.socket().connect`.
    Path(Qualified),
    /// A function or lambda of this file.
    Function(ScopeId),
    /// A class of this file.
    Class(ScopeId),
    /// An instance of a class of this file.
    Instance(ScopeId),
    /// The dictionary of names of the thing at a path.
    Namespace(Qualified),
    /// The dictionary of this module's own names.
    OwnNamespace,
    /// This module itself.
    OwnModule,
    /// The dictionary of names of a class of this file, or of an instance of it.
    ClassNamespace(ScopeId),
}

/// How openly an object was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Via {
    /// By names, attributes, imports.
    Plain,
    /// By a literal string or an interpreter's table: `getattr(os, "system")`.
    Indirect,
    /// By a string put together at run time.
    Computed,
    /// By a string decoded at run time.
    Decoded,
}

/// An object and how it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) object: Object,
    pub(crate) via: Via,
}

/// What an expression can be. Most are one thing or none, which take no memory of their own: answers are passed on at
/// every step.
pub(crate) type Objects = SmallVec<[Reached; 1]>;

/// Adds objects to others. It is one or none nearly always, for which a loop is the shortest way.
pub(crate) fn add(out: &mut Objects, more: &[Reached]) {
    for object in more {
        out.push(object.clone());
    }
}

/// The same objects, to be kept.
pub(crate) fn copied(objects: &[Reached]) -> Objects {
    let mut copy = Objects::with_capacity(objects.len());
    add(&mut copy, objects);
    copy
}

/// Adds objects that are needed no more.
pub(crate) fn hand(out: &mut Objects, mut more: Objects) {
    if out.is_empty() {
        *out = more;
    } else {
        out.append(&mut more);
    }
}

impl Reached {
    pub(crate) const fn plain(object: Object) -> Self {
        Self { object, via: Via::Plain }
    }

    /// The same, to be kept.
    pub(crate) fn qualified(&self) -> Option<&Qualified> {
        match &self.object {
            Object::Path(path) => Some(path),
            _ => None,
        }
    }

    /// The qualified path, if it is something outside this file.
    pub(crate) fn path(&self) -> Option<&str> {
        match &self.object {
            Object::Path(path) => Some(path),
            _ => None,
        }
    }
}
