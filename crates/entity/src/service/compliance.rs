//! What service clocks are looked at by.

use sea_orm::sea_query::StringLen;

use crate::values::choice;

choice! {
    /// What the clocks of service requests are grouped by.
    #[schema(as = ServiceComplianceBy)]
    #[graphql(name = "ServiceComplianceBy")]
    pub enum ComplianceBy {
        /// The policy that they were last reckoned by.
        Policy,
        /// The priority that their targets are of.
        Priority,
        /// The queue that the requests wait in.
        Queue,
        /// Who has the requests.
        Owner,
        /// The month in which the requests were opened.
        Month,
    }
}
