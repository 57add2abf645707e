use sea_orm::entity::prelude::*;

use crate::values::choice;

choice! {
    /// Which records are imported.
    pub enum RecordKind {
        /// Customers.
        Customers,
        /// Contacts.
        Contacts,
        /// Products.
        Products,
        /// Orders.
        Orders,
        /// Opportunities.
        Opportunities,
        /// Leads.
        Leads,
        /// Service requests, with their history.
        ServiceRequests,
        /// Survey responses.
        SurveyResponses,
    }
}

choice! {
    /// Which records are exported.
    pub enum ExportKind {
        /// Customers.
        Customers,
        /// Contacts.
        Contacts,
        /// Interactions.
        Interactions,
        /// Tasks.
        Tasks,
        /// Contact points.
        ContactPoints,
        /// Consents.
        Consents,
        /// Products.
        Products,
        /// Orders.
        Orders,
        /// Opportunities.
        Opportunities,
        /// Leads.
        Leads,
    }
}

choice! {
    /// How a file is written.
    #[derive(Default)]
    #[schema(as = FileFormat)]
    #[graphql(name = "FileFormat")]
    pub enum Format {
        /// Cells, separated by commas or the like, under a line with the columns' names.
        #[default]
        Csv,
        /// A JSON object on each line.
        Ndjson,
    }
}
