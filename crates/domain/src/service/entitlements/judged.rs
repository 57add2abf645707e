//! Whether an entitlement covers something: a pure function of the two, of the agreement and of what is used up.

use std::cmp::Reverse;

use async_graphql::SimpleObject;
use rapport_entity::{
    Date, Name,
    customers::customer,
    sales::{order, product},
    service::{
        agreement::{self, Status as Stand},
        asset,
        entitlement::{Kind, Model, Status},
        site,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

/// What stands against an entitlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "CoverageObjection")]
#[schema(as = CoverageObjection)]
pub struct Objection {
    /// What it is, for programs: `cancelled`, `not_begun`, `ended`, `agreement_inactive`, `agreement_not_begun`,
    /// `agreement_ended`, `used_up`, `other_kind`, `other_asset`, `other_site`, `other_product` or `other_order`.
    #[schema(max_length = 40, pattern = "^[a-z_]+$")]
    pub code: String,
    /// The same, for people.
    pub detail: String,
}

/// What is to be covered.
pub(super) struct Subject {
    pub customer: customer::Id,
    pub product: Option<product::Id>,
    /// The asset and those that it is a part of.
    pub assets: Vec<asset::Id>,
    /// The site that it is at, and the one at which the asset stands.
    pub sites: Vec<site::Id>,
    pub order: Option<(order::Id, Option<i32>)>,
    pub kind: Option<Kind>,
    pub on: Date,
}

/// An entitlement, and what is to be said of it.
pub(super) struct Judged {
    pub row: Model,
    /// What the site is called that it is for.
    pub site: Option<Name>,
    pub ends_on: Option<Date>,
    pub remaining: Option<i32>,
    pub objections: Vec<Objection>,
}

impl Judged {
    pub fn covers(&self) -> bool {
        self.objections.is_empty()
    }

    /// What covers comes before what does not, what is for less before what is for more, then what has no limit, and what
    /// lasts longer.
    pub fn rank(&self) -> impl Ord + use<> {
        let Model { asset_id, order_id, site_id, product_id, .. } = self.row;
        let closeness =
            (asset_id.is_some(), order_id.is_some(), site_id.is_some(), product_id.is_some());
        let lasts = (self.ends_on.is_none(), self.ends_on);
        (self.covers(), closeness, self.remaining.is_none(), lasts, Reverse(self.row.id.uuid()))
    }
}

/// What is to be said of an entitlement. Of one that is part of an agreement, `agreement` is that, or nothing where it is
/// deleted; of one that is for a site, `site` is what that is called.
pub(super) fn judge(
    row: Model,
    agreement: Option<Option<&agreement::Model>>,
    site: Option<Name>,
    used: i32,
    subject: &Subject,
) -> Judged {
    let limit = row.request_limit.map(|limit| i64::from(limit) as i32);
    let remaining = limit.map(|limit| limit.saturating_sub(used).max(0));
    let mut objections = Vec::new();
    let mut object = |code: &str, detail: String| {
        objections.push(Objection { code: code.to_owned(), detail });
    };
    of_scope(&row, site.as_ref(), subject, &mut object);
    if row.status == Status::Cancelled {
        object("cancelled", "it was cancelled".to_owned());
    }
    of_days(("", "it"), (row.starts_on, row.ends_on), subject.on, &mut object);
    if let Some(agreement) = agreement {
        of_agreement(agreement, subject.on, &mut object);
    }
    if remaining == Some(0) {
        object("used_up", format!("all {} requests are used up", limit.unwrap_or_default()));
    }
    let ends_on = match agreement.flatten().and_then(|agreement| agreement.ends_on) {
        Some(end) => Some(row.ends_on.map_or(end, |own| own.min(end))),
        None => row.ends_on,
    };
    Judged { row, site, ends_on, remaining, objections }
}

fn of_agreement(
    agreement: Option<&agreement::Model>,
    on: Date,
    object: &mut impl FnMut(&str, String),
) {
    match agreement {
        // Of one that has ended, its days say so.
        Some(held) if matches!(held.status, Stand::Active | Stand::Ended) => {
            let name = format!("the agreement {}", held.number);
            of_days(("agreement_", &name), (held.starts_on, held.ends_on), on, object);
        }
        Some(held) => {
            let status = sea_orm::ActiveEnum::to_value(&held.status);
            object("agreement_inactive", format!("the agreement {} is {status}", held.number));
        }
        None => object("agreement_inactive", "its agreement was deleted".to_owned()),
    }
}

fn of_days(
    (code, name): (&str, &str),
    (first, last): (Date, Option<Date>),
    on: Date,
    object: &mut impl FnMut(&str, String),
) {
    if on < first {
        object(&format!("{code}not_begun"), format!("{name} begins on {first}"));
    }
    if let Some(last) = last.filter(|last| *last < on) {
        object(&format!("{code}ended"), format!("{name} ended on {last}"));
    }
}

/// Whether what is asked is within what it is for. What is not said of it, such as which of several of a product, does not
/// stand against it.
fn of_scope(
    row: &Model,
    site: Option<&Name>,
    subject: &Subject,
    object: &mut impl FnMut(&str, String),
) {
    if let Some(kind) = subject.kind.filter(|kind| *kind != row.kind) {
        let [wanted, is] = [kind, row.kind].map(|kind| sea_orm::ActiveEnum::to_value(&kind));
        object("other_kind", format!("it is for {is}, not for {wanted}"));
    }
    if let Some(asset) = row.asset_id
        && !subject.assets.contains(&asset)
    {
        object("other_asset", "it is for another asset".to_owned());
    }
    if let Some(id) = row.site_id
        && !subject.sites.contains(&id)
    {
        let name = site.map(Name::as_str).unwrap_or("that is deleted");
        object("other_site", format!("it is for the site {name}"));
    }
    if let Some(product) = row.product_id
        && subject.product != Some(product)
    {
        object("other_product", "it is for another product".to_owned());
    }
    if let Some(order) = row.order_id {
        let is_other = subject.order.is_some_and(|(asked, line)| {
            asked != order || (line.is_some() && row.order_line.is_some() && line != row.order_line)
        });
        if is_other {
            object("other_order", "it is for what was bought by another order".to_owned());
        }
    }
}
