use std::{fmt, str::FromStr};

use rapport_entity::RESOURCES;

use crate::kernel::{Faults, Result};

/// Which events are wanted: those of one type (`rapport.order.updated.v1`), or of all that happens to one kind of record
/// (`rapport.order.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventType {
    resource: &'static str,
    what: Option<String>,
}

/// What leave is given for that nothing happens to.
const UNTOLD: [&str; 3] = ["event", "audit", "webhook_delivery"];

/// So many types may be named at once.
pub const MOST_TYPES: usize = 50;

/// How types are written.
pub const PATTERN: &str = r"^rapport\.[a-z_]{1,40}\.([a-z_]{1,40}\.v1|\*)$";

impl EventType {
    /// The kind of record it is about.
    pub fn resource(&self) -> &'static str {
        self.resource
    }

    /// Whether an event of this name in the log is of it.
    pub fn includes(&self, name: &str) -> bool {
        name.split_once('.').is_some_and(|(resource, what)| {
            resource == self.resource && self.what.as_ref().is_none_or(|wanted| wanted == what)
        })
    }

    /// Its name in the log; with a dot at the end where it is all of a kind of record.
    pub fn name(&self) -> String {
        format!("{}.{}", self.resource, self.what.as_deref().unwrap_or_default())
    }

    /// Reads several; every one that is none is named.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid).
    pub fn parse_all<'t>(texts: impl IntoIterator<Item = &'t str>, at: &str) -> Result<Vec<Self>> {
        let mut faults = Faults::default();
        let mut types = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(kind) => types.push(kind),
                Err(err) => faults.invalid(at, err),
            }
        }
        if types.len() > MOST_TYPES {
            faults.invalid(at, format!("names more than {MOST_TYPES} types"));
        }
        faults.check()?;
        Ok(types)
    }
}

impl FromStr for EventType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no type of event such as rapport.order.updated.v1 or rapport.order.*"
            )
        };
        let rest = text.strip_prefix("rapport.").ok_or_else(wrong)?;
        let (resource, what) = rest.split_once('.').ok_or_else(wrong)?;
        let known =
            RESOURCES.into_iter().find(|known| *known == resource && !UNTOLD.contains(known));
        let resource = known.ok_or_else(|| format!("there are no events of a {resource:?}"))?;
        if what == "*" {
            return Ok(Self { resource, what: None });
        }
        let what = what.strip_suffix(".v1").ok_or_else(wrong)?;
        let is_name = |what: &str| {
            (1..=40).contains(&what.len())
                && what.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        is_name(what).then(|| Self { resource, what: Some(what.to_owned()) }).ok_or_else(wrong)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            Some(what) => write!(f, "rapport.{}.{what}.v1", self.resource),
            None => write!(f, "rapport.{}.*", self.resource),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_one_event_or_all_of_a_kind_of_record() {
        let one: EventType = "rapport.order.updated.v1".parse().unwrap();
        assert!(one.includes("order.updated") && !one.includes("order.created"));
        assert!(!one.includes("order_line.updated"));
        let all: EventType = "rapport.order.*".parse().unwrap();
        assert!(all.includes("order.updated") && !all.includes("customer.updated"));
        for text in ["rapport.order.*", "rapport.segment.entered.v1"] {
            assert_eq!(text.parse::<EventType>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "order.updated",
            "rapport.order",
            "rapport.ufo.*",
            "rapport.order.a'b.v1",
            "rapport.order..v1",
        ] {
            assert!(wrong.parse::<EventType>().is_err(), "{wrong}");
        }
    }
}
