use async_graphql::InputObject;
use rapport_entity::{
    Count, DayCount, Name, Text,
    identity::user,
    rule::Rule,
    segmentation::segment,
    service::{
        queue, service_request,
        survey::{self, ActiveModel, Column, Entity, Kind, Model},
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DeriveIntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    conditions::{self, check_condition, check_segments},
    kernel::{Create, Ctx, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched},
};

/// The most surveys of a workspace that are asked at the same time.
const MOST: usize = 50;

/// The longest time after a request was closed, in minutes: 30 days.
const MOST_MINUTES: i64 = 30 * 24 * 60;

/// The longest rest, in days.
const MOST_REST: i64 = 730;

/// A survey to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSurvey {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<survey::Id>,
    /// What the survey is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// What is measured. It stays.
    pub kind: Kind,
    /// The question, as customers read it.
    pub question: Text,
    /// Where it stands among the others: of those that hold of a request, the one with the lowest is asked.
    pub position: Count,
    /// Whether it is asked; it is where left out.
    pub active: Option<bool>,
    /// What must hold of a service request; it is asked of all where left out.
    pub condition: Option<Rule>,
    /// So many minutes after the request was closed it is asked, 43200 (30 days) at most; at once where left out.
    pub delay_minutes: Option<Count>,
    /// For so many days it can be answered; 14 where left out.
    pub valid_days: Option<DayCount>,
    /// Nobody is asked anything who was asked something so many days ago or less, 730 at most; 30 where left out.
    pub rest_days: Option<Count>,
    /// A score up to this one opens a service request that follows the one it is about; none does where left out.
    #[schema(minimum = 0, maximum = 10)]
    pub follow_up_to: Option<i32>,
    /// What that request is; a complaint where left out.
    pub follow_up_kind: Option<service_request::Kind>,
    /// Who has it; whoever had the first where left out.
    pub follow_up_owner_id: Option<user::Id>,
    /// The queue that it waits in; that of the first where left out.
    pub follow_up_queue_id: Option<queue::Id>,
}

/// What to change of a survey: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SurveyPatch {
    /// What the survey is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The question, as customers read it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Text)]
    pub question: Option<Text>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether it is asked.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// What must hold of a service request; null where it is asked of all.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub condition: Patch<Rule>,
    /// So many minutes after the request was closed it is asked.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub delay_minutes: Option<Count>,
    /// For so many days it can be answered.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = DayCount)]
    pub valid_days: Option<DayCount>,
    /// Nobody is asked anything who was asked something so many days ago or less.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub rest_days: Option<Count>,
    /// A score up to this one opens a service request that follows the one it is about.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 10)]
    pub follow_up_to: Patch<i32>,
    /// What that request is.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = service_request::Kind)]
    pub follow_up_kind: Option<service_request::Kind>,
    /// Who has it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub follow_up_owner_id: Patch<user::Id>,
    /// The queue that it waits in.
    #[serde(default)]
    #[schema(value_type = Option<queue::Id>)]
    pub follow_up_queue_id: Patch<queue::Id>,
}

/// Makes a survey.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`]; [`Error::Refused`] where
/// there are fifty.
pub async fn create(ctx: &Ctx, new: NewSurvey) -> Result<Model> {
    let mut faults = Faults::default();
    check_condition::<service_request::Entity>(ctx, new.condition.as_ref(), &mut faults)?;
    ctx.tx(async |tx| {
        let surveys = tx.can::<Entity, Create>()?;
        let id = new.id;
        let row = surveys.complete(id, new.row()?)?;
        judge(tx, None, &row, &mut faults).await?;
        faults.check()?;
        let made = surveys.insert(id, row).await?;
        check_number(tx).await?;
        Ok(made)
    })
    .await
}

