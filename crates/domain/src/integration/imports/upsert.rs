use std::collections::HashMap;

use rapport_entity::Id;
use sea_orm::{IntoActiveModel, TryIntoModel};

use super::report::Wrong;
use crate::kernel::{Create, Described, Result, Tx, Update, differs, patched};

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
    let (mut new, mut changed) = (Vec::new(), HashMap::new());
    let (mut outcomes, mut ids) =
        (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    for Wanted { there, row } in wanted {
        let (outcome, id) = match there {
            None => {
                let row = create.complete(None, row)?;
                let id = E::id(&row);
                new.push(row);
                (Outcome::Imported, id)
            }
            Some(there) if differs::<E>(&there, patched::<E>(&there, row.clone())?) => {
                changed.insert(E::id(&there).uuid(), row);
                (Outcome::Updated, E::id(&there))
            }
            Some(there) => (Outcome::Unchanged, E::id(&there)),
        };
        outcomes.push(outcome);
        ids.push(id);
    }
    if !dry_run {
        create.insert_many(&new).await?;
        change(&update, changed).await?;
    }
    Ok((outcomes, ids))
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
