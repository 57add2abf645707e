use std::collections::HashSet;

use rapport_domain::{Error, Fault};
use rapport_entity::rule::Rule;

/// The parameters of a query, in order.
///
/// # Errors
/// [`Error::Malformed`] where one is not percent-encoded UTF-8: it is never guessed what was meant.
pub fn pairs(query: &str) -> Result<Vec<(String, String)>, Error> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Some((decoded(name)?, decoded(value)?))
    };
    let pairs: Option<_> = parts.map(pair).collect();
    pairs.ok_or_else(|| Error::Malformed("the query is not percent-encoded UTF-8".to_owned()))
}

/// Hands each parameter of a query to `set`, and names everything that is wrong with any of them.
///
/// # Errors
/// [`Error::Malformed`]; [`Error::Invalid`].
pub fn each(query: &str, set: impl FnMut(&str, &str) -> Result<(), Error>) -> Result<(), Error> {
    each_but(query, &[], set)
}

/// As [`each`], where some parameters may be given many times.
///
/// # Errors
/// As [`each`].
pub fn each_but(
    query: &str,
    many: &[&str],
    mut set: impl FnMut(&str, &str) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut seen = HashSet::new();
    for (name, value) in pairs(query)? {
        if !seen.insert(name.clone()) && !many.contains(&name.as_str()) {
            faults.push(Fault::new(format!("/{name}"), "is given more than once"));
        } else if let Err(err) = set(&name, &value) {
            faults.extend(err.faults().iter().cloned());
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// A whole number within bounds.
///
/// # Errors
/// [`Error::Invalid`] at the parameter's name.
pub fn within(name: &str, text: &str, least: u64, most: u64) -> Result<u64, Error> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    let why = || format!("must be a whole number from {least} to {most}");
    number.ok_or_else(|| Error::invalid(format!("/{name}"), why()))
}

/// True or false.
///
/// # Errors
/// [`Error::Invalid`] at the parameter's name.
pub fn truth(name: &str, text: &str) -> Result<bool, Error> {
    text.parse().map_err(|_| Error::invalid(format!("/{name}"), "must be true or false"))
}

/// A rule, as JSON.
///
/// # Errors
/// [`Error::Invalid`] at the parameter's name.
pub fn rule(name: &str, text: &str) -> Result<Rule, Error> {
    serde_json::from_str(text)
        .map_err(|err| Error::invalid(format!("/{name}"), format!("is no rule: {err}")))
}

/// A parameter that there is none of.
pub fn unknown(name: &str) -> Error {
    Error::invalid(format!("/{name}"), "is no parameter of this operation")
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => 16 * digit(rest.next()?)? + digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_percent_encoded_utf_8_or_refused() {
        let read = |query| pairs(query).ok();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("a=b&c=%C3%A9+d"), Some(vec![pair("a", "b"), pair("c", "é d")]));
        assert_eq!(read("a&b="), Some(vec![pair("a", ""), pair("b", "")]));
        assert_eq!(read("a=%ff"), None);
        assert_eq!(read("a=%C3%28"), None);
        assert_eq!(read("a=%2"), None);
        assert_eq!(read("a=%zz"), None);
    }
}
