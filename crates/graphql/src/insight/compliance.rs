use async_graphql::{Context, Object, Result};
use rapport_charts as charts;
use rapport_domain::insight::compliance::{self, ComplianceAsked};
use rapport_entity::{Date, rule::Rule, service::compliance::ComplianceBy};

use super::charted;
use crate::rows::ContextExt;

charted! {
    /// Whether what was promised of service requests was kept.
    ServiceCompliance(compliance::ServiceCompliance) by charts::compliance;
}

#[derive(Default)]
pub struct ComplianceQuery;

#[Object]
impl ComplianceQuery {
    /// Whether what was promised of service requests was kept: how many clocks were met and breached, how long they took, and
    /// what became of deadlines from elsewhere.
    async fn service_compliance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What clocks are grouped by; all together where left out.")] by: Option<
            ComplianceBy,
        >,
        #[graphql(desc = "The first day of those on which requests were opened.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last; today where left out.")] to: Option<Date>,
        #[graphql(desc = "Only requests of which this rule holds.")] filter: Option<Rule>,
    ) -> Result<ServiceCompliance> {
        let asked = ComplianceAsked { by, from, to, filter };
        Ok(compliance::compliance(ctx.me()?, &asked).await?.into())
    }
}
