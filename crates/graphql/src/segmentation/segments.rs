use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    segmentation::segments::{self, NewSegment, SegmentPatch},
};
use rapport_entity::{
    rule::Rule,
    segmentation::segment::{Entity, Id, Model},
};

use super::members::members;
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
};

/// The customers of whom a rule holds. Membership follows every change of the data.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Segment {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Segment {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Segment {
    /// The rule that its members satisfy, of the shape of the input `Rule`.
    async fn rule(&self) -> Json<&Rule> {
        Json(&self.row.rule)
    }

    /// The customers that are in it now.
    async fn members(
        &self,
        ctx: &Context<'_>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<Customer>> {
        members(ctx, self.row.id, None, Args { sort, first, after, ..Args::default() }).await
    }
}

#[derive(Default)]
pub struct SegmentQuery;

#[Object]
impl SegmentQuery {
    /// Segments, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn segments(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Segment>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One segment.
    async fn segment(&self, ctx: &Context<'_>, id: Id) -> Result<Segment> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct SegmentMutation;

#[Object]
impl SegmentMutation {
    /// Make a segment.
    async fn create_segment(&self, ctx: &Context<'_>, input: NewSegment) -> Result<Segment> {
        Ok(segments::create(ctx.me()?, input).await?.into())
    }

    /// Change a segment: what is left out stays, null clears.
    async fn update_segment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: SegmentPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Segment> {
        Ok(segments::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a segment. It can be restored.
    async fn delete_segment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Segment> {
        Ok(segments::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted segment back.
    async fn restore_segment(&self, ctx: &Context<'_>, id: Id) -> Result<Segment> {
        Ok(segments::restore(ctx.me()?, id).await?.into())
    }
}
