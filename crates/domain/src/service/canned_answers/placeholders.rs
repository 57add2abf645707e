//! The places in an answer that are filled in, such as `{{customer.name}}`. There are no conditions and no loops, and what is
//! filled in is not read again.

/// What can be filled in.
pub const KNOWN: [&str; 11] = [
    "agent.name",
    "asset.name",
    "asset.serialNumber",
    "contact.name",
    "customer.name",
    "product.name",
    "queue.name",
    "request.number",
    "request.status",
    "request.subject",
    "workspace.name",
];

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// It stands as it is.
    Text(&'t str),
    /// It is filled in: the name between the braces.
    Place(&'t str),
}

/// The parts of an answer. Braces that are not closed are text.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, inside)) = rest.split_once("{{") {
        let Some((name, after)) = inside.split_once("}}") else { break };
        parts.push(Part::Text(before));
        parts.push(Part::Place(name.trim()));
        rest = after;
    }
    parts.push(Part::Text(rest));
    parts
}

/// The places that nothing can be filled into, each once.
pub fn unknown(text: &str) -> Vec<&str> {
    let mut unknown: Vec<&str> = Vec::new();
    for part in parts(text) {
        if let Part::Place(name) = part
            && !KNOWN.contains(&name)
            && !unknown.contains(&name)
        {
            unknown.push(name);
        }
    }
    unknown
}

/// An answer with what `value` says of each place, and the places of which it says nothing.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> (String, Vec<&str>) {
    let (mut filled, mut missing) = (String::new(), Vec::new());
    for part in parts(text) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Place(name) => match value(name) {
                Some(value) => filled.push_str(&value),
                None if missing.contains(&name) => {}
                None => missing.push(name),
            },
        }
    }
    (filled, missing)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_filled_in_once() {
        let value = |name: &str| match name {
            "customer.name" => Some("{{request.number}}".to_owned()),
            "request.number" => Some("SR-1001".to_owned()),
            _ => None,
        };
        let text =
            "Dear {{ customer.name }}, {{request.number}} {{queue.name}}{{queue.name}} {{ open";
        let filled = "Dear {{request.number}}, SR-1001  {{ open".to_owned();
        assert_eq!(fill(text, value), (filled, vec!["queue.name"]));
    }

    #[test]
    fn what_cannot_be_filled_in_is_named_once() {
        let text =
            "{{customer.name}} {{customer.password}} {{}} {{customer.password}} {{Customer.name}}";
        assert_eq!(unknown(text), ["customer.password", "", "Customer.name"]);
    }

    proptest! {
        #[test]
        fn text_without_places_stays(text in "[^{}]{0,80}[{}]?") {
            prop_assert_eq!(fill(&text, |_| None), (text.clone(), vec![]));
        }
    }
}
