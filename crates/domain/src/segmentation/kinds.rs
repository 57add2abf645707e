//! What makes somebody a member: the rule that the reader of the log follows, by the kind of segment and its lists.

use rapport_entity::{
    rule::{Comparison, Relation, Rule},
    segmentation::{
        segment::{self, Kind, Model},
        segment_listing::Listing,
    },
};
use sea_orm::ActiveEnum;
use serde_json::json;

/// The rule by which somebody is a member: whoever was put in by hand is too, and whoever is kept out is not.
pub fn effective(row: &Model) -> Rule {
    let base = match row.kind {
        Kind::Dynamic => row.rule.clone(),
        Kind::Static => never(),
        Kind::Snapshot => is_listed(row.id, Listing::Taken),
    };
    if !row.has_listings {
        return base;
    }
    let in_it = Rule::Any(vec![base, is_listed(row.id, Listing::Included)]);
    let kept_out = is_listed(row.id, Listing::Excluded);
    Rule::All(vec![in_it, Rule::Not(Box::new(kept_out))])
}

/// A rule that never holds: that of a segment whose members are chosen by hand.
pub fn never() -> Rule {
    Rule::Any(Vec::new())
}

/// That a customer stands on a list of a segment.
fn is_listed(id: segment::Id, listing: Listing) -> Rule {
    let is = |field: &str, value| {
        let compare =
            Comparison { field: field.to_owned(), eq: Some(value), ..Comparison::default() };
        Rule::Compare(Box::new(compare))
    };
    let this =
        Rule::All(vec![is("segmentId", json!(id)), is("listing", json!(listing.to_value()))]);
    Rule::Relation(Box::new(Relation {
        name: "listings".to_owned(),
        filter: Some(Box::new(this)),
        ..Relation::default()
    }))
}
