use std::collections::{HashMap, HashSet};

use rapport_entity::{
    customers::interaction::{self, Kind},
    identity::user,
    sales::{analysis::ForecastBy, lead, opportunity, target::Measure},
    work::task,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, IdenStatic, QueryResult,
    sea_query::{Alias, Expr, Query},
};
use uuid::Uuid;

use super::{
    organization::{Organization, Whose},
    tally::Tally,
};
use crate::{
    insight::{
        basis::readable,
        forecast::{ForecastAsked, Source, Span, counted},
        sales::SalesOf,
    },
    kernel::{Ctx, Described, Error, Result, start_of},
};

/// Whose figure, and of which product; of all where of none.
pub type Key = (Whose, Option<Uuid>);

/// What was reached in a period, by whom, as far as the actor may read it.
pub struct Actuals<'c> {
    pub ctx: &'c Ctx,
    pub organization: &'c Organization,
    pub span: &'c Span,
    pub measure: Measure,
    /// Only of what this user has.
    pub only: Option<Uuid>,
    /// Of which products apart too.
    pub products: HashSet<Uuid>,
}

impl Actuals<'_> {
    /// With one question, or two where there are products.
    pub async fn read(&self) -> Result<HashMap<Key, Tally>> {
        if !self.measure.is_of_sales() {
            return self.activities().await;
        }
        let mut tallies = HashMap::new();
        self.sales(ForecastBy::Owner, &mut tallies).await?;
        if !self.products.is_empty() {
            self.sales(ForecastBy::Product, &mut tallies).await?;
        }
        Ok(tallies)
    }

    async fn sales(&self, by: ForecastBy, tallies: &mut HashMap<Key, Tally>) -> Result<()> {
        let owner_id = self.only.map(user::Id::from);
        let of = SalesOf { owner_id, ..SalesOf::default() };
        let asked = ForecastAsked { of, ..ForecastAsked::default() };
        let source = Source::new(self.ctx, &asked, Some(by)).await?.by_owner();
        for row in counted(&source, std::slice::from_ref(self.span)).await? {
            let product = row.group.filter(|_| by == ForecastBy::Product);
            if by == ForecastBy::Product && !product.is_some_and(|id| self.products.contains(&id)) {
                continue;
            }
            for whose in self.organization.counts_for(row.owner) {
                tallies.entry((whose, product)).or_default().add(&row.part);
            }
        }
        Ok(())
    }

    async fn activities(&self) -> Result<HashMap<Key, Tally>> {
        let mut tallies: HashMap<Key, Tally> = HashMap::new();
        for (user, count) in self.counts().await? {
            for whose in self.organization.counts_for(user) {
                tallies.entry((whose, None)).or_default().activities += count;
            }
        }
        Ok(tallies)
    }

    async fn counts(&self) -> Result<Vec<(Option<Uuid>, i64)>> {
        let interactions = |kind: Kind| {
            use interaction::Column::{Kind as Of, OccurredAt, OwnerId};
            self.count::<interaction::Entity>(OwnerId, self.during(OccurredAt).add(Of.eq(kind)))
        };
        match self.measure {
            Measure::Calls => interactions(Kind::Call).await,
            Measure::Meetings => interactions(Kind::Meeting).await,
            Measure::Visits => interactions(Kind::Visit).await,
            Measure::Emails => interactions(Kind::Email).await,
            Measure::TasksCompleted => {
                use task::Column::{CompletedAt, CompletedBy};
                self.count::<task::Entity>(CompletedBy, self.during(CompletedAt)).await
            }
            Measure::LeadsConverted => {
                use lead::Column::{ConvertedAt, OwnerId};
                self.count::<lead::Entity>(OwnerId, self.during(ConvertedAt)).await
            }
            Measure::OpportunitiesOpened => {
                use opportunity::Column::{OpenedOn, OwnerId};
                let (from, to) = (self.span.days.from, self.span.days.to);
                let within = Condition::all().add(OpenedOn.gte(from)).add(OpenedOn.lte(to));
                self.count::<opportunity::Entity>(OwnerId, within).await
            }
            Measure::WonAmount | Measure::WonCount => {
                Err(Error::internal("what is won is not counted so"))
            }
        }
    }

    /// That a moment is on a day of the period, in the workspace.
    fn during<C: ColumnTrait>(&self, moment: C) -> Condition {
        let actor = self.ctx.actor();
        let begins = start_of(self.span.days.from.day(), actor);
        let last = self.span.days.to.day();
        let ends = start_of(last.succ_opt().unwrap_or(last), actor);
        Condition::all().add(moment.gte(begins)).add(moment.lt(ends))
    }

    /// How many records there are of each user.
    async fn count<E: Described>(
        &self,
        user: E::Column,
        which: Condition,
    ) -> Result<Vec<(Option<Uuid>, i64)>> {
        let mut which = readable::<E>(self.ctx)?.add(which);
        if let Some(only) = self.only {
            which = which.add(user.eq(only));
        }
        let column = (Alias::new(E::default().table_name()), Alias::new(user.as_str()));
        let query = Query::select()
            .column(column.clone())
            .expr(Expr::cust("count(*)"))
            .from(E::default())
            .cond_where(which)
            .group_by_col(column)
            .to_owned();
        let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        let db = self.ctx.reader().await?;
        Ok(db.each(db.get_database_backend().build(&query), read).await?)
    }
}
