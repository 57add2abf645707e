use async_graphql::{Context, Object, Result};
use rapport_charts as charts;
use rapport_domain::insight::{
    funnel, retention, revenue,
    segments::{self, SegmentRetentionAsked, SegmentSizeAsked},
    tenure,
};
use rapport_entity::{Currency, Date, Month, segmentation::segment};

use super::charted;
use crate::rows::ContextExt;

charted! {
    /// Revenue = customers × orders per customer × revenue per order, in two periods, and what the change is made of.
    RevenueAnalysis(revenue::RevenueAnalysis) by charts::revenue;
    /// Who comes back: cohorts of customers by the month of their first purchase.
    RetentionAnalysis(retention::RetentionAnalysis) by charts::retention;
    /// How long customers have been with us, from their first purchase.
    TenureAnalysis(tenure::TenureAnalysis) by charts::tenure;
    /// How customers go from lifecycle stage to lifecycle stage.
    FunnelAnalysis(funnel::FunnelAnalysis) by charts::funnel;
    /// How many customers have been in a segment, day by day.
    SegmentSize(segments::SegmentSize) by charts::segment_size;
    /// Who stays in a segment: cohorts of customers by the month in which they first entered it.
    SegmentRetention(segments::SegmentRetention) by charts::segment_retention;
    /// In which other segments the members of a segment are.
    SegmentOverlap(segments::SegmentOverlap) by charts::overlap;
    /// What the members of a segment bought, month by month.
    SegmentRevenue(segments::SegmentRevenue) by charts::segment_revenue;
    /// In which lifecycle stages the members of a segment are.
    SegmentStages(segments::SegmentStages) by charts::stages;
}

#[derive(Default)]
pub struct AnalysisQuery;

#[Object]
impl AnalysisQuery {
    /// Revenue = customers × orders per customer × revenue per order, in two periods, and what the change is made of.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn revenue_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day; 365 days before the last where left out.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last day; today where left out.")] to: Option<Date>,
        #[graphql(
            desc = "The first day of the period that it is compared with; where left out, as many days right before."
        )]
        compare_from: Option<Date>,
        #[graphql(desc = "The last day of the period that it is compared with.")]
        compare_to: Option<Date>,
        #[graphql(desc = "The currency; the workspace's where left out.")] currency: Option<
            Currency,
        >,
        #[graphql(desc = "Only customers who are in this segment now.")] segment_id: Option<
            segment::Id,
        >,
    ) -> Result<RevenueAnalysis> {
        let asked = revenue::Asked { from, to, compare_from, compare_to, currency, segment_id };
        Ok(revenue::analyse(ctx.me()?, &asked).await?.into())
    }

    /// Who comes back: cohorts of customers by the month of their first purchase.
    async fn retention_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first cohort; eleven months before the last where left out.")]
        from: Option<Month>,
        #[graphql(desc = "The last cohort; this month where left out.")] to: Option<Month>,
        #[graphql(desc = "For how many months after the first: 1 to 36.", default = 12)]
        months: i32,
        #[graphql(desc = "Only customers who are in this segment now.")] segment_id: Option<
            segment::Id,
        >,
    ) -> Result<RetentionAnalysis> {
        let asked = retention::Asked { from, to, months: Some(months), segment_id };
        Ok(retention::analyse(ctx.me()?, &asked).await?.into())
    }

    /// How long customers have been with us, from their first purchase.
    async fn tenure_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day; today where left out.")] as_of: Option<Date>,
        #[graphql(desc = "Only customers who are in this segment now.")] segment_id: Option<
            segment::Id,
        >,
    ) -> Result<TenureAnalysis> {
        Ok(tenure::analyse(ctx.me()?, as_of, segment_id).await?.into())
    }

    /// How customers go from lifecycle stage to lifecycle stage: who moves on, who moves back, and how long it takes.
    async fn funnel_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The first day of those on which a stay in a stage began; 365 days before the last where left out."
        )]
        from: Option<Date>,
        #[graphql(desc = "The last; today where left out.")] to: Option<Date>,
        #[graphql(desc = "Only customers who are in this segment now.")] segment_id: Option<
            segment::Id,
        >,
    ) -> Result<FunnelAnalysis> {
        let asked = funnel::Asked { from, to, segment_id };
        Ok(funnel::analyse(ctx.me()?, &asked).await?.into())
    }

    /// How many customers have been in a segment, day by day, and how many entered and left it.
    async fn segment_size(
        &self,
        ctx: &Context<'_>,
        id: segment::Id,
        #[graphql(desc = "The first day; 90 days before the last where left out.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last day; today where left out. There may be 366 days.")] to: Option<
            Date,
        >,
    ) -> Result<SegmentSize> {
        Ok(segments::size(ctx.me()?, id, &SegmentSizeAsked { from, to }).await?.into())
    }

    /// Who stays in a segment: cohorts of customers by the month in which they first entered it.
    async fn segment_retention(
        &self,
        ctx: &Context<'_>,
        id: segment::Id,
        #[graphql(desc = "The first cohort; eleven months before the last where left out.")]
        from: Option<Month>,
        #[graphql(desc = "The last cohort; this month where left out.")] to: Option<Month>,
        #[graphql(desc = "For how many months after the first: 1 to 36.", default = 12)]
        months: i32,
    ) -> Result<SegmentRetention> {
        let asked = SegmentRetentionAsked { from, to, months: Some(months) };
        Ok(segments::retention(ctx.me()?, id, &asked).await?.into())
    }

    /// In which other segments the members of a segment are, of the customers that you may see.
    async fn segment_overlap(&self, ctx: &Context<'_>, id: segment::Id) -> Result<SegmentOverlap> {
        Ok(segments::overlap(ctx.me()?, id).await?.into())
    }

    /// What those who are in a segment now bought in this month and the eleven before it.
    async fn segment_revenue(
        &self,
        ctx: &Context<'_>,
        id: segment::Id,
        #[graphql(desc = "The currency; the workspace's where left out.")] currency: Option<
            Currency,
        >,
    ) -> Result<SegmentRevenue> {
        Ok(segments::revenue(ctx.me()?, id, currency).await?.into())
    }

    /// In which lifecycle stages the members of a segment are.
    async fn segment_stages(&self, ctx: &Context<'_>, id: segment::Id) -> Result<SegmentStages> {
        Ok(segments::stages(ctx.me()?, id).await?.into())
    }
}
