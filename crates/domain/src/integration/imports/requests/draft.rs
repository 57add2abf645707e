//! What a request of a file becomes here.

use chrono::{DateTime, Utc};
use rapport_entity::{
    ExternalId, Name, Source, Text,
    integration::Unknown,
    service::{
        request_message::{self, MailIds, Mentions},
        service_request::{self, ActiveModel, Model, Priority},
        service_status::Category,
    },
};
use sea_orm::ActiveValue::{NotSet, Set};

use super::{
    super::report::Wrong,
    Event, Record,
    known::{Known, Meant},
};
use crate::{
    kernel::{Result, Tx},
    service::requests::past::{By, Change},
};

/// A request with everything it refers to, as the file has it.
pub struct Draft<'k> {
    /// What the file says of it.
    pub row: ActiveModel,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// What has become of it.
    pub changes: Vec<Change<'k>>,
    /// What was written about it.
    pub said: Vec<Said>,
}

/// Something that was written.
pub struct Said {
    pub at: DateTime<Utc>,
    pub kind: request_message::Kind,
    pub body: Text,
    pub author: Option<rapport_entity::identity::user::Id>,
}

/// Changes of one moment come in this order: what rows say, what the ends of the request say, and what has no time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Row,
    End,
    Untimed,
}

impl<'k> Draft<'k> {
    /// The request as it will be, or all that is wrong with it. `there` is the request as it is here.
    pub fn new(
        tx: &Tx<'_>,
        known: &'k Known<'_>,
        record: &Record,
        there: Option<&Model>,
        unknown: &mut Unknown,
    ) -> Result<Result<Self, Vec<Wrong>>> {
        let mut wrong = Vec::new();
        check_there(there, &mut wrong);
        check_past(tx, record, &mut wrong);
        let row = told(known, record, there, &mut wrong);
        let times = Times::of(tx, record, there);
        if !wrong.is_empty() {
            return Ok(Err(wrong));
        }
        let (changes, said, end) = (Vec::new(), Vec::new(), last_end(known, record));
        let mut drafting = Drafting { known, times, end, changes, said, unknown };
        drafting.standing(record);
        drafting.events(record);
        drafting.ends(record)?;
        Ok(Ok(drafting.done(row)))
    }
}

fn check_there(there: Option<&Model>, wrong: &mut Vec<Wrong>) {
    let Some(there) = there else { return };
    if there.deleted_at.is_some() {
        let why = "this request was deleted here; restore it to import it";
        wrong.push(Wrong::new("externalId", why));
    }
    if there.merged_into_id.is_some() {
        let why = "this request has become a part of another here";
        wrong.push(Wrong::new("externalId", why));
    }
}

/// What has happened is past.
fn check_past(tx: &Tx<'_>, record: &Record, wrong: &mut Vec<Wrong>) {
    let head = [
        ("openedAt", record.opened_at),
        ("resolvedAt", record.resolved_at),
        ("closedAt", record.closed_at),
    ];
    let head = head.into_iter().map(|(field, at)| (0, field, at));
    let rows = record.events.iter().enumerate().map(|(n, event)| (n, "eventAt", event.at));
    for (row, field, at) in head.chain(rows) {
        if at.is_some_and(|at| at > tx.now()) {
            wrong.push(Wrong { row, ..Wrong::new(field, "is yet to come") });
        }
    }
}

/// What the file says, as it says it.
fn told(
    known: &Known<'_>,
    record: &Record,
    there: Option<&Model>,
    wrong: &mut Vec<Wrong>,
) -> ActiveModel {
    let customer = named(&record.customer, |id| known.references.customer(id));
    if matches!(customer, Some(Some(Err(())))) {
        let why = "is no customer of this source; import customers first";
        wrong.push(Wrong::new("customerExternalId", why));
    }
    let product = named(&record.product, |sku| known.references.product(sku).map(|row| row.id));
    if matches!(product, Some(Some(Err(())))) {
        wrong.push(Wrong::new("productSku", "is no product"));
    }
    let customer_id = set(customer);
    if let (Set(customer), Some(there)) = (&customer_id, there) {
        check_customers_own(*customer, there, wrong);
    }
    ActiveModel {
        subject: record.subject.clone().map_or(NotSet, Set),
        description: record.description.clone(),
        kind: record.kind.map_or(NotSet, Set),
        impact: record.impact.map_or(NotSet, Set),
        urgency: record.urgency.map_or(NotSet, Set),
        channel: record.channel.map_or(NotSet, Set),
        customer_id,
        product_id: set(product),
        promised_at: record.promised_at.clone(),
        resolution: record.resolution.clone(),
        custom: record.custom.clone(),
        tags: record.tags.clone(),
        ..Default::default()
    }
}

/// What a request has to do with besides is its customer's.
fn check_customers_own(
    customer: Option<rapport_entity::customers::customer::Id>,
    there: &Model,
    wrong: &mut Vec<Wrong>,
) {
    let has_more = there.contact_id.is_some()
        || there.order_id.is_some()
        || there.asset_id.is_some()
        || there.site_id.is_some()
        || there.entitlement_id.is_some();
    if has_more && customer != there.customer_id {
        let why = "the request is about an order, an asset, a site, an entitlement or a contact of the customer that it has here";
        wrong.push(Wrong::new("customerExternalId", why));
    }
}

