use std::collections::{HashMap, HashSet};

use rapport_entity::{
    ExternalId, Source,
    customers::customer,
    sales::{
        order::{self, ActiveModel, Entity, Model},
        order_line,
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};

use super::{
    super::{
        Import,
        batches::Item,
        customers::missing,
        references::References,
        report::{Wrong, of_faults},
        run::Writer,
        upsert::Outcome,
    },
    Record,
    draft::Draft,
};
use crate::{
    customers::beginning::beginning,
    kernel::{Create, Faults, Read, Result, Tx, Update, database::is_known_by, differs, patched},
    sales::orders::{
        lines::lines_of_many,
        orders::{numbers, save},
        progress::Progress,
        states::{judge, progress_of},
    },
};

/// Writes orders.
pub struct Writing {
    source: Source,
    dry_run: bool,
    references: References,
    customers: u64,
    /// Whether there was no order of this source when the import began: none has to be looked up then.
    first: Option<bool>,
}

/// An order as it is here.
struct There {
    row: Model,
    lines: Vec<order_line::Model>,
}

/// What is wrong with orders that are not written.
type Refused = HashMap<ExternalId, Vec<Wrong>>;

/// What has to be written.
#[derive(Default)]
struct Changes<'a> {
    new: Vec<(&'a Record, Draft)>,
    changed: HashMap<order::Id, (ActiveModel, Vec<order_line::Model>)>,
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Outcome>> {
        self.look_up(tx, items).await?;
        self.make_customers(tx, items).await?;
        let there = match self.is_first(tx).await? {
            true => HashMap::new(),
            false => self.there(tx, items).await?,
        };
        let mut changes = Changes::default();
        let mut outcomes = Vec::with_capacity(items.len());
        for Item { record, .. } in items {
            let there = there.get(&record.external_id);
            let draft = Draft::new(tx, &self.references, record, there.map(|there| &there.row));
            outcomes.push(match draft {
                Ok(draft) => changes.add(record, draft, there)?,
                Err(wrong) => Outcome::Failed(wrong),
            });
        }
        self.refuse_misfits(tx, &mut changes, &there, items, &mut outcomes).await?;
        let mut progress = progress_of(tx, changes.rows(&there)).await?;
        refuse_unfit(&progress, &mut changes, &there, items, &mut outcomes)?;
        if !self.dry_run {
            self.insert(tx, changes.new).await?;
            change(tx, changes.changed, &mut progress).await?;
        }
        Ok(outcomes)
    }

    fn take_customers(&mut self) -> u64 {
        std::mem::take(&mut self.customers)
    }

    /// Where somebody else has made orders of this source meanwhile, they have to be looked up.
    fn forget(&mut self) {
        self.references.forget();
        self.first = Some(false);
    }
}

impl<'a> Changes<'a> {
    fn leave_out(&mut self, there: &HashMap<ExternalId, There>, refused: &Refused) {
        self.new.retain(|(record, _)| !refused.contains_key(&record.external_id));
        for row in refused.keys().filter_map(|key| there.get(key)).map(|there| &there.row) {
            self.changed.remove(&row.id);
        }
    }

    /// What is there of the orders that change.
    fn rows<'t>(&self, there: &'t HashMap<ExternalId, There>) -> impl Iterator<Item = &'t Model> {
        let changes = |row: &&Model| self.changed.contains_key(&row.id);
        there.values().map(|there| &there.row).filter(changes)
    }

    fn add(&mut self, record: &'a Record, draft: Draft, there: Option<&There>) -> Result<Outcome> {
        let Some(There { row, lines }) = there else {
            self.new.push((record, draft));
            return Ok(Outcome::Imported);
        };
        let patch = draft.patch(record);
        let same = *lines == draft.lines
            && !differs::<Entity>(row, patched::<Entity>(row, patch.clone())?);
        if same {
            return Ok(Outcome::Unchanged);
        }
        self.changed.insert(row.id, (patch, draft.lines));
        Ok(Outcome::Updated)
    }
}

