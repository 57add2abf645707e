//! Whom a rule would select, before it is saved.

use rapport_entity::{
    customers::customer,
    rule::Rule,
    segmentation::segment::{self, Entity, Kind},
};
use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait},
};

use super::{
    members::now_in,
    references::check_named_only,
    segments::{AT, check_rule},
};
use crate::{
    kernel::{Access, Ctx, Error, Listing, Read, Result, not},
    records,
};

/// Some customers.
#[derive(Clone, Debug)]
pub struct Those {
    /// How many there are.
    pub count: i64,
    /// Up to ten of them, newest first.
    pub sample: Vec<customer::Model>,
}

/// Whom a rule would select.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Everybody of whom it holds.
    pub selected: Those,
    /// Where the rule is for a segment that is there: who would enter it.
    pub entering: Option<Those>,
    /// And who would leave it.
    pub leaving: Option<Those>,
}

/// Whom a rule would select, of those that the actor may see, and whom it would move in and out of a segment. Nothing is
/// saved. Lists are looked at as they are: whoever was put in by hand would not leave.
///
/// # Errors
/// [`Error::Invalid`] names everything in the rule that is wrong, [`Error::Conflict`] every segment it names that is not
/// there; [`Error::NotFound`]; [`Error::Refused`] for a segment that is made by hand.
pub async fn preview(ctx: &Ctx, rule: &Rule, of: Option<segment::Id>) -> Result<Preview> {
    let customers = ctx.can::<customer::Entity, Read>()?;
    let selects = check_rule(ctx, rule, AT)?;
    check_named_only(ctx, rule, AT).await?;
    let selected = those(&customers, selects.clone()).await?;
    let Some(id) = of else { return Ok(Preview { selected, entering: None, leaving: None }) };
    let mut segment = records::get::<Entity>(ctx, id).await?;
    if segment.kind != Kind::Dynamic {
        return Err(Error::Refused("only the rule of a dynamic segment moves anybody".to_owned()));
    }
    segment.rule = rule.clone();
    let belongs = match segment.has_listings {
        true => check_rule(ctx, &super::kinds::effective(&segment), AT)?,
        false => selects,
    };
    let customer = Expr::col((customer::Entity, customer::Column::Id));
    let is_in = || Condition::all().add(customer.clone().in_subquery(now_in(ctx, id)));
    let entering = those(&customers, belongs.clone().add(not(is_in()))).await?;
    let leaving = those(&customers, is_in().add(not(belongs))).await?;
    Ok(Preview { selected, entering: Some(entering), leaving: Some(leaving) })
}

async fn those(
    customers: &Access<'_, customer::Entity, Read>,
    condition: Condition,
) -> Result<Those> {
    let listing = Listing { limit: 10, count: true, ..Listing::default() };
    let page = customers.page_of(&listing, condition).await?;
    Ok(Those { count: page.total.unwrap_or(0), sample: page.items })
}
