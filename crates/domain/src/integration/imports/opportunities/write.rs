use std::collections::{HashMap, HashSet};

use rapport_entity::{
    ExternalId, Name, Source,
    customers::customer,
    identity::user,
    sales::{
        close_reason::{self, Outcome},
        opportunity::{self, ActiveModel, Entity, Model, Status},
        opportunity_line, opportunity_period, pipeline, pipeline_stage, product,
    },
    values::fold,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, sea_query::Expr};

use super::{
    super::{
        Import,
        batches::Item,
        references::customers_of,
        report::{Wrong, of_faults},
        run::Writer,
        upsert::Outcome as Done,
    },
    Named, Record,
    draft::{Draft, key, product_name, unknown},
};
use crate::{
    kernel::{
        Create, Error, Read, Result, Tx, Update,
        database::{is_known_by, is_one_of_texts},
        differs, patched,
    },
    sales::opportunities::{Parts, imported, parts_of_many, save_imported},
};

/// Writes opportunities.
pub struct Writing {
    source: Source,
    dry_run: bool,
    /// Whether there was no opportunity of this source when the import began: none has to be looked up then.
    first: Option<bool>,
}

/// Among so many products one is looked for that a row may mean.
const OTHERS: u64 = 1000;

/// What opportunities of a batch refer to.
#[derive(Default)]
pub struct Known {
    customers: HashMap<ExternalId, customer::Id>,
    customer_names: HashMap<String, Vec<customer::Id>>,
    users: HashMap<String, user::Id>,
    user_names: HashMap<String, Vec<user::Id>>,
    products: HashMap<String, product::Model>,
    product_names: HashMap<String, Vec<product::Model>>,
    /// What other products are called, where a row names one that there is not.
    other_products: Vec<Name>,
    pipelines: Vec<pipeline::Model>,
    stages: Vec<pipeline_stage::Model>,
    reasons: Vec<close_reason::Model>,
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Done>> {
        let known = Known::of(tx, &self.source, items).await?;
        let there = match self.is_first(tx).await? {
            true => HashMap::new(),
            false => self.there(tx, items).await?,
        };
        let mut new: Vec<(usize, Draft)> = Vec::new();
        let mut changed: Vec<(opportunity::Id, Draft)> = Vec::new();
        let mut outcomes = Vec::with_capacity(items.len());
        let lined: Vec<opportunity::Id> = there.values().map(|row| row.id).collect();
        let mut parts = parts_of_many(tx, &lined).await?;
        for (n, Item { record, .. }) in items.iter().enumerate() {
            let before = there.get(&record.external_id);
            outcomes.push(match Draft::new(tx, &known, record, before)? {
                Err(wrong) => Done::Failed(wrong),
                Ok(draft) => match before {
                    None => {
                        new.push((n, draft));
                        Done::Imported
                    }
                    Some(before) if same(before, parts.get(&before.id), &draft)? => Done::Unchanged,
                    Some(before) => {
                        changed.push((before.id, draft));
                        Done::Updated
                    }
                },
            });
        }
        self.insert(tx, items, new, &mut outcomes).await?;
        if !self.dry_run {
            change(tx, changed, &mut parts).await?;
        }
        Ok(outcomes)
    }

    /// Where somebody else has made opportunities of this source meanwhile, they have to be looked up.
    fn forget(&mut self) {
        self.first = Some(false);
    }
}

fn same(before: &Model, parts: Option<&Parts>, draft: &Draft) -> Result<bool> {
    let lines = parts.map(|parts| parts.lines.as_slice()).unwrap_or_default();
    let lined = draft.line.as_ref().is_none_or(|line| lines == std::slice::from_ref(line));
    Ok(lined && !differs::<Entity>(before, patched::<Entity>(before, draft.row.clone())?))
}

impl Writing {
    pub fn new(import: &Import) -> Self {
        Self { source: import.source.clone(), dry_run: import.dry_run, first: None }
    }

    async fn is_first(&mut self, tx: &Tx<'_>) -> Result<bool> {
        if let Some(first) = self.first {
            return Ok(first);
        }
        let any = Condition::all()
            .add(opportunity::Column::Source.eq(self.source.clone()))
            .add(opportunity::Column::ExternalId.is_not_null());
        let first = !tx.can::<Entity, Read>()?.any_even_deleted(any).await?;
        self.first = Some(first);
        Ok(first)
    }