impl Writing {
    pub fn new(import: &Import) -> Self {
        Self {
            source: import.source.clone(),
            dry_run: import.dry_run,
            references: References::default(),
            customers: 0,
            first: None,
        }
    }

    /// Looks up everything that the orders refer to.
    async fn look_up(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<()> {
        let records = || items.iter().map(|item| &item.record);
        let references = &mut self.references;
        references
            .find_customers(tx, &self.source, records().map(|record| &record.customer))
            .await?;
        let owners = records().filter_map(|record| record.owner.as_ref()?.as_deref());
        references.find_users(tx, owners).await?;
        let skus = records().flat_map(|record| &record.lines).filter_map(|line| line.sku.as_ref());
        references.find_products(tx, skus.map(|sku| sku.as_str())).await
    }

    /// Makes the customers that are missing; of several rows of one customer, the first tells what they are like.
    async fn make_customers(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<()> {
        self.customers = 0;
        let profiles =
            items.iter().filter_map(|item| Some((&item.record, item.record.profile.as_ref()?)));
        let mut new = Vec::new();
        let beginning = beginning(tx).await?;
        for (record, profile) in profiles {
            if self.references.has_customer(&record.customer) || !missing(profile).is_empty() {
                continue;
            }
            let Ok(owner_id) = self.references.owner(record.owner.as_ref()) else { continue };
            let row = customer::ActiveModel {
                owner_id,
                source: Set(Some(self.source.clone())),
                external_id: Set(Some(record.customer.clone())),
                ..customer::ActiveModel::clone(profile)
            };
            let row = tx.can::<customer::Entity, Create>()?.complete(None, beginning.mark(row))?;
            self.references.add_customer(record.customer.clone(), row.id);
            new.push(row);
        }
        self.customers = new.len() as u64;
        if self.dry_run || new.is_empty() {
            return Ok(());
        }
        tx.can::<customer::Entity, Create>()?.insert_many(&new).await
    }

    /// (A table that was empty when its statements were planned would be looked through from end to end each time.)
    async fn is_first(&mut self, tx: &Tx<'_>) -> Result<bool> {
        if let Some(first) = self.first {
            return Ok(first);
        }
        let any = Condition::all()
            .add(order::Column::Source.eq(self.source.clone()))
            .add(order::Column::ExternalId.is_not_null());
        let first = !tx.can::<Entity, Read>()?.any_even_deleted(any).await?;
        self.first = Some(first);
        Ok(first)
    }

    async fn there(
        &self,
        tx: &Tx<'_>,
        items: &[Item<Record>],
    ) -> Result<HashMap<ExternalId, There>> {
        let keys: HashSet<&str> =
            items.iter().map(|item| item.record.external_id.as_str()).collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        let of_source = [(order::Column::Source, self.source.clone().into())];
        let these = is_known_by::<Entity>(
            tx.actor().workspace,
            &of_source,
            order::Column::ExternalId,
            &keys,
            tx.backend(),
        );
        let rows = tx.can::<Entity, Read>()?.matching_even_deleted(these).await?;
        let ids: Vec<order::Id> = rows.iter().map(|row| row.id).collect();
        let mut lines = lines_of_many(tx, &ids).await?;
        let by_key = |row: Model| {
            let lines = lines.remove(&row.id).unwrap_or_default();
            Some((row.external_id.clone()?, There { row, lines }))
        };
        Ok(rows.into_iter().filter_map(by_key).collect())
    }

    /// Refuses those whose custom fields are wrong or do not fit what is there.
    async fn refuse_misfits(
        &self,
        tx: &Tx<'_>,
        changes: &mut Changes<'_>,
        there: &HashMap<ExternalId, There>,
        items: &[Item<Record>],
        outcomes: &mut [Outcome],
    ) -> Result<()> {
        let orders = tx.can::<Entity, Create>()?;
        if !orders.has_custom_fields() {
            return Ok(());
        }
        let mut refused = Refused::new();
        let mut rows = Vec::new();
        for (record, draft) in &changes.new {
            let key = record.external_id.clone();
            match orders.extended(draft.row(tx, record, &self.source, String::new())) {
                Ok(row) => rows.push((key, None, row)),
                Err(err) => drop(refused.insert(key, of_faults(err.faults()))),
            }
        }
        for There { row: before, .. } in there.values() {
            let Some((patch, _)) = changes.changed.get(&before.id) else { continue };
            let after = patched::<Entity>(before, patch.clone())?;
            rows.extend(before.external_id.clone().map(|key| (key, Some(before), after)));
        }
        let written: Vec<_> = rows.iter().map(|(_, before, after)| (*before, after)).collect();
        for ((key, ..), mut faults) in rows.iter().zip(orders.misfits(&written).await?) {
            if let Err(err) = faults.check() {
                refused.insert(key.clone(), of_faults(err.faults()));
            }
        }
        changes.leave_out(there, &refused);
        tell(&refused, items, outcomes);
        Ok(())
    }

    async fn insert(&self, tx: &Tx<'_>, new: Vec<(&Record, Draft)>) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let orders = numbers(tx, new.len())
            .await?
            .zip(&new)
            .map(|(number, (record, draft))| draft.row(tx, record, &self.source, number));
        let create = tx.can::<Entity, Create>()?;
        let orders: Vec<Model> = orders.map(|row| create.extended(row)).collect::<Result<_>>()?;
        create.insert_many(&orders).await?;
        let lines: Vec<order_line::Model> =
            new.into_iter().flat_map(|(_, draft)| draft.lines).collect();
        tx.rows::<order_line::Entity>().insert(&lines).await
    }
}

/// Refuses what does not fit what was delivered or paid. The steps in between are not asked for: a file says where an order
/// stands.
fn refuse_unfit(
    progress: &HashMap<order::Id, Progress>,
    changes: &mut Changes<'_>,
    there: &HashMap<ExternalId, There>,
    items: &[Item<Record>],
    outcomes: &mut [Outcome],
) -> Result<()> {
    let mut refused = Refused::new();
    for (key, There { row, lines: old }) in there {
        let Some(progress) = progress.get(&row.id) else { continue };
        let Some((patch, lines)) = changes.changed.get(&row.id) else { continue };
        let after = patched::<Entity>(row, patch.clone())?;
        let mut faults = Faults::default();
        judge(progress, (row, old), (&after, lines), &mut faults);
        if let Err(err) = faults.check() {
            refused.insert(key.clone(), of_faults(err.faults()));
        }
    }
    changes.leave_out(there, &refused);
    tell(&refused, items, outcomes);
    Ok(())
}

fn tell(refused: &Refused, items: &[Item<Record>], outcomes: &mut [Outcome]) {
    for (item, outcome) in items.iter().zip(outcomes) {
        if let Some(wrong) = refused.get(&item.record.external_id) {
            *outcome = Outcome::Failed(wrong.clone());
        }
    }
}

async fn change(
    tx: &Tx<'_>,
    mut changed: HashMap<order::Id, (ActiveModel, Vec<order_line::Model>)>,
    progress: &mut HashMap<order::Id, Progress>,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<order::Id> = changed.keys().copied().collect();
    let locked = tx.can::<Entity, Update>()?.lock_many(&ids).await?;
    let mut old = lines_of_many(tx, &ids).await?;
    for before in locked {
        if let Some((patch, lines)) = changed.remove(&before.id) {
            let old = old.remove(&before.id).unwrap_or_default();
            let after = patched::<Entity>(&before, patch)?;
            let progress = progress.remove(&before.id).unwrap_or_default();
            save(tx, &before, after, &old, &lines, progress).await?;
        }
    }
    Ok(())
}
