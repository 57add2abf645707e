use std::collections::{HashMap, HashSet};

use rapport_entity::{
    ExternalId, Resource, Source,
    integration::Unknown,
    service::{
        request_message,
        service_request::{self, ActiveModel, Column, Entity, Model},
        service_status::Category,
        service_step,
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use super::{
    super::{
        Import, batches::Item, references::References, report::of_faults, run::Writer,
        upsert::Outcome,
    },
    Record,
    draft::{Draft, as_it_began, beginning, messages},
    known::{Known, Meanings},
};
use crate::{
    kernel::{
        Create, Error, Patch, Read, Result, Tx, Update, database::is_known_by, differs, patched,
    },
    number,
    service::requests::{
        importing::{Arrival, arrive, catch_up, with_messages},
        past::{self, By},
        prioritized,
        requests::named_by,
    },
};

/// Writes service requests.
pub struct Writing {
    source: Source,
    dry_run: bool,
    meanings: Meanings,
    references: References,
    /// Whether there was no request of this source when the import began: none has to be looked up then.
    first: Option<bool>,
    unknown: Unknown,
}

/// A request that is here, with its past.
struct There {
    row: Model,
    steps: Vec<service_step::Model>,
    messages: Vec<request_message::Model>,
}

/// What is to be written.
#[derive(Default)]
struct Plan {
    made: Vec<(usize, Arrival)>,
    changed: Vec<(Model, Arrival)>,
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Outcome>> {
        self.look_up(tx, items).await?;
        let there = match self.is_first(tx).await? {
            true => HashMap::new(),
            false => self.there(tx, items).await?,
        };
        let mut unknown = Unknown::default();
        let known = Known::of(tx, &self.references, &self.meanings).await?;
        let mut writing = Batch { tx, known: &known, source: &self.source, plan: Plan::default() };
        let mut outcomes = Vec::with_capacity(items.len());
        let new = items.len().saturating_sub(there.len());
        let mut number = match self.dry_run || new == 0 {
            true => 1,
            false => number::reserve(tx, Entity::NAME, new as i64).await?,
        };
        for (n, item) in items.iter().enumerate() {
            let before = there.get(&item.record.external_id);
            let mut found = Unknown::default();
            let outcome = writing.judge(n, &item.record, before, &mut number, &mut found)?;
            if !matches!(outcome, Outcome::Failed(_)) {
                unknown.join(found);
            }
            outcomes.push(outcome);
        }
        let plan = writing.plan;
        let made = fitting(tx, plan.made, &mut outcomes).await?;
        if !self.dry_run {
            arrive(tx, made).await?;
            for (before, more) in plan.changed {
                catch_up(tx, &before, more).await?;
            }
        }
        self.unknown = unknown;
        Ok(outcomes)
    }

    fn take_unknown(&mut self) -> Unknown {
        std::mem::take(&mut self.unknown)
    }

    /// Where somebody else has made requests of this source meanwhile, they have to be looked up.
    fn forget(&mut self) {
        self.first = Some(false);
        self.references.forget();
    }
}

impl Writing {
    pub fn new(import: &Import) -> Self {
        let meaning = |(field, value, becomes): &(String, String, String)| {
            ((field.clone(), value.clone()), becomes.clone())
        };
        Self {
            source: import.source.clone(),
            dry_run: import.dry_run,
            meanings: import.values.iter().map(meaning).collect(),
            references: References::default(),
            first: None,
            unknown: Unknown::default(),
        }
    }

    async fn look_up(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<()> {
        let records = || items.iter().map(|item| &item.record);
        let customers = records().filter_map(|record| record.customer.as_ref()?.as_ref());
        self.references.find_customers(tx, &self.source, customers).await?;
        let products = records().filter_map(|record| record.product.as_ref()?.as_deref());
        self.references.find_products(tx, products).await?;
        let events = records().flat_map(|record| &record.events);
        let owners = events.filter_map(|event| event.owner.as_ref()?.as_deref());
        self.references.find_users(tx, owners).await
    }

    async fn is_first(&mut self, tx: &Tx<'_>) -> Result<bool> {
        if let Some(first) = self.first {
            return Ok(first);
        }
        let any = Condition::all()
            .add(Column::Source.eq(self.source.clone()))
            .add(Column::ExternalId.is_not_null());
        let first = !tx.can::<Entity, Read>()?.any_even_deleted(any).await?;
        self.first = Some(first);
        Ok(first)
    }

    /// The requests that are here, locked where they may be changed, each with its past.
    async fn there(
        &self,
        tx: &Tx<'_>,
        items: &[Item<Record>],
    ) -> Result<HashMap<ExternalId, There>> {
        let keys: HashSet<&str> =
            items.iter().map(|item| item.record.external_id.as_str()).collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        let of_source = [(Column::Source, self.source.clone().into())];
        let these = is_known_by::<Entity>(
            tx.actor().workspace,
            &of_source,
            Column::ExternalId,
            &keys,
            tx.backend(),
        );
        let rows = tx.can::<Entity, Read>()?.matching_even_deleted(these).await?;
        let ids: Vec<service_request::Id> = rows.iter().map(|row| row.id).collect();
        let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        if !self.dry_run && !ids.is_empty() {
            let locked = tx.can::<Entity, Update>()?.lock_many(&ids).await?;
            rows.extend(locked.into_iter().map(|row| (row.id, row)));
        }
        with_their_past(tx, &ids, rows).await
    }
}

/// So many requests are asked for by one statement.
const AT_ONCE: usize = 500;

async fn with_their_past(
    tx: &Tx<'_>,
    ids: &[service_request::Id],
    rows: HashMap<service_request::Id, Model>,
) -> Result<HashMap<ExternalId, There>> {
    let mut steps: HashMap<_, Vec<service_step::Model>> = HashMap::new();
    let mut messages: HashMap<_, Vec<request_message::Model>> = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let these = service_step::Column::RequestId.is_in(some.iter().copied());
        let query = service_step::Entity::find().filter(these);
        let query = query.order_by_asc(service_step::Column::Seq);
        for step in tx.rows::<service_step::Entity>().all(query).await? {
            steps.entry(step.request_id).or_default().push(step);
        }
        let these = request_message::Column::RequestId.is_in(some.iter().copied());
        let query = request_message::Entity::find().filter(these);
        for message in tx.rows::<request_message::Entity>().all(query).await? {
            messages.entry(message.request_id).or_default().push(message);
        }
    }
    let there = |(id, row): (service_request::Id, Model)| {
        let steps = steps.remove(&id).unwrap_or_default();
        let messages = messages.remove(&id).unwrap_or_default();
        Some((row.external_id.clone()?, There { row, steps, messages }))
    };
    Ok(rows.into_iter().filter_map(there).collect())
}

/// A batch being judged.
struct Batch<'k, 't, 'w> {
    tx: &'k Tx<'t>,
    known: &'k Known<'w>,
    source: &'k Source,
    plan: Plan,
}

impl Batch<'_, '_, '_> {
    fn judge(
        &mut self,
        n: usize,
        record: &Record,
        there: Option<&There>,
        number: &mut i64,
        unknown: &mut Unknown,
    ) -> Result<Outcome> {
        let row = there.map(|there| &there.row);
        let draft = match Draft::new(self.tx, self.known, record, row, unknown)? {
            Ok(draft) => draft,
            Err(wrong) => return Ok(Outcome::Failed(wrong)),
        };
        match there {
            None => self.make(n, record, draft, number),
            Some(there) => self.change(there, draft),
        }
    }

    fn make(
        &mut self,
        n: usize,
        record: &Record,
        draft: Draft<'_>,
        number: &mut i64,
    ) -> Result<Outcome> {
        let named = named_by(*number);
        let row = beginning(&draft, self.known, self.source, &record.external_id, named)?;
        let create = self.tx.can::<Entity, Create>()?;
        let row = match create.complete(None, row) {
            Ok(row) => row,
            Err(Error::Invalid(faults)) => return Ok(Outcome::Failed(of_faults(&faults))),
            Err(err) => return Err(err),
        };
        *number += 1;
        let by = By::of(self.tx);
        let (row, steps) = past::steps(&row, draft.changes, by);
        let messages = messages(self.tx, by, &row, draft.said);
        let row = with_messages(row, &messages);
        self.plan.made.push((n, Arrival { row, steps, messages }));
        Ok(Outcome::Imported)
    }

    /// What a file says again is known already; what it says besides comes to it.
    fn change(&mut self, there: &There, draft: Draft<'_>) -> Result<Outcome> {
        let (tx, before, by) = (self.tx, &there.row, By::of(self.tx));
        let began = as_it_began(before, there.steps.first());
        let began = Model { opened_at: draft.opened_at, ..began };
        let began = past::began_in(&began, self.known.first(Category::New)?);
        let (_, wanted) = past::steps(&began, draft.changes, by);
        let last = there.steps.iter().map(|step| step.seq).max().unwrap_or_default();
        let steps = past::further(&there.steps, wanted, last.max(before.version));
        let row = ActiveModel { opened_at: Set(draft.opened_at), ..draft.row };
        let mut after = prioritized(patched::<Entity>(before, row)?, &Patch::Keep);
        let messages = further(&there.messages, messages(tx, by, &after, draft.said));
        if !steps.is_empty() {
            let all: Vec<service_step::Model> = there.steps.iter().chain(&steps).cloned().collect();
            after = past::standing(&after, &all);
        }
        after = with_messages(after, &messages);
        let same =
            steps.is_empty() && messages.is_empty() && !differs::<Entity>(before, after.clone());
        if same {
            return Ok(Outcome::Unchanged);
        }
        self.plan.changed.push((before.clone(), Arrival { row: after, steps, messages }));
        Ok(Outcome::Updated)
    }
}

