//! Columns of JSON in which nothing is kept as null, so that it takes no room.

/// Lets a type that is made of JSON, and has a value that is nothing, be kept so.
macro_rules! kept_as_json {
    ($type:ident) => {
        impl sea_orm::TryGetable for $type {
            fn try_get_by<I: sea_orm::ColIdx>(
                row: &sea_orm::QueryResult,
                column: I,
            ) -> Result<Self, sea_orm::TryGetError> {
                let json = Option::<serde_json::Value>::try_get_by(row, column)?;
                Ok(json.map(Self::from).unwrap_or_default())
            }
        }

        impl sea_orm::sea_query::ValueType for $type {
            fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                match value {
                    sea_orm::Value::Json(json) => {
                        Ok(json.map(|json| Self::from(*json)).unwrap_or_default())
                    }
                    _ => Err(sea_orm::sea_query::ValueTypeErr),
                }
            }

            fn type_name() -> String {
                stringify!($type).to_owned()
            }

            fn array_type() -> sea_orm::sea_query::ArrayType {
                sea_orm::sea_query::ArrayType::Json
            }

            fn column_type() -> sea_orm::sea_query::ColumnType {
                sea_orm::sea_query::ColumnType::JsonBinary
            }
        }

        impl sea_orm::sea_query::Nullable for $type {
            fn null() -> sea_orm::Value {
                sea_orm::Value::Json(None)
            }
        }

        impl sea_orm::IntoActiveValue<Self> for $type {
            fn into_active_value(self) -> sea_orm::ActiveValue<Self> {
                sea_orm::ActiveValue::Set(self)
            }
        }
    };
}

/// The same of a list that is written even where it is empty, and read as empty where it is none.
macro_rules! list_as_json {
    ($type:ident) => {
        impl From<serde_json::Value> for $type {
            fn from(json: serde_json::Value) -> Self {
                serde_json::from_value(json).unwrap_or_default()
            }
        }

        impl From<$type> for sea_orm::Value {
            fn from(list: $type) -> Self {
                Self::Json(serde_json::to_value(&list).ok().map(Box::new))
            }
        }

        $crate::values::kept_as_json!($type);
    };
}

pub(crate) use kept_as_json;
pub(crate) use list_as_json;