/// Another record as the row names it: left as it is, none, found, or unknown.
fn named<K, I>(
    named: &Option<Option<K>>,
    find: impl FnOnce(&K) -> Option<I>,
) -> Option<Option<Result<I, ()>>> {
    named.as_ref().map(|named| named.as_ref().map(|key| find(key).ok_or(())))
}

fn set<I>(named: Option<Option<Result<I, ()>>>) -> sea_orm::ActiveValue<Option<I>>
where
    Option<I>: Into<sea_orm::Value>,
{
    match named {
        None | Some(Some(Err(()))) => NotSet,
        Some(None) => Set(None),
        Some(Some(Ok(id))) => Set(Some(id)),
    }
}

/// When what happened.
struct Times {
    opened_at: DateTime<Utc>,
    /// The last moment that the file names, where it names any.
    last: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl Times {
    /// Nothing happens to a request before it is opened: it was opened when the first thing happened, at the latest.
    fn of(tx: &Tx<'_>, record: &Record, there: Option<&Model>) -> Self {
        let opened = record.opened_at.or(there.map(|there| there.opened_at));
        let ends = [opened, record.resolved_at, record.closed_at];
        let all = || record.events.iter().map(|event| event.at).chain(ends).flatten();
        Self { opened_at: all().min().unwrap_or(tx.now()), last: all().max(), now: tx.now() }
    }
}

/// When a request was over for good, as the file says of the whole of it, unless a row speaks of a later end.
fn last_end(known: &Known<'_>, record: &Record) -> Option<DateTime<Utc>> {
    let end = record.resolved_at.max(record.closed_at)?;
    let ends = |field, word: &Option<String>| {
        let meant = word.as_ref().map(|word| known.meant(field, word));
        matches!(meant, Some(Meant::Status(status)) if !status.category.is_open())
    };
    let ends_later = |event: &Event| {
        event.at.is_some_and(|at| at > end)
            && (ends("status", &event.status) || ends("event", &event.event))
    };
    (!record.events.iter().any(ends_later)).then_some(end)
}

struct Drafting<'k, 'u, 'w> {
    known: &'k Known<'w>,
    times: Times,
    /// What is said to have opened it after that was written down too late.
    end: Option<DateTime<Utc>>,
    changes: Vec<(Class, Change<'k>)>,
    said: Vec<Said>,
    unknown: &'u mut Unknown,
}

impl<'k> Drafting<'k, '_, '_> {
    /// As a request was at first, so it is taken to have been from its opening.
    fn standing(&mut self, record: &Record) {
        let first = record.events.iter().min_by_key(|event| (event.at.is_none(), event.at));
        let Some(first) = first else { return };
        // Counted as unknown where the row itself is read.
        let mut unknown = Unknown::default();
        let owner = self.known.owner(first, &mut unknown);
        let queue = self.known.queue(first, &mut unknown);
        let at = self.times.opened_at;
        self.changes.push((
            Class::Row,
            Change { at, status: None, priority: first.priority, queue, owner },
        ));
    }

    fn events(&mut self, record: &Record) {
        let mut before = None;
        for event in &record.events {
            // A row without a time follows the one before it.
            let at = event.at.or(before);
            before = at;
            self.event(record, event, at);
        }
    }

    fn event(&mut self, record: &Record, event: &Event, at: Option<DateTime<Utc>>) {
        let owner = self.known.owner(event, self.unknown);
        let queue = self.known.queue(event, self.unknown);
        let mut change = Change {
            at: at.unwrap_or(self.times.opened_at),
            status: None,
            priority: event.priority,
            queue,
            owner,
        };
        let words = [("status", &event.status), ("event", &event.event)];
        for (field, word) in words {
            let Some(word) = word else { continue };
            match self.known.meant(field, word) {
                Meant::Status(status) if status.category.is_open() && self.is_after_end(at) => {
                    self.unknown.add(&format!("{field} after the end"), word, event.line);
                    self.say(request_message::Kind::Note, event, word, owner.flatten(), at);
                }
                Meant::Status(status) => {
                    change.status = Some(status);
                    change.at = at.unwrap_or_else(|| self.since(record, status.category));
                }
                Meant::Message(kind) => self.say(kind, event, word, owner.flatten(), at),
                Meant::Unknown => {
                    self.unknown.add(field, word, event.line);
                    // Nobody here knows what it means, so that it stays as it is, to be read.
                    let kind = request_message::Kind::Note;
                    self.say(kind, event, word, owner.flatten(), at);
                }
            }
        }
        let class = if at.is_some() { Class::Row } else { Class::Untimed };
        self.changes.push((class, change));
    }

    fn is_after_end(&self, at: Option<DateTime<Utc>>) -> bool {
        self.end.zip(at).is_some_and(|(end, at)| at > end)
    }

