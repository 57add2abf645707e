//! What the requests of a file refer to.

use std::collections::HashMap;

use rapport_entity::{
    identity::user,
    integration::Unknown,
    service::{
        queue, request_message,
        service_status::{self, Category},
    },
    values::fold,
};
use sea_orm::Condition;

use super::{super::references::References, Event};
use crate::{
    kernel::{Read, Result, Tx},
    service::requests::course::Statuses,
};

/// What words mean here: by the field and the word of the file.
pub type Meanings = HashMap<(String, String), String>;

/// What requests of a batch refer to.
pub struct Known<'w> {
    statuses: Statuses,
    by_name: HashMap<String, usize>,
    queues: HashMap<String, queue::Id>,
    pub references: &'w References,
    meanings: &'w Meanings,
}

/// What a row tells of.
#[derive(Clone, Copy)]
pub enum Meant<'k> {
    /// The request came into a status.
    Status(&'k service_status::Model),
    /// Something was written.
    Message(request_message::Kind),
    /// Something that nobody here knows.
    Unknown,
}

impl<'w> Known<'w> {
    pub async fn of(
        tx: &Tx<'_>,
        references: &'w References,
        meanings: &'w Meanings,
    ) -> Result<Self> {
        let statuses = Statuses::of(tx).await?;
        let mut by_name = HashMap::new();
        // A key goes before a name.
        for (n, status) in statuses.0.iter().enumerate() {
            by_name.entry(plain(status.name.as_str())).or_insert(n);
        }
        for (n, status) in statuses.0.iter().enumerate() {
            by_name.insert(plain(status.key.as_str()), n);
        }
        let all = tx.entailed::<queue::Entity, Read>();
        let all = all.filtered(Condition::all(), i64::MAX as u64).await?;
        let queues = all.into_iter().map(|queue| (queue.sort_name, queue.id)).collect();
        Ok(Self { statuses, by_name, queues, references, meanings })
    }

    /// What a word of the file means.
    pub fn meant(&self, field: &str, word: &str) -> Meant<'_> {
        let meaning = self.meanings.get(&(field.to_owned(), word.to_owned()));
        let meaning = plain(meaning.map_or(word, String::as_str));
        let status = self.by_name.get(&meaning).and_then(|n| self.statuses.0.get(*n));
        match (status, meaning.as_str()) {
            (Some(status), _) => Meant::Status(status),
            (None, "reply") => Meant::Message(request_message::Kind::Reply),
            (None, "customer") => Meant::Message(request_message::Kind::Customer),
            (None, "note") => Meant::Message(request_message::Kind::Note),
            _ => Meant::Unknown,
        }
    }

    /// The first status of a category.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) where there is none.
    pub fn first(&self, category: Category) -> Result<&service_status::Model> {
        self.statuses.first(category)
    }

    /// Who had a request from a row on: left as it was, nobody, or a user.
    pub fn owner(&self, event: &Event, unknown: &mut Unknown) -> Option<Option<user::Id>> {
        let Some(key) = event.owner.as_ref()? else { return Some(None) };
        let found = self.references.user(key);
        if found.is_none() {
            unknown.add("ownerEmail", key, event.line);
        }
        Some(found)
    }

    /// Where a request waited from a row on.
    pub fn queue(&self, event: &Event, unknown: &mut Unknown) -> Option<Option<queue::Id>> {
        let Some(name) = event.queue.as_ref()? else { return Some(None) };
        let found = self.queues.get(&fold(name)).copied();
        if found.is_none() {
            unknown.add("queue", name, event.line);
        }
        Some(found)
    }
}

/// A word as words are compared here: `Waiting for customer` is `waiting_for_customer`.
fn plain(word: &str) -> String {
    fold(word.trim()).replace([' ', '-', '_'], "_")
}
