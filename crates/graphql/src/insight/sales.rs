use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use rapport_charts as charts;
use rapport_domain::insight::{
    forecast::{self, ForecastAsked},
    sales::{self, ComparisonAsked, PipelineAsked, SalesAnalysis, SalesAsked, SalesOf},
};
use rapport_entity::{
    Date, Month,
    sales::{
        analysis::{Dimension, FiscalPeriod, ForecastBy},
        opportunity::Status,
    },
};

use super::charted;
use crate::rows::ContextExt;

charted! {
    /// What is won and lost by whatever it is looked at.
    SalesComparison(sales::SalesComparison) by charts::comparison;
    /// How opportunities go through the stages of a pipeline.
    PipelineAnalysis(sales::PipelineAnalysis) by charts::pipeline;
    /// How long the open opportunities have been in their stages.
    AgeingAnalysis(sales::AgeingAnalysis) by charts::ageing;
    /// What is to come of selling, by how sure it is, period by period.
    Forecast(forecast::Forecast) by charts::forecast;
}

#[derive(Default)]
pub struct SalesInsightQuery;

#[Object]
impl SalesInsightQuery {
    /// How selling goes: how many opportunities are open, were won and lost, what they are worth, and how long it took.
    async fn sales_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day of those on which opportunities were closed.")]
        from: Option<Date>,
        #[graphql(desc = "The last.")] to: Option<Date>,
        #[graphql(desc = "Which opportunities.", default)] of: SalesOf,
    ) -> Result<SalesAnalysis> {
        Ok(sales::summary(ctx.me()?, &SalesAsked { from, to, of }).await?)
    }

    /// What is won and lost by whatever it is looked at: owner, team, product, source, competitor, reason and more.
    async fn sales_comparison(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What opportunities are grouped by.", default_with = "Dimension::Owner")]
        by: Dimension,
        #[graphql(desc = "Only those of this status.")] status: Option<Status>,
        #[graphql(desc = "The first day of those on which opportunities were closed.")]
        from: Option<Date>,
        #[graphql(desc = "The last.")] to: Option<Date>,
        #[graphql(desc = "Which opportunities.", default)] of: SalesOf,
    ) -> Result<SalesComparison> {
        let asked = ComparisonAsked { by, status, from, to, of };
        Ok(sales::comparison(ctx.me()?, &asked).await?.into())
    }

    /// How opportunities go through the stages of a pipeline, the default one where none is named: how many go on, are won and
    /// lost, and how long it takes.
    async fn pipeline_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day of those on which a stay in a stage began.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last.")] to: Option<Date>,
        #[graphql(desc = "Which opportunities.", default)] of: SalesOf,
    ) -> Result<PipelineAnalysis> {
        Ok(sales::pipeline(ctx.me()?, &PipelineAsked { from, to, of }).await?.into())
    }

    /// How long the open opportunities have been in their stages, and how many of them are stalled.
    async fn ageing_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which opportunities.", default)] of: SalesOf,
    ) -> Result<AgeingAnalysis> {
        Ok(sales::ageing(ctx.me()?, &of).await?.into())
    }

    /// What is to come of selling, by how sure it is, period by period: as of now, or as of any past moment, and then what
    /// became of it.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn forecast(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A month of the first period; this month where left out.")] from: Option<
            Month,
        >,
        #[graphql(desc = "A month of the last period.")] to: Option<Month>,
        #[graphql(desc = "How long periods are.", default)] period: FiscalPeriod,
        #[graphql(
            desc = "The month that fiscal years begin with: 1 to 12; the workspace's where left out."
        )]
        fiscal_year_start: Option<i32>,
        #[graphql(desc = "What opportunities are grouped by; not at all where left out.")]
        group_by: Option<ForecastBy>,
        #[graphql(desc = "A moment that is past; now where left out.")] as_of: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "Which opportunities.", default)] of: SalesOf,
    ) -> Result<Forecast> {
        let asked = ForecastAsked { from, to, period, fiscal_year_start, group_by, as_of, of };
        Ok(forecast::forecast(ctx.me()?, &asked).await?.into())
    }
}
