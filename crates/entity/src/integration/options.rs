use async_graphql::{Enum, InputObject, SimpleObject};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::values::{DateFormat, Delimiter};
use crate::{Label, Name};

/// How the files of imports are read. What is left out is read in the usual way.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    SimpleObject,
    InputObject,
    FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[graphql(input_name = "ImportOptionsInput")]
pub struct ImportOptions {
    /// Which column is which field, where the names differ.
    #[schema(max_items = 100)]
    #[graphql(default)]
    pub map: Vec<ColumnOfField>,
    /// Fields that are the same in every row.
    #[schema(max_items = 100)]
    #[graphql(default)]
    pub set: Vec<ValueOfField>,
    /// What values of fields become, where they are called otherwise in the file.
    #[schema(max_items = 500)]
    #[graphql(default)]
    pub values: Vec<MeaningOfValue>,
    /// What stands between the cells; found out from the header where left out.
    pub delimiter: Option<Delimiter>,
    /// How characters are written.
    #[graphql(default)]
    pub encoding: Encoding,
    /// How days are written (as for `strftime`); `YYYY-MM-DD` where left out.
    pub date_format: Option<DateFormat>,
    /// Numbers have a decimal comma.
    #[graphql(default)]
    pub decimal_comma: bool,
    /// Orders: make the customers that are missing, from the row's customer fields.
    #[graphql(default)]
    pub create_customers: bool,
}

/// A column that is a field.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(input_name = "ColumnOfFieldInput")]
pub struct ColumnOfField {
    /// The column's name in the file.
    pub column: Name,
    /// The field's name.
    pub field: Label,
}

/// A field that is the same in every row.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(input_name = "ValueOfFieldInput")]
pub struct ValueOfField {
    /// The field's name.
    pub field: Label,
    /// Its value in every row.
    pub value: Name,
}

/// What a value of a field becomes.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(input_name = "MeaningOfValueInput")]
pub struct MeaningOfValue {
    /// The field's name.
    pub field: Label,
    /// The value in the file.
    pub value: Name,
    /// What it means here.
    pub becomes: Name,
}

/// How characters are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = FileEncoding)]
#[graphql(name = "FileEncoding")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1: each byte is the character of that number.
    #[serde(rename = "latin1")]
    Latin1,
}

/// What was found in a file when it was opened.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportColumns)]
#[graphql(name = "ImportColumns")]
pub struct Columns {
    /// What stands between the cells.
    #[schema(max_length = 1)]
    pub delimiter: String,
    /// Columns that are a field.
    #[schema(max_items = 1000)]
    pub used: Vec<ColumnUsed>,
    /// Columns that are none, and so are not imported.
    #[schema(max_items = 10000)]
    pub ignored: Vec<String>,
}

/// A column of the file that is a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ColumnUsed {
    /// The column's name in the file.
    pub column: String,
    /// The field's name.
    pub field: String,
}
