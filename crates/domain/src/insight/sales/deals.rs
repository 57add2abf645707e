use async_graphql::InputObject;
use rapport_entity::{
    Currency, Date,
    identity::{team, user},
    rule::Rule,
    sales::{opportunity, pipeline},
};
use sea_orm::{
    Condition,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    identity::teams,
    insight::{basis::readable, period::Period},
    kernel::{Ctx, Result, catalogue, compile},
};

/// Which opportunities are looked at: those of which all of this holds, and that the caller may read.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SalesOf {
    /// Only those of which this rule holds.
    pub filter: Option<Rule>,
    /// Only those of this pipeline.
    pub pipeline_id: Option<pipeline::Id>,
    /// Only those that this user has.
    pub owner_id: Option<user::Id>,
    /// Only those that somebody of this team, or of one below it, has.
    pub team_id: Option<team::Id>,
}

impl SalesOf {
    /// The opportunities that the actor may read, and of which the rule holds.
    pub fn readable(&self, ctx: &Ctx) -> Result<Condition> {
        let which = readable::<opportunity::Entity>(ctx)?;
        let Some(rule) = &self.filter else { return Ok(which) };
        let of = catalogue::<opportunity::Entity>();
        Ok(which.add(compile(rule, of, &of.table, ctx.filter_scope(), "/filter")?))
    }

    /// Those whose pipeline and owner are asked for, by what a table says of them.
    pub async fn within(&self, ctx: &Ctx, table: &str) -> Result<Condition> {
        let mut which = Condition::all();
        if let Some(pipeline) = self.pipeline_id {
            which = which.add(col(table, "pipeline_id").eq(pipeline));
        }
        if let Some(owner) = self.owner_id {
            which = which.add(col(table, "owner_id").eq(owner));
        }
        if let Some(team) = self.team_id {
            let teams = teams::within_reach(ctx, Some(team)).await?;
            which = which.add(col(table, "owner_id").in_subquery(mates(ctx, teams)));
        }
        Ok(which)
    }

    /// Both, of opportunities as they are now.
    pub async fn now(&self, ctx: &Ctx) -> Result<Condition> {
        Ok(self.readable(ctx)?.add(self.within(ctx, "opportunity").await?))
    }
}

/// Who is in one of some teams.
pub fn mates(ctx: &Ctx, teams: Vec<team::Id>) -> SelectStatement {
    Query::select()
        .column(user::Column::Id)
        .from(user::Entity)
        .and_where(Expr::col(user::Column::WorkspaceId).eq(ctx.actor().workspace))
        .and_where(Expr::col(user::Column::TeamId).is_in(teams))
        .to_owned()
}

/// A column of a table.
pub fn col(table: &str, column: &str) -> Expr {
    Expr::col((Alias::new(table), Alias::new(column)))
}

/// The day by whose rate an amount is converted: of a closed opportunity the one it was closed on, where that matters.
pub fn rate_day(table: &str, own: &Currency) -> Expr {
    let foreign = col(table, "currency").ne(own.clone());
    CaseStatement::new().case(foreign, col(table, "closed_on")).into()
}

/// That an opportunity is open, or was closed in a period.
pub fn open_or_closed(from: Option<Date>, to: Option<Date>) -> Result<Condition> {
    if let (Some(from), Some(to)) = (from, to) {
        Period { from, to }.check("/from")?;
    }
    let mut closed = Condition::all();
    if let Some(from) = from {
        closed = closed.add(col("opportunity", "closed_on").gte(from));
    }
    if let Some(to) = to {
        closed = closed.add(col("opportunity", "closed_on").lte(to));
    }
    if closed.is_empty() {
        return Ok(closed);
    }
    Ok(Condition::any().add(is("opportunity", "open")).add(closed))
}

/// That a row is of an opportunity in a status. It is written out: a part of an index can then be told.
pub fn is(table: &str, status: &'static str) -> Expr {
    col(table, "status").eq(Expr::cust(format!("'{status}'")))
}
