use async_graphql::InputObject;
use rapport_entity::{
    Count, Name,
    approvals::approval_rule::{
        self, ActiveModel, Approver, Column, Entity, MOST_STEPS, Model, Step, Steps, Subject,
    },
    identity::{role, user},
    rule::Rule,
    sales::{opportunity, quote},
    segmentation::segment,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    following::{Named, named_of},
    kernel::{Create, Ctx, Error, Expected, Faults, Read, Result, Tx, Update, catalogue},
    rules::check_rule,
    segmentation::check_all_named,
};

/// The most rules of a workspace that count at the same time.
const MOST: usize = 100;

/// An approval rule to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApprovalRule {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<approval_rule::Id>,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// Where it stands among the others.
    pub position: Count,
    /// Whether it counts; it does where left out.
    pub active: Option<bool>,
    /// What kind of record it is for.
    pub subject: Subject,
    /// What holds of a record that needs the approval.
    pub condition: Rule,
    /// Who must agree, one after the other: 1 to 10.
    #[schema(min_items = 1, max_items = 10)]
    pub steps: Vec<Step>,
}

/// What to change of an approval rule: what is left out stays. Approvals that are asked for already go on as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApprovalRulePatch {
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether it counts.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// What holds of a record that needs the approval.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Rule)]
    pub condition: Option<Rule>,
    /// Who must agree, one after the other: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Step>, min_items = 1, max_items = 10)]
    pub steps: Option<Vec<Step>>,
}

/// Makes an approval rule.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Refused`] where there are a hundred.
pub async fn create(ctx: &Ctx, new: NewApprovalRule) -> Result<Model> {
    let mut faults = Faults::default();
    check_condition(ctx, new.subject, &new.condition, &mut faults)?;
    check_steps(&new.steps, &mut faults);
    faults.check()?;
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Create>()?;
        check_references(tx, new.subject, Some(&new.condition), Some(&new.steps)).await?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            position: Set(new.position),
            active: Set(new.active.unwrap_or(true)),
            subject: Set(new.subject),
            condition: Set(new.condition),
            steps: Set(Steps(new.steps)),
            ..Default::default()
        };
        let made = rules.insert(new.id, row).await?;
        check_number(tx).await?;
        Ok(made)
    })
    .await
}

/// Changes an approval rule.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: approval_rule::Id,
    expected: Expected,
    patch: ApprovalRulePatch,
) -> Result<Model> {
    let subject = ctx.can::<Entity, Read>()?.one(id).await?.subject;
    let mut faults = Faults::default();
    if let Some(condition) = &patch.condition {
        check_condition(ctx, subject, condition, &mut faults)?;
    }
    if let Some(steps) = &patch.steps {
        check_steps(steps, &mut faults);
    }
    faults.check()?;
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Update>()?;
        check_references(tx, subject, patch.condition.as_ref(), patch.steps.as_deref()).await?;
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            position: patch.position.map_or(NotSet, Set),
            active: patch.active.map_or(NotSet, Set),
            condition: patch.condition.map_or(NotSet, Set),
            steps: patch.steps.map_or(NotSet, |steps| Set(Steps(steps))),
            ..Default::default()
        };
        let after = rules.update(id, expected, row).await?;
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

fn check_condition(
    ctx: &Ctx,
    subject: Subject,
    condition: &Rule,
    faults: &mut Faults,
) -> Result<()> {
    match subject {
        Subject::Opportunity => {
            check_rule::<opportunity::Entity>(ctx, condition, "/condition", faults)
        }
        Subject::Quote => check_rule::<quote::Entity>(ctx, condition, "/condition", faults),
    }
}

fn check_steps(steps: &[Step], faults: &mut Faults) {
    use rapport_entity::approvals::approval_rule::OnDeadline::Escalate;
    if !(1..=MOST_STEPS).contains(&steps.len()) {
        faults.invalid("/steps", format!("must be from 1 to {MOST_STEPS}"));
    }
    for (n, step) in steps.iter().enumerate() {
        let escalates = step.on_deadline == Some(Escalate);
        match (&step.escalate_to, escalates) {
            (None, true) => faults.invalid(format!("/steps/{n}/escalateTo"), "is needed"),
            (Some(_), false) => {
                let why = "is only for a step that is escalated";
                faults.invalid(format!("/steps/{n}/escalateTo"), why);
            }
            _ => {}
        }
        if step.on_deadline.is_some() && step.deadline.is_none() {
            faults.invalid(format!("/steps/{n}/deadline"), "is needed");
        }
    }
}

/// Segments, users and roles that are named must be there.
async fn check_references(
    tx: &Tx<'_>,
    subject: Subject,
    condition: Option<&Rule>,
    steps: Option<&[Step]>,
) -> Result<()> {
    let segments = condition.map(|condition| named(subject, condition));
    check_all_named(tx, &segments.unwrap_or_default()).await?;
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    for (n, step) in steps.unwrap_or_default().iter().enumerate() {
        let both = [(Some(&step.approver), "approver"), (step.escalate_to.as_ref(), "escalateTo")];
        for (approver, member) in both {
            match approver {
                Some(Approver::User(id)) => users.push((*id, format!("/steps/{n}/{member}/user"))),
                Some(Approver::Role(id)) => roles.push((*id, format!("/steps/{n}/{member}/role"))),
                Some(Approver::Manager(_)) | None => {}
            }
        }
    }
    let user_ids: Vec<user::Id> = users.iter().map(|(id, _)| *id).collect();
    let role_ids: Vec<role::Id> = roles.iter().map(|(id, _)| *id).collect();
    let there = tx.entailed::<user::Entity, Read>().live(&user_ids).await?;
    let mut faults = Faults::default();
    for (id, at) in users {
        if there.iter().all(|user| user.id != id) {
            faults.conflict(at, "is no user of this workspace");
        }
    }
    let there = tx.entailed::<role::Entity, Read>().live(&role_ids).await?;
    for (id, at) in roles {
        if there.iter().all(|role| role.id != id) {
            faults.conflict(at, "is no role of this workspace");
        }
    }
    faults.check()
}

fn named(subject: Subject, condition: &Rule) -> Vec<Named> {
    let of = match subject {
        Subject::Opportunity => catalogue::<opportunity::Entity>(),
        Subject::Quote => catalogue::<quote::Entity>(),
    };
    named_of(condition, of, "/condition")
}

/// The name of a rule that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    let all = tx.entailed::<Entity, Read>().filtered(Condition::all(), i64::MAX as u64).await?;
    let names = |row: &Model| named(row.subject, &row.condition).iter().any(|named| named.id == id);
    Ok(all.into_iter().find(names).map(|row| row.name))
}

async fn check_number(tx: &Tx<'_>) -> Result<()> {
    let rules = tx.entailed::<Entity, Read>();
    let active = rules.filtered(Column::Active.eq(true).into(), MOST as u64 + 1).await?;
    match active.len() > MOST {
        true => Err(Error::Refused(format!("at most {MOST} approval rules count"))),
        false => Ok(()),
    }
}

/// The rules that count for a kind of record, in their order.
pub(super) async fn active(tx: &Tx<'_>, subject: Subject) -> Result<Vec<Model>> {
    let which = Condition::all().add(Column::Active.eq(true)).add(Column::Subject.eq(subject));
    let mut rules = tx.entailed::<Entity, Read>().filtered(which, MOST as u64).await?;
    rules.sort_by_key(|rule| (i64::from(rule.position), rule.id.uuid()));
    Ok(rules)
}
