use std::collections::HashMap;

use rapport_entity::Id;
use sea_orm::{IntoActiveModel, TryIntoModel};

use super::report::{Wrong, of_faults};
use crate::kernel::{Access, Create, Described, Error, Result, Tx, Update, differs, patched};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Imported,
    Updated,
    Unchanged,
    Failed(Vec<Wrong>),
}

/// A record as the file has it, and as it is here.
pub struct Wanted<E: Described> {
    pub there: Option<E::Model>,
    pub row: E::ActiveModel,
}

/// Makes the records that are not there and changes those that differ. Records that are as wanted are not touched.
pub async fn upsert<E: Described>(
    tx: &Tx<'_>,
    wanted: Vec<Wanted<E>>,
    dry_run: bool,
) -> Result<(Vec<Outcome>, Vec<Id<E>>)>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    let (create, update) = (tx.can::<E, Create>()?, tx.can::<E, Update>()?);
    let mut plans = Vec::with_capacity(wanted.len());
    for Wanted { there, row } in wanted {
        plans.push(Plan::new(&create, there, row)?);
    }
    refuse_misfits(&create, &mut plans).await?;
    let outcomes = plans.iter().map(Plan::outcome).collect();
    let ids = plans.iter().map(|plan| plan.id).collect();
    if !dry_run {
        let (mut new, mut changed) = (Vec::new(), HashMap::new());
        for plan in plans {
            match plan.to_do {
                ToDo::Make(row) => new.push(row),
                ToDo::Change { patch, .. } => drop(changed.insert(plan.id.uuid(), patch)),
                ToDo::Nothing | ToDo::Refuse(_) => {}
            }
        }
        create.insert_many(&new).await?;
        change(&update, changed).await?;
    }
    Ok((outcomes, ids))
}

/// What is to be done about a record.
struct Plan<E: Described> {
    id: Id<E>,
    to_do: ToDo<E>,
}

enum ToDo<E: Described> {
    Make(E::Model),
    Change { before: E::Model, after: E::Model, patch: E::ActiveModel },
    Nothing,
    Refuse(Vec<Wrong>),
}

impl<E: Described> Plan<E>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    fn new(
        create: &Access<'_, E, Create>,
        there: Option<E::Model>,
        patch: E::ActiveModel,
    ) -> Result<Self> {
        let Some(before) = there else {
            return Ok(match create.complete(None, patch) {
                Ok(row) => Self { id: E::id(&row), to_do: ToDo::Make(row) },
                Err(Error::Invalid(faults)) => {
                    Self { id: Id::default(), to_do: ToDo::Refuse(of_faults(&faults)) }
                }
                Err(err) => return Err(err),
            });
        };
        let id = E::id(&before);
        let after = patched::<E>(&before, patch.clone())?;
        let to_do = match differs::<E>(&before, after.clone()) {
            true => ToDo::Change { before, after, patch },
            false => ToDo::Nothing,
        };
        Ok(Self { id, to_do })
    }

    fn outcome(&self) -> Outcome {
        match &self.to_do {
            ToDo::Make(_) => Outcome::Imported,
            ToDo::Change { .. } => Outcome::Updated,
            ToDo::Nothing => Outcome::Unchanged,
            ToDo::Refuse(wrong) => Outcome::Failed(wrong.clone()),
        }
    }
}

/// Refuses those whose custom fields do not fit what is there: what they refer to, and what must be unique.
async fn refuse_misfits<E: Described>(
    create: &Access<'_, E, Create>,
    plans: &mut [Plan<E>],
) -> Result<()> {
    let written = |plan: &Plan<E>| match &plan.to_do {
        ToDo::Make(row) => Some((None, row.clone())),
        ToDo::Change { before, after, .. } => Some((Some(before.clone()), after.clone())),
        ToDo::Nothing | ToDo::Refuse(_) => None,
    };
    if !create.has_custom_fields() {
        return Ok(());
    }
    let (places, rows): (Vec<usize>, Vec<_>) =
        plans.iter().enumerate().filter_map(|(n, plan)| Some((n, written(plan)?))).unzip();
    let rows: Vec<_> = rows.iter().map(|(before, after)| (before.as_ref(), after)).collect();
    for (n, mut faults) in places.into_iter().zip(create.misfits(&rows).await?) {
        if let (Err(err), Some(plan)) = (faults.check(), plans.get_mut(n)) {
            plan.to_do = ToDo::Refuse(of_faults(err.faults()));
        }
    }
    Ok(())
}

async fn change<E: Described>(
    update: &crate::kernel::Access<'_, E, Update>,
    mut changed: HashMap<uuid::Uuid, E::ActiveModel>,
) -> Result<()>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Id<E>> = changed.keys().copied().map(Id::from).collect();
    for before in update.lock_many(&ids).await? {
        if let Some(row) = changed.remove(&E::id(&before).uuid()) {
            let after = patched::<E>(&before, row.into_active_model())?;
            update.save(&before, after, "updated", &[]).await?;
        }
    }
    Ok(())
}
