use std::collections::{HashMap, HashSet};

use rapport_entity::{
    ExternalId, Name, Source,
    identity::user,
    sales::lead::{
        self, ActiveModel, Column, Entity, Model,
        Status::{self, Converted, New, Unqualified, Working},
    },
};
use sea_orm::ActiveValue::{self, NotSet, Set, Unchanged};

use super::{
    super::{
        Import,
        batches::Item,
        references::References,
        report::Wrong,
        run::Writer,
        upsert::{Outcome, Wanted, upsert},
    },
    Record,
};
use crate::{
    kernel::{Read, Result, Tx, Update, database::is_known_by, differs, patched},
    sales::leads::{are_assigned, assign_many, follow_many, hand_over_many, leads::NewLead},
};

/// Writes leads.
pub struct Writing {
    source: Source,
    dry_run: bool,
    references: References,
}

/// What is to be done once the leads of a batch are there.
#[derive(Default)]
struct Next {
    /// To be assigned, in the order in which they came.
    unowned: Vec<lead::Id>,
    /// Those of them whose row says nothing of an owner.
    mine: HashSet<lead::Id>,
    /// Those that have somebody for the first time.
    owned: Vec<(lead::Id, user::Id)>,
    /// Those that were made or changed.
    written: Vec<lead::Id>,
}

/// Whose a lead becomes.
#[derive(Clone, Copy)]
enum Owner {
    /// Whoever the rules say; else whoever imports, if the flag is set.
    Unsaid(bool),
    /// This user, whom it did not have before.
    First(user::Id),
    /// There is nothing to be done about it.
    Settled,
}

impl Writing {
    pub fn new(import: &Import) -> Self {
        Self {
            source: import.source.clone(),
            dry_run: import.dry_run,
            references: References::default(),
        }
    }

    async fn there(
        &self,
        tx: &Tx<'_>,
        items: &[Item<Record>],
    ) -> Result<HashMap<ExternalId, Model>> {
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
        let mut rows = tx.can::<Entity, Read>()?.matching_even_deleted(these).await?;
        if !self.dry_run && !rows.is_empty() {
            // Locked, so that none is converted between being looked at and being changed.
            let ids: Vec<lead::Id> = rows.iter().map(|row| row.id).collect();
            rows.extend(tx.can::<Entity, Update>()?.lock_many(&ids).await?);
        }
        Ok(rows.into_iter().filter_map(|row| Some((row.external_id.clone()?, row))).collect())
    }

    /// The lead as it is to be, or all that is wrong with it. `there` is the lead as it is here.
    fn resolve(
        &self,
        tx: &Tx<'_>,
        record: &Record,
        there: Option<&Model>,
    ) -> Result<Result<ActiveModel, Vec<Wrong>>> {
        let mut wrong = Vec::new();
        if there.is_some_and(|there| there.deleted_at.is_some()) {
            let why = "this lead was deleted here; restore it to import it";
            wrong.push(Wrong::new("externalId", why));
        }
        let mut row = record.row.clone();
        match self.references.owner(record.owner.as_ref()) {
            // A row that names nobody leaves a lead with whoever the rules have given it to.
            Ok(Set(None)) if there.is_some() => {}
            Ok(owner) => row.owner_id = owner,
            Err(why) => wrong.push(why),
        }
        stand(tx, &mut row, record.status, there, &mut wrong);
        match there {
            None => self.begin(&mut row, record, tx, &mut wrong),
            Some(there) if there.status == Converted => {
                if differs::<Entity>(there, patched::<Entity>(there, row.clone())?) {
                    let why = "this lead is converted here, and is not changed any more";
                    wrong.push(Wrong::new("externalId", why));
                }
            }
            Some(_) => {}
        }
        Ok(if wrong.is_empty() { Ok(row) } else { Err(wrong) })
    }

    /// What a new lead has besides.
    fn begin(&self, row: &mut ActiveModel, record: &Record, tx: &Tx<'_>, wrong: &mut Vec<Wrong>) {
        match (&row.name, display_name(row)) {
            (Set(_), _) => {}
            (_, Some(name)) => row.name = Set(name),
            (_, None) => {
                let why = "is needed where no person, company, email or phone is named";
                wrong.push(Wrong::new("name", why));
            }
        }
        row.source = Set(Some(self.source.clone()));
        row.external_id = Set(Some(record.external_id.clone()));
        row.sort_name = Set(String::new());
        row.search_text = Set(String::new());
        row.score = Set(0);
        row.customer_made = Set(false);
        row.contact_made = Set(false);
        row.opportunity_made = Set(false);
        if row.currency == NotSet {
            row.currency = Set(tx.actor().currency.clone());
        }
    }
}