    /// Since when a request has had a status of which the file does not say it.
    fn since(&self, record: &Record, category: Category) -> DateTime<Utc> {
        let end = match category {
            Category::Closed => record.closed_at,
            Category::Resolved => record.resolved_at,
            _ => None,
        };
        end.or(self.times.last).unwrap_or(self.times.now)
    }

    fn say(
        &mut self,
        kind: request_message::Kind,
        event: &Event,
        word: &str,
        owner: Option<rapport_entity::identity::user::Id>,
        at: Option<DateTime<Utc>>,
    ) {
        let Some(body) = event.body.clone().or_else(|| word.parse().ok()) else { return };
        let is_ours = kind != request_message::Kind::Customer;
        let at = at.or(self.times.last).unwrap_or(self.times.now);
        self.said.push(Said { at, kind, body, author: owner.filter(|_| is_ours) });
    }

    /// When it was resolved and closed, where that is said and no row has brought it there.
    fn ends(&mut self, record: &Record) -> Result<()> {
        let known = self.known;
        let ends = [(Category::Resolved, record.resolved_at), (Category::Closed, record.closed_at)];
        for (category, at) in ends {
            let Some(at) = at else { continue };
            let status = known.first(category)?;
            if self.is_over(category, at) {
                continue;
            }
            let change =
                Change { at, status: Some(status), priority: None, queue: None, owner: None };
            self.changes.push((Class::End, change));
        }
        Ok(())
    }

    /// Whether the last status before a moment, or at it, is of a category, or beyond it.
    fn is_over(&self, category: Category, at: DateTime<Utc>) -> bool {
        let before = self.changes.iter().filter(|(_, change)| change.at <= at);
        let last = before
            .filter_map(|(class, change)| Some((change.at, *class, change.status?.category)))
            .max_by_key(|(at, class, _)| (*at, *class));
        last.is_some_and(|(_, _, is)| {
            is == category || (!is.is_open() && category == Category::Resolved)
        })
    }

    fn done(mut self, row: ActiveModel) -> Draft<'k> {
        self.changes.sort_by_key(|(class, change)| (change.at, *class));
        let changes = self.changes.into_iter().map(|(_, change)| change).collect();
        Draft { row, opened_at: self.times.opened_at, changes, said: self.said }
    }
}

/// The row of a new request, as it was when it was opened.
pub fn beginning(
    draft: &Draft<'_>,
    known: &Known<'_>,
    source: &Source,
    external_id: &ExternalId,
    number: String,
) -> Result<ActiveModel> {
    let status = known.first(Category::New)?;
    let mut row = draft.row.clone();
    let (impact, urgency) = (
        row.impact.clone().take().unwrap_or_default(),
        row.urgency.clone().take().unwrap_or_default(),
    );
    let priority = Priority::of(impact, urgency);
    let named = external_id.as_str().parse::<Name>().or_else(|_| "Request".parse());
    let named = named.map_err(crate::Error::internal)?;
    Ok(ActiveModel {
        number: Set(number),
        subject: if row.subject == NotSet { Set(named) } else { row.subject },
        kind: Set(row.kind.take().unwrap_or_default()),
        impact: Set(impact),
        urgency: Set(urgency),
        priority: Set(priority),
        priority_rank: Set(priority.rank()),
        priority_by_hand: Set(false),
        status: Set(status.key.clone()),
        status_category: Set(status.category),
        status_since: Set(draft.opened_at),
        is_open: Set(true),
        channel: Set(row.channel.take().unwrap_or_default()),
        owner_id: Set(None),
        opened_at: Set(draft.opened_at),
        reopen_count: Set(0),
        source: Set(Some(source.clone())),
        external_id: Set(Some(external_id.clone())),
        search_text: Set(String::new()),
        ..row
    })
}

/// What was written, as messages of a request.
pub fn messages(tx: &Tx<'_>, by: By, of: &Model, said: Vec<Said>) -> Vec<request_message::Model> {
    let message = |said: Said| request_message::Model {
        id: request_message::Id::new(),
        workspace_id: by.workspace,
        request_id: of.id,
        customer_id: of.customer_id,
        kind: said.kind,
        body: said.body,
        author_id: said.author,
        contact_id: None,
        sender: None,
        channel: of.channel,
        sent_at: said.at,
        mentions: Mentions::default(),
        message_id: None,
        in_reply_to: None,
        reference_ids: MailIds::default(),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        deleted_at: None,
    };
    said.into_iter().map(message).collect()
}

/// The request that steps begin with: as one that is here began.
pub fn as_it_began(
    there: &Model,
    first: Option<&rapport_entity::service::service_step::Model>,
) -> Model {
    let began = service_request::Model {
        status_category: Category::New,
        resolved_at: None,
        closed_at: None,
        reopen_count: 0,
        ..there.clone()
    };
    match first {
        Some(first) => service_request::Model {
            priority: first.priority,
            priority_rank: first.priority.rank(),
            queue_id: first.queue_id,
            owner_id: first.owner_id,
            ..began
        },
        None => began,
    }
}
