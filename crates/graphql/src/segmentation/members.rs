use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use rapport_domain::segmentation::{
    listings,
    members::{self, SegmentStay},
    watermark::{self, SegmentWatermark},
    why::{self, SegmentReason},
};
use rapport_entity::{
    customers::customer,
    rule::Rule,
    segmentation::{segment::Id, segment_listing::Listing},
};

use super::segments::Segment;
use crate::{
    connection::{Args, Connected, by_argument, connect},
    customers::Customer,
    rows::ContextExt,
};

/// The customers that are in a segment, or were at a moment.
pub async fn members(
    ctx: &Context<'_>,
    id: Id,
    at: Option<DateTime<Utc>>,
    args: Args,
) -> Result<Connected<Customer>> {
    let listing = args.listing(ctx)?;
    let page = members::members(ctx.me()?, id, at, &listing).await.map_err(by_argument)?;
    Ok(connect(page, listing.cursor.is_some()))
}

async fn listed(ctx: &Context<'_>, id: Id, on: Listing, args: Args) -> Result<Connected<Customer>> {
    let listing = args.listing(ctx)?;
    let page = listings::listed(ctx.me()?, id, on, &listing).await.map_err(by_argument)?;
    Ok(connect(page, listing.cursor.is_some()))
}

#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// The customers that are in a segment, or were at a moment.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn segment_members(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Who belonged to it at this moment, rather than now.")] at: Option<
            DateTime<Utc>,
        >,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<Customer>> {
        members(ctx, id, at, Args { filter, q, sort, first, after, deleted: false }).await
    }

    /// Why a customer is, or is not, in a segment: what comes of each part of its rule now, and the values that were looked
    /// at.
    async fn segment_reason(
        &self,
        ctx: &Context<'_>,
        id: Id,
        customer_id: customer::Id,
    ) -> Result<SegmentReason> {
        Ok(why::why(ctx.me()?, id, customer_id).await?)
    }

    /// How far membership has read in the log.
    async fn segment_watermark(&self, ctx: &Context<'_>) -> Result<SegmentWatermark> {
        Ok(watermark::watermark(ctx.me()?).await?)
    }

    /// The segments that a customer is in, or was at a moment, the last that was entered first.
    async fn customer_segments(
        &self,
        ctx: &Context<'_>,
        id: customer::Id,
        #[graphql(desc = "Which they were in at this moment, rather than now.")] at: Option<
            DateTime<Utc>,
        >,
    ) -> Result<Vec<SegmentStay>> {
        Ok(members::segments_of(ctx.me()?, id, at).await?)
    }

    /// The customers that were put into a segment by hand.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn segment_included(
        &self,
        ctx: &Context<'_>,
        id: Id,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<Customer>> {
        let args = Args { filter, q, sort, first, after, deleted: false };
        listed(ctx, id, Listing::Included, args).await
    }

    /// The customers that are kept out of a segment by hand.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn segment_excluded(
        &self,
        ctx: &Context<'_>,
        id: Id,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<Customer>> {
        let args = Args { filter, q, sort, first, after, deleted: false };
        listed(ctx, id, Listing::Excluded, args).await
    }
}

#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Put customers into a segment, whatever its rule says: 1 to 1,000.
    async fn include_in_segment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        customer_ids: Vec<customer::Id>,
    ) -> Result<Segment> {
        Ok(listings::include(ctx.me()?, id, &customer_ids).await?.into())
    }

    /// Keep customers out of a segment, whatever its rule says: 1 to 1,000.
    async fn exclude_from_segment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        customer_ids: Vec<customer::Id>,
    ) -> Result<Segment> {
        Ok(listings::exclude(ctx.me()?, id, &customer_ids).await?.into())
    }

    /// Take customers off both lists of a segment, so that its rule alone decides: 1 to 1,000.
    async fn unlist_from_segment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        customer_ids: Vec<customer::Id>,
    ) -> Result<Segment> {
        Ok(listings::unlist(ctx.me()?, id, &customer_ids).await?.into())
    }
}