    async fn there(
        &self,
        tx: &Tx<'_>,
        items: &[Item<Record>],
    ) -> Result<HashMap<ExternalId, Model>> {
        let keys: HashSet<&str> =
            items.iter().map(|item| item.record.external_id.as_str()).collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        let of_source = [(opportunity::Column::Source, self.source.clone().into())];
        let these = is_known_by::<Entity>(
            tx.actor().workspace,
            &of_source,
            opportunity::Column::ExternalId,
            &keys,
            tx.backend(),
        );
        let rows = tx.can::<Entity, Read>()?.matching_even_deleted(these).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.external_id.clone()?, row))).collect())
    }

    /// Makes those that are new, each with its line and its past.
    async fn insert(
        &self,
        tx: &Tx<'_>,
        items: &[Item<Record>],
        new: Vec<(usize, Draft)>,
        outcomes: &mut [Done],
    ) -> Result<()> {
        let create = tx.can::<Entity, Create>()?;
        let mut rows = Vec::with_capacity(new.len());
        let mut kept = Vec::with_capacity(new.len());
        for (n, draft) in new {
            let external_id = items[n].record.external_id.clone();
            let row = ActiveModel {
                source: Set(Some(self.source.clone())),
                external_id: Set(Some(external_id)),
                sort_name: Set(String::new()),
                search_text: Set(String::new()),
                ..draft.row.clone()
            };
            let id = row.id.clone().take();
            match create.complete(id, row) {
                Ok(row) => {
                    rows.push(row);
                    kept.push((n, draft));
                }
                Err(Error::Invalid(faults)) => outcomes[n] = Done::Failed(of_faults(&faults)),
                Err(err) => return Err(err),
            }
        }
        if create.has_custom_fields() {
            let written: Vec<_> = rows.iter().map(|row| (None, row)).collect();
            let misfits = create.misfits(&written).await?;
            let mut fits = Vec::new();
            for ((n, _), mut faults) in kept.iter().zip(misfits) {
                let checked = faults.check();
                fits.push(checked.is_ok());
                if let Err(err) = checked {
                    outcomes[*n] = Done::Failed(of_faults(err.faults()));
                }
            }
            let mut fit = fits.iter();
            rows.retain(|_| fit.next().copied().unwrap_or(true));
            let mut fit = fits.iter();
            kept.retain(|_| fit.next().copied().unwrap_or(true));
        }
        if self.dry_run || rows.is_empty() {
            return Ok(());
        }
        create.insert_many(&rows).await?;
        let periods: Vec<opportunity_period::Model> = rows
            .iter()
            .zip(&kept)
            .flat_map(|(row, (_, draft))| imported(tx, row, draft.opened_at, draft.since))
            .collect();
        tx.rows::<opportunity_period::Entity>().insert(&periods).await?;
        let lines: Vec<opportunity_line::Model> =
            kept.into_iter().filter_map(|(_, draft)| draft.line).collect();
        tx.rows::<opportunity_line::Entity>().insert(&lines).await
    }
}

async fn change(
    tx: &Tx<'_>,
    changed: Vec<(opportunity::Id, Draft)>,
    parts: &mut HashMap<opportunity::Id, Parts>,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let mut changed: HashMap<opportunity::Id, Draft> = changed.into_iter().collect();
    let ids: Vec<opportunity::Id> = changed.keys().copied().collect();
    for before in tx.can::<Entity, Update>()?.lock_many(&ids).await? {
        let Some(draft) = changed.remove(&before.id) else { continue };
        let old = parts.remove(&before.id).unwrap_or_default();
        let after = patched::<Entity>(&before, draft.row)?;
        let lines = draft.line.map_or_else(|| old.lines.clone(), |line| vec![line]);
        save_imported(tx, &before, after, &old, lines).await?;
    }
    Ok(())
}

