use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rapport_entity::identity::role::Verb;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    identity::sha256,
    kernel::{Actor, Error, Position, Result},
};

/// Where a device stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the user could read, and asked for, when the device began.
    pub mark: String,
    /// How far it has read the log.
    pub position: Position,
    /// How far it has read everything there was; `None` once it has.
    pub place: Option<Place>,
}

/// How far a device has read everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which kind of record it is at.
    pub kind: usize,
    /// The last one of it.
    pub after: Option<Uuid>,
}

#[derive(Serialize, Deserialize)]
struct Written(String, String, Option<Place>);

impl Cursor {
    /// As text, for the device to keep.
    pub fn write(&self) -> String {
        let written = Written(self.mark.clone(), self.position.to_string(), self.place.clone());
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&written).unwrap_or_default())
    }

    /// From text that we once gave.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not.
    pub fn read(text: &str) -> Result<Self> {
        let read = || {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
            let Written(mark, position, place) = serde_json::from_slice(&bytes).ok()?;
            Some(Self { mark, position: position.parse().ok()?, place })
        };
        read().ok_or(Error::NotFound("cursor in this list"))
    }
}

/// What somebody may read of some kinds of record: another mark, other records.
pub fn mark(actor: &Actor, types: &[&'static str]) -> String {
    let mut teams: Vec<Uuid> = actor.teams.iter().map(|team| team.uuid()).collect();
    teams.sort();
    let scopes = types.iter().map(|kind| (*kind, actor.permissions.scope(kind, Verb::Read)));
    let scopes: Vec<_> = scopes.collect();
    let hash = sha256(format!("{:?} {teams:?} {scopes:?}", actor.caller()).as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(&hash[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let position = Position { tx: 77, seq: 12 };
        let place = Place { kind: 2, after: Some(Uuid::now_v7()) };
        for place in [None, Some(Place::default()), Some(place)] {
            let cursor = Cursor { mark: "m".into(), position, place };
            assert_eq!(Cursor::read(&cursor.write()).unwrap(), cursor);
        }
        for wrong in ["", "x", "bm9uc2Vuc2U", "W10"] {
            assert!(Cursor::read(wrong).is_err(), "{wrong}");
        }
    }
}
