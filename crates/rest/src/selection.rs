//! `fields=id,name`: only these members of each record.

use rapport_domain::{Error, Fault};
use utoipa::ToSchema;

use rapport_http::schema::Schemas;

use super::query::pairs;

/// The members of `T` that a query asks for, where it does.
///
/// # Errors
/// [`Error::Invalid`] names every one that `T` does not have.
pub fn asked_for<T: ToSchema>(query: &str) -> Result<Option<Vec<String>>, Error> {
    if !query.contains("fields") {
        return Ok(None);
    }
    let pairs = pairs(query)?;
    let mut given = pairs.into_iter().filter(|(name, _)| name == "fields");
    let Some((_, fields)) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(Error::invalid("/fields", "is given more than once"));
    }
    let known = Schemas::of::<T>();
    let known = known.objects();
    let has = |name: &str| known.iter().any(|object| object.properties.contains_key(name));
    let unknown = fields.split(',').filter(|name| !has(name));
    let faults: Vec<Fault> =
        unknown.map(|name| Fault::new("/fields", format!("there is no field {name:?}"))).collect();
    match faults.is_empty() {
        true => Ok(Some(fields.split(',').map(ToOwned::to_owned).collect())),
        false => Err(Error::Invalid(faults)),
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::sales::orders::orders::OrderWithLines;

    use super::*;

    #[test]
    fn members_are_known_without_a_record_and_through_what_is_flattened() {
        let fields = |query| asked_for::<OrderWithLines>(query).map_err(|err| err.faults().len());
        assert_eq!(fields("limit=1"), Ok(None));
        let asked = vec!["number".to_owned(), "lines".to_owned()];
        assert_eq!(fields("fields=number,lines"), Ok(Some(asked)));
        assert_eq!(fields("fields=number,nope,%20id"), Err(2));
        assert_eq!(fields("fields="), Err(1));
        assert_eq!(fields("fields=id&fields=id"), Err(1));
    }
}