impl Known {
    async fn of(tx: &Tx<'_>, source: &Source, items: &[Item<Record>]) -> Result<Self> {
        let records = || items.iter().map(|item| &item.record);
        let mut known = Self::default();
        let (keys, names) = wanted(
            records().filter_map(|record| record.customer.as_ref()?.as_ref()),
            ExternalId::as_str,
        );
        for row in customers_of(tx, source, keys).await? {
            if row.deleted_at.is_none() {
                known.customers.extend(row.external_id.map(|external_id| (external_id, row.id)));
            }
        }
        let column = Expr::col(customer::Column::SortName);
        for row in named::<customer::Entity>(tx, column, names).await? {
            known.customer_names.entry(row.sort_name).or_default().push(row.id);
        }
        let (keys, names) =
            wanted(records().filter_map(|record| record.owner.as_ref()?.as_ref()), String::as_str);
        known.find_users(tx, keys, names).await?;
        let lines = records().filter_map(|record| record.line.as_ref().map(|line| &line.product));
        let (keys, names) = wanted(lines, String::as_str);
        known.find_products(tx, keys, names).await?;
        known.pipelines = all::<pipeline::Entity>(tx).await?;
        known.stages = all::<pipeline_stage::Entity>(tx).await?;
        known.stages.sort_by_key(|stage| (i64::from(stage.position), stage.id.uuid()));
        if records().any(|record| record.close_reason.is_some()) {
            known.reasons = all::<close_reason::Entity>(tx).await?;
        }
        Ok(known)
    }

    async fn find_users(
        &mut self,
        tx: &Tx<'_>,
        keys: HashSet<&str>,
        names: HashSet<String>,
    ) -> Result<()> {
        if keys.is_empty() && names.is_empty() {
            return Ok(());
        }
        // A workspace has few users, and names are looked for among all of them.
        for row in all::<user::Entity>(tx).await? {
            self.user_names.entry(fold(row.name.as_str())).or_default().push(row.id);
            self.users.insert(row.email_key, row.id);
        }
        Ok(())
    }

    async fn find_products(
        &mut self,
        tx: &Tx<'_>,
        keys: HashSet<&str>,
        names: HashSet<String>,
    ) -> Result<()> {
        for row in super::super::references::products_of(tx, keys).await? {
            self.products.insert(row.sku.as_str().to_owned(), row);
        }
        let column = Expr::col(product::Column::SortName);
        for row in named::<product::Entity>(tx, column, names.clone()).await? {
            self.product_names.entry(row.sort_name.clone()).or_default().push(row);
        }
        if names.iter().any(|name| !self.product_names.contains_key(name)) {
            let some = tx.can::<product::Entity, Read>()?;
            let some = some.filtered(Condition::all(), OTHERS).await?;
            self.other_products = some.into_iter().map(|product| product.name).collect();
        }
        Ok(())
    }

    pub fn customer(&self, named: &Named<ExternalId>) -> Result<customer::Id, Wrong> {
        match named {
            Named::Key(external_id) => self.customers.get(external_id).copied().ok_or_else(|| {
                Wrong::new(
                    "customerExternalId",
                    "is no customer of this source; import customers first",
                )
            }),
            Named::Name(name) => only("customerName", "customer", name, &self.customer_names),
        }
    }

    pub fn owner(&self, named: &Named<String>) -> Result<user::Id, Wrong> {
        match named {
            Named::Key(email_key) => self
                .users
                .get(email_key)
                .copied()
                .ok_or_else(|| Wrong::new("ownerEmail", "is no user of this workspace")),
            Named::Name(name) => {
                only("ownerName", "user of this workspace", name, &self.user_names)
            }
        }
    }

    pub fn product(&self, named: &Named<String>) -> Result<&product::Model, Wrong> {
        let found = match named {
            Named::Key(sku) => self.products.get(sku),
            Named::Name(name) => match self.product_names.get(&key(name)).map(Vec::as_slice) {
                Some([one]) => Some(one),
                Some([_, _, ..]) => {
                    let why = format!(
                        "{:?} is what several products are called; name their sku",
                        name.as_str()
                    );
                    return Err(Wrong::new("productName", why));
                }
                _ => None,
            },
        };
        let field = if matches!(named, Named::Key(_)) { "productSku" } else { "productName" };
        let names = self.other_products.iter().map(Name::as_str);
        found.ok_or_else(|| unknown(field, "product", product_name(named), names))
    }

