use rapport_domain::{Result, kernel::Part};
use utoipa::IntoParams;

use super::query::{each, within};

/// Which part of a history is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
pub struct PartQuery {
    /// The `nextCursor` of the page before. One that is not ours is not found.
    #[param(min_length = 1, max_length = 2000, pattern = r"^[^\u0000]*$")]
    cursor: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i32>,
}

/// Reads which part of a history is asked for; `more` is handed what else is said.
///
/// # Errors
/// [`Error::Invalid`](rapport_domain::Error::Invalid) names every parameter that is wrong.
pub fn part(query: &str, mut more: impl FnMut(&str, &str) -> Result<()>) -> Result<Part> {
    let mut part = Part { cursor: None, limit: 50 };
    each(query, |name, value| {
        match name {
            "cursor" => part.cursor = Some(value.to_owned()),
            "limit" => part.limit = within(name, value, 1, 200)?,
            "fields" => {}
            _ => more(name, value)?,
        }
        Ok(())
    })?;
    Ok(part)
}