/// Changes a survey. Whoever was asked already answers what they were asked.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: survey::Id,
    expected: Expected,
    patch: SurveyPatch,
) -> Result<Model> {
    let mut faults = Faults::default();
    if let Patch::Set(condition) = &patch.condition {
        check_condition::<service_request::Entity>(ctx, Some(condition), &mut faults)?;
    }
    ctx.tx(async |tx| {
        let surveys = tx.can::<Entity, Update>()?;
        let before = surveys.lock(id, expected).await?;
        let after = patched::<Entity>(&before, patch)?;
        judge(tx, Some(&before), &after, &mut faults).await?;
        faults.check()?;
        let after = surveys.save(&before, after, "updated", &[]).await?;
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

async fn judge(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    judge_numbers(after, faults);
    if after.question.as_str().trim().is_empty() {
        faults.invalid("/question", "must say something");
    }
    let to_follow = |row: &Model| (row.follow_up_owner_id, row.follow_up_queue_id);
    if before.map(to_follow) != Some(to_follow(after)) {
        judge_named(tx, after, faults).await?;
    }
    if before.and_then(|before| before.condition.as_ref()) != after.condition.as_ref() {
        check_segments::<service_request::Entity>(tx, after.condition.as_ref()).await?;
    }
    Ok(())
}

/// The name of a survey that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    conditions::naming::<Entity, service_request::Entity>(tx, id, |row| {
        (row.condition.as_ref(), &row.name)
    })
    .await
}

fn judge_numbers(row: &Model, faults: &mut Faults) {
    if i64::from(row.valid_days) < 1 {
        faults.invalid("/validDays", "must be at least 1");
    }
    if i64::from(row.delay_minutes) > MOST_MINUTES {
        faults.invalid("/delayMinutes", format!("must be at most {MOST_MINUTES}"));
    }
    if i64::from(row.rest_days) > MOST_REST {
        faults.invalid("/restDays", format!("must be at most {MOST_REST}"));
    }
    let scale = row.kind.scale();
    if row.follow_up_to.is_some_and(|score| !scale.contains(&score)) {
        let why = format!("must be {} to {}", scale.start(), scale.end());
        faults.invalid("/followUpTo", why);
    }
}

/// Whoever has what follows, and where it waits, must be there.
async fn judge_named(tx: &Tx<'_>, row: &Model, faults: &mut Faults) -> Result<()> {
    if let Some(owner) = row.follow_up_owner_id
        && tx.can::<user::Entity, Read>()?.live(&[owner]).await?.is_empty()
    {
        faults.conflict("/followUpOwnerId", "is no user of this workspace");
    }
    if let Some(queue) = row.follow_up_queue_id
        && tx.can::<queue::Entity, Read>()?.live(&[queue]).await?.is_empty()
    {
        faults.conflict("/followUpQueueId", "is no queue");
    }
    Ok(())
}

async fn check_number(tx: &Tx<'_>) -> Result<()> {
    let active = Condition::all().add(Column::Active.eq(true));
    let there = tx.entailed::<Entity, Read>().filtered(active, MOST as u64 + 1).await?;
    match there.len() > MOST {
        true => Err(Error::Refused(format!("a workspace asks at most {MOST} surveys"))),
        false => Ok(()),
    }
}

impl NewSurvey {
    fn row(self) -> Result<ActiveModel> {
        let count = |given: Option<Count>, or: i64| {
            given.map_or_else(|| Count::try_from(or).map_err(Error::internal), Ok)
        };
        let days = || DayCount::try_from(14).map_err(Error::internal);
        Ok(ActiveModel {
            name: Set(self.name),
            sort_name: Set(String::new()),
            kind: Set(self.kind),
            question: Set(self.question),
            position: Set(self.position),
            active: Set(self.active.unwrap_or(true)),
            condition: Set(self.condition),
            delay_minutes: Set(count(self.delay_minutes, 0)?),
            valid_days: Set(self.valid_days.map_or_else(days, Ok)?),
            rest_days: Set(count(self.rest_days, 30)?),
            follow_up_to: Set(self.follow_up_to),
            follow_up_kind: Set(self.follow_up_kind.unwrap_or(service_request::Kind::Complaint)),
            follow_up_owner_id: Set(self.follow_up_owner_id),
            follow_up_queue_id: Set(self.follow_up_queue_id),
            ..Default::default()
        })
    }
}

/// The surveys that are asked, in their order.
pub(super) async fn active(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let which = Column::Active.eq(true).into();
    let mut surveys = tx.entailed::<Entity, Read>().filtered(which, MOST as u64).await?;
    surveys.sort_by_key(|survey| (i64::from(survey.position), survey.id.uuid()));
    Ok(surveys)
}
