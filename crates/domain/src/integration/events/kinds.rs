use rapport_entity::{EventType, RESOURCES};

use crate::kernel::{Faults, Result};

/// What leave is given for that nothing happens to.
const UNTOLD: [&str; 5] = ["event", "audit", "webhook_delivery", "backward_move", "claim"];

/// So many types may be named at once.
pub const MOST_TYPES: usize = 50;

/// Whether there may be events of a type: one of a kind of record that things happen to, or any.
pub fn is_told(kind: &EventType) -> bool {
    let told = |resource| RESOURCES.contains(&resource) && !UNTOLD.contains(&resource);
    kind.resource().is_none_or(told)
}

/// Reads several; every one that is none is named.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid).
pub fn parse_all<'t>(texts: impl IntoIterator<Item = &'t str>, at: &str) -> Result<Vec<EventType>> {
    let mut faults = Faults::default();
    let mut types = Vec::new();
    for text in texts {
        match text.parse::<EventType>() {
            Ok(kind) if is_told(&kind) => types.push(kind),
            Ok(_) => faults.invalid(at, format!("there are no events such as {text:?}")),
            Err(err) => faults.invalid(at, format!("{text:?} {err}")),
        }
    }
    if types.len() > MOST_TYPES {
        faults.invalid(at, format!("names more than {MOST_TYPES} types"));
    }
    faults.check()?;
    Ok(types)
}

/// A type as the log names it: with a dot at the end where it is all of a kind of record; `None` where it is any.
pub fn name_in_log(kind: &EventType) -> Option<String> {
    let of = kind.as_str().strip_prefix("rapport.")?;
    Some(of.strip_suffix(".v1").or(of.strip_suffix('*')).unwrap_or(of).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_is_none_is_named() {
        assert_eq!(
            parse_all(["*", "rapport.order.*", "rapport.segment.entered.v1"], "/types")
                .unwrap()
                .len(),
            3
        );
        for wrong in [
            "",
            "order.updated",
            "rapport.order",
            "rapport.ufo.*",
            "rapport.order.a'b.v1",
            "rapport.audit.*",
        ] {
            assert!(parse_all([wrong], "/types").is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_log_names_them_without_prefix_and_version() {
        let name = |text: &str| name_in_log(&text.parse().unwrap());
        assert_eq!(name("rapport.order.updated.v1").as_deref(), Some("order.updated"));
        assert_eq!(name("rapport.order.*").as_deref(), Some("order."));
        assert_eq!(name("*"), None);
    }
}
