//! What sales are looked at by.

use sea_orm::sea_query::StringLen;

use crate::values::choice;

choice! {
    /// What opportunities are grouped by.
    #[schema(as = SalesDimension)]
    #[graphql(name = "SalesDimension")]
    pub enum Dimension {
        /// Who has them.
        Owner,
        /// The team of who has them, as it is now.
        Team,
        /// The pipeline.
        Pipeline,
        /// The stage they are in; of closed ones the last one.
        Stage,
        /// The products of their lines.
        Product,
        /// The categories of these.
        ProductCategory,
        /// Where they came from.
        LeadSource,
        /// The campaign that they came of.
        Campaign,
        /// Why they were won or lost.
        CloseReason,
        /// The competitor who won them.
        Competitor,
        /// The industry of the customer.
        CustomerIndustry,
        /// The country of the customer.
        CustomerCountry,
        /// The month they were closed in.
        MonthClosed,
    }
}

choice! {
    /// What a forecast is grouped by.
    #[schema(as = ForecastBy)]
    #[graphql(name = "ForecastBy")]
    pub enum ForecastBy {
        /// Who has the opportunities.
        Owner,
        /// The team of who has them, as it is now.
        Team,
        /// The pipeline.
        Pipeline,
        /// The products of their lines.
        Product,
    }
}

choice! {
    /// How long the periods of a fiscal calendar are.
    #[derive(Default)]
    #[schema(as = FiscalPeriod)]
    #[graphql(name = "FiscalPeriod")]
    pub enum FiscalPeriod {
        /// A month.
        #[default]
        Month,
        /// Three months.
        Quarter,
        /// Twelve months.
        Year,
    }
}

choice! {
    /// Whose figures are held against a target.
    #[schema(as = AttainmentSubject)]
    #[graphql(name = "AttainmentSubject")]
    pub enum AttainmentSubject {
        /// Those of all together.
        Workspace,
        /// Those of a team, with all below it.
        Team,
        /// Those of one user.
        User,
    }
}