    /// The stage that an opportunity is in: of what is closed and says none, the one it is in here, or the last one of the
    /// pipeline; of what is open and says none, the first.
    pub fn stage(
        &self,
        record: &Record,
        there: Option<&Model>,
        status: Status,
    ) -> Result<&pipeline_stage::Model, Wrong> {
        let pipeline = self.pipeline(record, there)?;
        let mut stages = self.stages.iter().filter(|stage| stage.pipeline_id == pipeline.id);
        let named = record.stage.as_ref().filter(|_| self.outcome(record).is_none());
        let named = named.map(|name| (key(name), name));
        let found = match (named, there) {
            (Some((wanted, name)), _) => {
                let is = |stage: &&pipeline_stage::Model| {
                    stage.sort_name == wanted || stage.key.as_str() == name.as_str()
                };
                let names = self.stages.iter().map(|stage| stage.name.as_str());
                let what = format!("stage of the pipeline {:?}", pipeline.name.as_str());
                let none = || unknown("stage", &what, name.as_str(), names);
                return stages.find(is).ok_or_else(none);
            }
            (None, Some(there)) if there.pipeline_id == pipeline.id => {
                self.stages.iter().find(|stage| stage.id == there.stage_id)
            }
            _ if status == Status::Open => stages.next(),
            _ => stages.next_back(),
        };
        let none = || Wrong::new("pipeline", "is a pipeline without stages");
        found.ok_or_else(none)
    }

    /// How it ended, where the row says so in the place of a stage, as most systems do, and there is no such stage.
    pub fn outcome(&self, record: &Record) -> Option<Status> {
        let wanted = key(record.stage.as_ref()?);
        let ended = match wanted.as_str() {
            "won" | "closed won" => Status::Won,
            "lost" | "closed lost" => Status::Lost,
            _ => return None,
        };
        let is_stage = self.stages.iter().any(|stage| stage.sort_name == wanted);
        (!is_stage).then_some(ended)
    }

    fn pipeline(&self, record: &Record, there: Option<&Model>) -> Result<&pipeline::Model, Wrong> {
        let found = match (&record.pipeline, there) {
            (Some(name), _) => {
                let wanted = key(name);
                let is = |pipeline: &&pipeline::Model| {
                    pipeline.sort_name == wanted || pipeline.key.as_str() == name.as_str()
                };
                let names = self.pipelines.iter().map(|pipeline| pipeline.name.as_str());
                let none = || unknown("pipeline", "pipeline", name.as_str(), names);
                return self.pipelines.iter().find(is).ok_or_else(none);
            }
            (None, Some(there)) => self.pipelines.iter().find(|one| one.id == there.pipeline_id),
            (None, None) => self.pipelines.iter().find(|one| one.is_default),
        };
        found.ok_or_else(|| Wrong::new("pipeline", "is needed: there is no default pipeline"))
    }

    pub fn reason(&self, outcome: Outcome, name: &Name) -> Result<close_reason::Id, Wrong> {
        let wanted = key(name);
        let is =
            |reason: &&close_reason::Model| reason.outcome == outcome && reason.sort_name == wanted;
        let names = self.reasons.iter().map(|reason| reason.name.as_str());
        let none = || unknown("closeReason", "reason of the list", name.as_str(), names);
        self.reasons.iter().find(is).map(|reason| reason.id).ok_or_else(none)
    }
}

/// The keys and the names by which records are named.
fn wanted<'r, K: 'r>(
    named: impl Iterator<Item = &'r Named<K>>,
    text: fn(&K) -> &str,
) -> (HashSet<&'r str>, HashSet<String>) {
    let (mut keys, mut names) = (HashSet::new(), HashSet::new());
    for named in named {
        match named {
            Named::Key(of) => drop(keys.insert(text(of))),
            Named::Name(name) => drop(names.insert(key(name))),
        }
    }
    (keys, names)
}

/// The records with one of these names, as names are compared.
async fn named<E: crate::kernel::Described>(
    tx: &Tx<'_>,
    column: Expr,
    names: HashSet<String>,
) -> Result<Vec<E::Model>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let these = Condition::all().add(E::DELETED_AT.is_null()).add(is_one_of_texts(
        column,
        &names,
        tx.backend(),
    ));
    tx.can::<E, Read>()?.matching_even_deleted(these).await
}

async fn all<E: crate::kernel::Described>(tx: &Tx<'_>) -> Result<Vec<E::Model>> {
    tx.can::<E, Read>()?.filtered(Condition::all(), i64::MAX as u64).await
}

/// The one that a name is of. Of several none is taken.
fn only<I: Copy>(
    field: &str,
    what: &str,
    name: &Name,
    all: &HashMap<String, Vec<I>>,
) -> Result<I, Wrong> {
    match all.get(&key(name)).map(Vec::as_slice) {
        Some([one]) => Ok(*one),
        Some([_, _, ..]) => {
            let why = format!("{:?} is the name of several; say which by its key", name.as_str());
            Err(Wrong::new(field, why))
        }
        _ => Err(unknown(field, what, name.as_str(), all.keys().map(String::as_str))),
    }
}
