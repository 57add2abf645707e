//! What rows refer to: customers by external id, users by e-mail address, products by sku. Each is looked up once, all
//! of a batch in one query.

use std::collections::{HashMap, HashSet};

use rapport_entity::{ExternalId, Source, customers::customer, identity::user, sales::product};
use sea_orm::{
    ActiveValue::{self, NotSet, Set},
    ColumnTrait, Condition,
    sea_query::Expr,
};

use super::report::Wrong;
use crate::kernel::{
    Read, Result, Tx,
    database::{is_known_by, is_one_of_texts},
};

/// What has been looked up so far.
#[derive(Debug, Default)]
pub struct References {
    /// Deleted ones have no id here.
    customers: HashMap<ExternalId, Option<customer::Id>>,
    users: HashMap<String, user::Id>,
    products: HashMap<String, product::Model>,
}

impl References {
    /// Forgets everything, because what was made since may have been undone.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    pub fn customer(&self, external_id: &ExternalId) -> Option<customer::Id> {
        self.customers.get(external_id).copied().flatten()
    }

    /// Whether there is such a customer, deleted or not.
    pub fn has_customer(&self, external_id: &ExternalId) -> bool {
        self.customers.contains_key(external_id)
    }

    /// The owner that a row names: left as it is, cleared, or a user.
    pub fn owner(
        &self,
        named: Option<&Option<String>>,
    ) -> Result<ActiveValue<Option<user::Id>>, Wrong> {
        let Some(named) = named else { return Ok(NotSet) };
        let Some(email_key) = named else { return Ok(Set(None)) };
        let found = self.users.get(email_key).copied();
        let unknown = || Wrong::new("ownerEmail", "is no user of this workspace");
        found.map(|id| Set(Some(id))).ok_or_else(unknown)
    }

    /// The user with an address.
    pub fn user(&self, email_key: &str) -> Option<user::Id> {
        self.users.get(email_key).copied()
    }

    pub fn product(&self, sku: &str) -> Option<&product::Model> {
        self.products.get(sku)
    }

    /// A customer that was made just now, or would have been.
    pub fn add_customer(&mut self, external_id: ExternalId, id: customer::Id) {
        self.customers.insert(external_id, Some(id));
    }

    pub async fn find_customers<'k>(
        &mut self,
        tx: &Tx<'_>,
        source: &Source,
        wanted: impl Iterator<Item = &'k ExternalId>,
    ) -> Result<()> {
        let unknown: HashSet<&str> =
            wanted.filter(|id| !self.customers.contains_key(*id)).map(ExternalId::as_str).collect();
        for row in customers_of(tx, source, unknown).await? {
            let id = row.deleted_at.is_none().then_some(row.id);
            self.customers.extend(row.external_id.map(|external_id| (external_id, id)));
        }
        Ok(())
    }

    pub async fn find_users<'k>(
        &mut self,
        tx: &Tx<'_>,
        wanted: impl Iterator<Item = &'k str>,
    ) -> Result<()> {
        let unknown: HashSet<&str> = wanted.filter(|key| !self.users.contains_key(*key)).collect();
        let keys: Vec<&str> = unknown.into_iter().collect();
        if keys.is_empty() {
            return Ok(());
        }
        let these = is_one_of_texts(Expr::col(user::Column::EmailKey), &keys, tx.backend());
        let found = tx.can::<user::Entity, Read>()?.matching_even_deleted(these.into()).await?;
        self.users.extend(found.into_iter().map(|row| (row.email_key, row.id)));
        Ok(())
    }

    pub async fn find_products<'k>(
        &mut self,
        tx: &Tx<'_>,
        wanted: impl Iterator<Item = &'k str>,
    ) -> Result<()> {
        let unknown: HashSet<&str> =
            wanted.filter(|sku| !self.products.contains_key(*sku)).collect();
        let found = products_of(tx, unknown).await?;
        self.products.extend(found.into_iter().map(|row| (row.sku.as_str().to_owned(), row)));
        Ok(())
    }
}

/// The customers with these external ids, deleted ones too.
pub async fn customers_of(
    tx: &Tx<'_>,
    source: &Source,
    external_ids: HashSet<&str>,
) -> Result<Vec<customer::Model>> {
    if external_ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = external_ids.into_iter().collect();
    let of_source = [(customer::Column::Source, source.clone().into())];
    let these = is_known_by::<customer::Entity>(
        tx.actor().workspace,
        &of_source,
        customer::Column::ExternalId,
        &ids,
        tx.backend(),
    );
    tx.can::<customer::Entity, Read>()?.matching_even_deleted(these).await
}

/// The products with these skus.
pub async fn products_of(tx: &Tx<'_>, skus: HashSet<&str>) -> Result<Vec<product::Model>> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let skus: Vec<&str> = skus.into_iter().collect();
    let these = Condition::all().add(product::Column::DeletedAt.is_null()).add(is_one_of_texts(
        Expr::col(product::Column::Sku),
        &skus,
        tx.backend(),
    ));
    tx.can::<product::Entity, Read>()?.matching_even_deleted(these).await
}
