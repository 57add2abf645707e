//! What can need approval. Another kind of record becomes one here, and in [`Subject`].

use rapport_entity::{
    Name,
    approvals::{
        approval::{self, Column},
        approval_rule::{Model as ApprovalRule, Subject},
    },
    customers::customer,
    identity::user,
    rule::Rule,
    sales::{opportunity, quote},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, sea_query::Expr};

use super::rules;
use crate::{
    kernel::{Expected, Read, Result, Tx, Update},
    rules::holding,
};

/// A record that can need approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Opportunity(opportunity::Id),
    Quote(quote::Id),
}

/// What an approval tells of the record that it is about.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub title: Name,
    pub customer: Option<customer::Id>,
    pub owner: Option<user::Id>,
}

impl Of {
    /// The record that an approval is about, if it is there.
    pub fn subject_of(row: &approval::Model) -> Option<Self> {
        row.opportunity_id.map(Self::Opportunity).or(row.quote_id.map(Self::Quote))
    }

    pub fn subject(self) -> Subject {
        match self {
            Self::Opportunity(_) => Subject::Opportunity,
            Self::Quote(_) => Subject::Quote,
        }
    }

    /// The record, locked, which whoever asks must have leave to change.
    pub(super) async fn lock(self, tx: &Tx<'_>) -> Result<About> {
        match self {
            Self::Opportunity(id) => {
                let row = tx.can::<opportunity::Entity, Update>()?.lock(id, Expected::Any).await?;
                Ok(About { title: row.name, customer: row.customer_id, owner: row.owner_id })
            }
            Self::Quote(id) => {
                let row = tx.can::<quote::Entity, Update>()?.lock(id, Expected::Any).await?;
                let customer = Some(row.customer_id);
                Ok(About { title: row.name, customer, owner: row.owner_id })
            }
        }
    }

    /// Who has it now.
    pub async fn owner(self, tx: &Tx<'_>) -> Result<Option<user::Id>> {
        match self {
            Self::Opportunity(id) => {
                let row = tx.entailed::<opportunity::Entity, Read>().many(&[id]).await?.pop();
                Ok(row.and_then(|row| row.owner_id))
            }
            Self::Quote(id) => {
                let row = tx.entailed::<quote::Entity, Read>().many(&[id]).await?.pop();
                Ok(row.and_then(|row| row.owner_id))
            }
        }
    }

    /// The rules that hold of it, in their order: one statement for all.
    pub async fn rules(self, tx: &Tx<'_>) -> Result<Vec<ApprovalRule>> {
        let rules = rules::active(tx, self.subject()).await?;
        let asked: Vec<&Rule> = rules.iter().map(|rule| &rule.condition).collect();
        let holds = match self {
            Self::Opportunity(id) => holding::<opportunity::Entity>(tx, id, &asked).await?,
            Self::Quote(id) => holding::<quote::Entity>(tx, id, &asked).await?,
        };
        let held = rules.into_iter().zip(holds).filter(|(_, holds)| *holds);
        Ok(held.map(|(rule, _)| rule).collect())
    }

    /// The approvals that are about it.
    pub fn approvals(self) -> Expr {
        match self {
            Self::Opportunity(id) => Column::OpportunityId.eq(id),
            Self::Quote(id) => Column::QuoteId.eq(id),
        }
    }

    /// Says of a new approval that it is about it.
    pub fn name_in(self, row: &mut approval::ActiveModel) {
        row.subject = Set(self.subject());
        match self {
            Self::Opportunity(id) => row.opportunity_id = Set(Some(id)),
            Self::Quote(id) => row.quote_id = Set(Some(id)),
        }
    }
}
