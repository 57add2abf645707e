/// An enumeration that is the same on REST, GraphQL, in events and in the database: `snake_case` text of at most 32
/// characters (GraphQL writes it in capitals).
macro_rules! choice {
    ($(#[$meta:meta])* $visible:vis enum $name:ident $variants:tt) => {
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            Hash,
            sea_orm::EnumIter,
            sea_orm::DeriveActiveEnum,
            serde::Serialize,
            serde::Deserialize,
            utoipa::ToSchema,
            async_graphql::Enum,
        )]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        $(#[$meta])*
        $visible enum $name $variants
    };
}

pub(crate) use choice;
