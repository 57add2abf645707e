//! What service is looked at by.

use sea_orm::sea_query::StringLen;

use crate::values::choice;

choice! {
    /// What service requests are grouped by.
    #[derive(Default)]
    #[schema(as = ServiceDimension)]
    #[graphql(name = "ServiceDimension")]
    pub enum ServiceDimension {
        /// Who has them.
        #[default]
        Owner,
        /// The team of who has them, as it is now.
        Team,
        /// The queue that they wait in.
        Queue,
        /// The priority.
        Priority,
        /// What they are.
        Kind,
        /// Over what they came.
        Channel,
        /// The product that they are about.
        Product,
        /// The policy whose promises hold of them.
        Policy,
        /// The month they were opened in.
        MonthOpened,
    }
}

choice! {
    /// What complaints are grouped by.
    #[derive(Default)]
    #[schema(as = ComplaintDimension)]
    #[graphql(name = "ComplaintDimension")]
    pub enum ComplaintDimension {
        /// Why it came to them.
        #[default]
        Cause,
        /// What was done about them.
        Remedy,
        /// The product that they are about.
        Product,
        /// Over what they came.
        Channel,
        /// The month they were opened in.
        MonthOpened,
    }
}

choice! {
    /// What survey responses are grouped by.
    #[derive(Default)]
    #[schema(as = SurveyDimension)]
    #[graphql(name = "SurveyDimension")]
    pub enum SurveyDimension {
        /// The month they were asked in, or answered where they were not asked.
        #[default]
        Month,
        /// Who had the request.
        Agent,
        /// The survey.
        Survey,
        /// The queue of the request.
        Queue,
        /// The product of the request.
        Product,
    }
}