/// The messages that are not among those that are there. What is said twice in a file was said twice.
fn further(
    there: &[request_message::Model],
    wanted: Vec<request_message::Model>,
) -> Vec<request_message::Model> {
    let mut left: HashMap<_, usize> = HashMap::new();
    for message in there {
        *left.entry((message.kind, message.sent_at, message.body.clone())).or_default() += 1;
    }
    let is_new = |message: &request_message::Model| {
        let key = (message.kind, message.sent_at, message.body.clone());
        match left.get_mut(&key) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        }
    };
    wanted.into_iter().filter(is_new).collect()
}

/// Those of which the custom fields fit what is there; the others are refused.
async fn fitting(
    tx: &Tx<'_>,
    made: Vec<(usize, Arrival)>,
    outcomes: &mut [Outcome],
) -> Result<Vec<Arrival>> {
    let create = tx.can::<Entity, Create>()?;
    if !create.has_custom_fields() {
        return Ok(made.into_iter().map(|(_, arrival)| arrival).collect());
    }
    let written: Vec<_> = made.iter().map(|(_, arrival)| (None, &arrival.row)).collect();
    let misfits = create.misfits(&written).await?;
    let mut fit = Vec::with_capacity(made.len());
    for ((n, arrival), mut faults) in made.into_iter().zip(misfits) {
        match (faults.check(), outcomes.get_mut(n)) {
            (Err(err), Some(outcome)) => *outcome = Outcome::Failed(of_faults(err.faults())),
            _ => fit.push(arrival),
        }
    }
    Ok(fit)
}
