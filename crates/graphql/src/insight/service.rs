use async_graphql::{Context, Object, Result};
use rapport_charts as charts;
use rapport_domain::insight::service::{
    self, ComplaintsAsked, SatisfactionAsked, ServiceAsked, ServiceOf,
};
use rapport_entity::{
    Date,
    service::{
        analysis::{ComplaintDimension, ServiceDimension, SurveyDimension},
        survey,
        survey::Kind,
    },
};

use super::charted;
use crate::rows::ContextExt;

charted! {
    /// How service went with the requests that were opened in a period, as they are now.
    ServiceAnalysis(service::ServiceAnalysis) by charts::service;
    /// How much came in, was done and was left, month by month.
    BacklogAnalysis(service::BacklogAnalysis) by charts::backlog;
    /// What customers complained of in a period, what it has cost, and whether they got what they were promised.
    ComplaintAnalysis(service::ComplaintAnalysis) by charts::complaints;
    /// What customers said of us in a period.
    SatisfactionAnalysis(service::SatisfactionAnalysis) by charts::satisfaction;
}

#[derive(Default)]
pub struct ServiceInsightQuery;

#[Object]
impl ServiceInsightQuery {
    /// How service went with the requests that were opened in a period: how many are open, late, done at the first contact,
    /// taken up again, and how long it took.
    async fn service_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What requests are grouped by.", default)] by: ServiceDimension,
        #[graphql(desc = "The first day; a year before the last where left out.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last; today where left out.")] to: Option<Date>,
        #[graphql(desc = "Which requests.", default)] of: ServiceOf,
    ) -> Result<ServiceAnalysis> {
        let asked = ServiceAsked { by, from, to, of };
        Ok(service::comparison(ctx.me()?, &asked).await?.into())
    }

    /// How many service requests came in, were done and were left, month by month.
    async fn backlog_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day; a year before the last where left out.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last; today where left out.")] to: Option<Date>,
        #[graphql(desc = "Which requests.", default)] of: ServiceOf,
    ) -> Result<BacklogAnalysis> {
        let asked = ServiceAsked { from, to, of, ..ServiceAsked::default() };
        Ok(service::backlog(ctx.me()?, &asked).await?.into())
    }

    /// Why customers complain, what it has cost, and whether they got what they were promised.
    async fn complaint_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What complaints are grouped by.", default)] by: ComplaintDimension,
        #[graphql(desc = "The first day; a year before the last where left out.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last; today where left out.")] to: Option<Date>,
        #[graphql(desc = "Which requests; those that are complaints count.", default)]
        of: ServiceOf,
    ) -> Result<ComplaintAnalysis> {
        let asked = ComplaintsAsked { by, from, to, of };
        Ok(service::complaints(ctx.me()?, &asked).await?.into())
    }

    /// What customers said of us: CSAT, NPS or CES.
    async fn satisfaction_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is measured.", default_with = "Kind::Csat")] kind: Kind,
        #[graphql(desc = "What responses are grouped by.", default)] by: SurveyDimension,
        #[graphql(desc = "The first day; a year before the last where left out.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last; today where left out.")] to: Option<Date>,
        #[graphql(desc = "Only those to this survey.")] survey_id: Option<survey::Id>,
    ) -> Result<SatisfactionAnalysis> {
        let asked = SatisfactionAsked { kind, by, from, to, survey_id };
        Ok(service::satisfaction(ctx.me()?, &asked).await?.into())
    }
}
