//! Custom fields of records that are written, as far as the database has to be asked: what they refer to, and what must
//! be unique.

use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_entity::identity::role::Verb;
use sea_orm::{
    ConnectionTrait, ModelTrait, Value,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{Access, Action};
use crate::kernel::{
    catalogue::{Catalogue, Described, Held},
    custom::{self, CustomField},
    database::{is_one_of, is_one_of_texts},
    error::{Faults, Result},
};

/// A row that is to be written, and what it was before.
pub(crate) type Written<'r, E> =
    (Option<&'r <E as sea_orm::EntityTrait>::Model>, &'r <E as sea_orm::EntityTrait>::Model);

/// A kind of record that is referred to: by which row, where, and which record.
type Asked = (&'static Catalogue, Vec<(usize, String, Uuid)>);

impl<E: Described, A: Action> Access<'_, E, A> {
    /// The row as far as the actor may see it.
    pub(super) fn seen(&self, mut row: E::Model) -> E::Model {
        custom::conceal::<E>(self.actor, &mut row);
        row
    }

    /// Whoever a custom field refers to, and did not before, must be there and visible.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) names every one that is not.
    pub(super) async fn check_references(
        &self,
        before: Option<&E::Model>,
        after: &E::Model,
    ) -> Result<()> {
        let mut faults = self.references(&[(before, after)]).await?;
        faults.pop().unwrap_or_default().check()
    }

    /// Whether the workspace has defined any for such records.
    pub(crate) fn has_custom_fields(&self) -> bool {
        !self.actor.custom.of(E::NAME).is_empty()
    }

    /// What is wrong with the custom fields of each of many rows: with few questions, before any of them is written.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub(crate) async fn misfits(&self, rows: &[Written<'_, E>]) -> Result<Vec<Faults>> {
        let mut faults = self.references(rows).await?;
        for ((before, row), faults) in rows.iter().zip(&mut faults) {
            let revised = before
                .map(|before| custom::revise::<E>(self.actor, before, &mut E::Model::clone(row)));
            if let Some(Err(err)) = revised {
                faults.under("", err);
            }
        }
        let unique = |field: &&CustomField| field.is_visible && field.definition.unique;
        for field in self.actor.custom.of(E::NAME).iter().filter(unique) {
            self.check_unique(field, rows, &mut faults).await?;
        }
        Ok(faults)
    }

    async fn references(&self, rows: &[Written<'_, E>]) -> Result<Vec<Faults>> {
        let mut faults: Vec<Faults> = rows.iter().map(|_| Faults::default()).collect();
        if self.actor.custom.of(E::NAME).iter().all(|field| field.target.is_none()) {
            return Ok(faults);
        }
        let mut asked: BTreeMap<&'static str, Asked> = BTreeMap::new();
        for (n, (before, after)) in rows.iter().enumerate() {
            for reference in custom::references::<E>(self.actor, *before, after) {
                let target = (reference.target)();
                let asked = asked.entry(target.name).or_insert_with(|| (target, Vec::new()));
                asked.1.push((n, reference.at, reference.id));
            }
        }
        for (name, (target, wanted)) in asked {
            let ids: Vec<Uuid> = wanted.iter().map(|(.., id)| *id).collect();
            let there = self.those_there(target, &ids).await?;
            for (n, at, _) in wanted.into_iter().filter(|(.., id)| !there.contains(id)) {
                if let Some(faults) = faults.get_mut(n) {
                    faults.conflict(at, format!("is no {name}"));
                }
            }
        }
        Ok(faults)
    }

    async fn those_there(&self, of: &Catalogue, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
        let table = Alias::new(&of.table);
        let Some(rows) = self.actor.rows(of, &table, Verb::Read) else {
            return Ok(HashSet::new());
        };
        let column = |name: &str| Expr::col((table.clone(), Alias::new(name)));
        let query = Query::select()
            .expr(column(of.id))
            .from(table.clone())
            .cond_where(rows)
            .and_where(is_one_of(column(of.id), ids, self.backend()))
            .and_where_option(of.deleted_at.map(|name| column(name).is_null()))
            .to_owned();
        let connection = self.connection().await?;
        let rows = connection.query_all_raw(self.backend().build(&query)).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }

    /// Names the rows of which another record, or another row, has the same value.
    async fn check_unique(
        &self,
        field: &CustomField,
        rows: &[Written<'_, E>],
        faults: &mut [Faults],
    ) -> Result<()> {
        let value = |row: &E::Model| text_of::<E>(row, field);
        let values: Vec<Option<String>> = rows.iter().map(|(_, row)| value(row)).collect();
        let mut owners = self.owners(field, &values).await?;
        for (((_, row), value), faults) in rows.iter().zip(values).zip(faults) {
            let Some(value) = value else { continue };
            let id = E::id(row).uuid();
            if *owners.entry(value).or_insert(id) != id {
                faults.conflict(format!("/custom/{}", field.key()), "is another record's too");
            }
        }
        Ok(())
    }

    /// The records that have these values.
    async fn owners(
        &self,
        field: &CustomField,
        values: &[Option<String>],
    ) -> Result<HashMap<String, Uuid>> {
        let texts: Vec<&str> = values.iter().flatten().map(String::as_str).collect();
        let (Held::Slot(slot), false) = (&field.field.held, texts.is_empty()) else {
            return Ok(HashMap::new());
        };
        let slot = || Expr::col(Alias::new(*slot));
        let query = Query::select()
            .expr(slot())
            .expr(Expr::col(E::ID))
            .from(E::default())
            .and_where(Expr::col(E::WORKSPACE).eq(self.actor.workspace))
            .and_where(is_one_of_texts(slot(), &texts, self.backend()))
            .and_where(Expr::col(E::DELETED_AT).is_null())
            .to_owned();
        let connection = self.connection().await?;
        let rows = connection.query_all_raw(self.backend().build(&query)).await?;
        let owner =
            |row: &sea_orm::QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        rows.iter().map(owner).collect::<Result<_, sea_orm::DbErr>>().map_err(Into::into)
    }
}

fn text_of<E: Described>(row: &E::Model, field: &CustomField) -> Option<String> {
    match row.get(E::EXTENSION?.custom) {
        Value::Json(Some(values)) => values.get(field.key())?.as_str().map(ToOwned::to_owned),
        _ => None,
    }
}