/// Where it stands: as the row says, or else as it stood, and new at first.
fn stand(
    tx: &Tx<'_>,
    row: &mut ActiveModel,
    said: Option<Status>,
    there: Option<&Model>,
    wrong: &mut Vec<Wrong>,
) {
    let status = said.or(there.map(|there| there.status)).unwrap_or_default();
    if let Some(there) = there
        && status == New
        && there.status != New
    {
        wrong.push(Wrong::new(
            "status",
            "somebody is at this lead here: nothing makes it new again",
        ));
    }
    let has_reason = match &row.unqualified_reason {
        Set(reason) | Unchanged(reason) => reason.is_some(),
        NotSet => there.is_some_and(|there| there.unqualified_reason.is_some()),
    };
    let says_reason = matches!(&row.unqualified_reason, Set(Some(_)));
    match status {
        Unqualified if !has_reason => {
            wrong.push(Wrong::new("unqualifiedReason", "is needed for what is unqualified"));
        }
        Unqualified => {}
        _ if says_reason => {
            wrong.push(Wrong::new("unqualifiedReason", "is for what is unqualified only"));
        }
        _ => row.unqualified_reason = Set(None),
    }
    row.status = Set(status);
    // Whoever is at it has answered, so that nobody waits for it any more.
    let is_answered = there.is_some_and(|there| {
        there.status == New && status == Working && there.responded_at.is_none()
    });
    if is_answered {
        row.responded_at = Set(Some(tx.now()));
    }
}

/// What a lead is called where its row does not say so.
fn display_name(row: &ActiveModel) -> Option<Name> {
    let new = NewLead {
        first_name: given(&row.first_name),
        last_name: given(&row.last_name),
        company_name: given(&row.company_name),
        email: given(&row.email),
        phone: given(&row.phone),
        ..NewLead::default()
    };
    new.display_name()
}

fn given<T: Clone>(value: &ActiveValue<Option<T>>) -> Option<T>
where
    Option<T>: Into<sea_orm::Value>,
{
    match value {
        Set(value) | Unchanged(value) => value.clone(),
        NotSet => None,
    }
}

impl Owner {
    fn of(row: &ActiveModel, there: Option<&Model>) -> Self {
        let is_open = matches!(&row.status, Set(status) if status.is_open());
        match (&row.owner_id, there) {
            (Set(Some(owner)), Some(there)) if there.owner_id.is_none() => Self::First(*owner),
            (Set(None), None) if is_open => Self::Unsaid(false),
            (NotSet, None) if is_open => Self::Unsaid(true),
            _ => Self::Settled,
        }
    }
}

impl Next {
    fn add(&mut self, id: lead::Id, owner: Owner) {
        self.written.push(id);
        match owner {
            Owner::Unsaid(mine) => {
                self.unowned.push(id);
                self.mine.extend(mine.then_some(id));
            }
            Owner::First(owner) => self.owned.push((id, owner)),
            Owner::Settled => {}
        }
    }

    async fn done(self, tx: &Tx<'_>, by_rules: bool) -> Result<()> {
        if by_rules {
            assign_many(tx, self.unowned, &self.mine).await?;
        }
        hand_over_many(tx, &self.owned).await?;
        follow_many(tx, &self.written).await
    }
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Outcome>> {
        let emails = items.iter().filter_map(|item| item.record.owner.as_ref()?.as_deref());
        self.references.find_users(tx, emails).await?;
        let mut there = self.there(tx, items).await?;
        let by_rules = are_assigned(tx).await?;
        let mut outcomes = vec![Outcome::Unchanged; items.len()];
        let (mut wanted, mut places) = (Vec::<Wanted<Entity>>::new(), Vec::new());
        for (n, Item { record, .. }) in items.iter().enumerate() {
            let there = there.remove(&record.external_id);
            match self.resolve(tx, record, there.as_ref())? {
                Ok(mut row) => {
                    let owner = Owner::of(&row, there.as_ref());
                    if by_rules && matches!(owner, Owner::Unsaid(_)) {
                        // Nobody's until the rules are asked, so that it counts as nobody's.
                        row.owner_id = Set(None);
                    }
                    wanted.push(Wanted { there, row });
                    places.push((n, owner));
                }
                Err(wrong) => outcomes[n] = Outcome::Failed(wrong),
            }
        }
        let (done, ids) = upsert(tx, wanted, self.dry_run).await?;
        let mut next = Next::default();
        for (((n, owner), outcome), id) in places.into_iter().zip(done).zip(ids) {
            if matches!(outcome, Outcome::Imported | Outcome::Updated) {
                next.add(id, owner);
            }
            outcomes[n] = outcome;
        }
        if !self.dry_run {
            next.done(tx, by_rules).await?;
        }
        Ok(outcomes)
    }

    fn forget(&mut self) {
        self.references.forget();
    }
}
