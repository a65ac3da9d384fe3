//! What is left out must still change nothing of what is kept, for whoever unpacks
//! the upload itself.

use airlock_model::escape::quoted;

use super::collisions::{Clash, Names};
use super::faults::{Fault, Faults};
use super::intake::Member;
use super::{drops, rules};

/// A member that is left out.
#[derive(Clone, Copy)]
pub(crate) struct LeftOut<'a> {
    /// Its whole path.
    pub(crate) path: &'a str,
    /// Where the component ends for which it is left out.
    pub(crate) end: usize,
}

/// For which component a path is left out, and where that ends.
pub(crate) fn dropping(path: &str) -> Option<(drops::Drop, usize)> {
    let mut end = 0;
    path.split('/').find_map(|part| {
        end += part.len() + 1;
        drops::component(part).map(|drop| (drop, end - 1))
    })
}

/// Makes sure that a member that is left out changes nothing that is kept, whatever tool unpacks the upload: it must not
/// lie behind a link that is left out as well, nor be there twice. Spellings may clash inside what is left out, as names
/// of branches do, unless one is a link.
pub(crate) fn pass_by(member: &Member<'_>, left_out: &LeftOut<'_>, top: &str, known: &mut Names, faults: &mut Faults) {
    match known.add(left_out.path, member.kind) {
        Ok(()) => {}
        Err(Clash::Spelling { from, linked: false, .. }) if from > left_out.end => {}
        Err(clash) => faults.fatal_fault(clashing(left_out.path, clash, top)),
    }
}

/// What to say about a clash of `path`, a whole path.
pub(crate) fn clashing(path: &str, clash: Clash, top: &str) -> Fault {
    let inner = |path: &str| {
        let inner = path.strip_prefix(top).and_then(|inner| inner.strip_prefix('/'));
        inner.filter(|_| !top.is_empty()).unwrap_or(path).to_owned()
    };
    let path = inner(path);
    let (rule, message) = match clash {
        Clash::Again => (&rules::DUPLICATE_MEMBER, format!("{} is in the archive more than once.", quoted(&path))),
        Clash::Spelling { other, .. } => {
            let message = format!("{} and {} are one name on many systems.", quoted(&path), quoted(&inner(&other)));
            (&rules::NAME_COLLISION, message)
        }
        Clash::FileAndFolder(both) => {
            let message = format!("{} is a file or link and a folder at once.", quoted(&inner(&both)));
            (&rules::NAME_COLLISION, message)
        }
        Clash::TooMany => {
            let message = format!("With {} the archive has more files and folders than are looked at.", quoted(&path));
            (&rules::TOO_MANY_MEMBERS, message)
        }
    };
    Fault::at(rule, path.as_bytes(), message)
}
