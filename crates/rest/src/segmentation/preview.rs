use actix_web::{post, web};
use rapport_domain::segmentation::preview::{self, Preview, Those};
use rapport_entity::{customers::customer, rule::Rule, segmentation::segment};
use rapport_http::{caller::Caller, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Json, Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(preview_segment);
}

/// A rule to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PreviewSegment {
    /// The rule.
    rule: Rule,
    /// A dynamic segment that the rule is meant for: then it is told who would enter and who would leave it.
    segment_id: Option<segment::Id>,
}

/// Whom a rule would select.
#[derive(Serialize, ToSchema)]
struct SegmentPreview {
    /// How many customers.
    #[schema(minimum = 0)]
    count: i64,
    /// Up to ten of them, newest first.
    #[schema(max_items = 10)]
    sample: Vec<customer::Model>,
    /// Who would enter the segment; null where none is named.
    entering: Option<CustomerSample>,
    /// Who would leave the segment; null where none is named.
    leaving: Option<CustomerSample>,
}

/// Some customers.
#[derive(Serialize, ToSchema)]
struct CustomerSample {
    /// How many there are.
    #[schema(minimum = 0)]
    count: i64,
    /// Up to ten of them, newest first.
    #[schema(max_items = 10)]
    sample: Vec<customer::Model>,
}

impl From<Those> for CustomerSample {
    fn from(Those { count, sample }: Those) -> Self {
        Self { count, sample }
    }
}

/// Try a rule without saving it.
#[utoipa::path(tag = "segments", responses((status = 200, body = SegmentPreview), Problem))]
#[post("/segments/preview")]
async fn preview_segment(
    me: Caller,
    body: Json<PreviewSegment>,
) -> Reply<web::Json<SegmentPreview>> {
    let Preview { selected, entering, leaving } =
        preview::preview(&me, &body.0.rule, body.0.segment_id).await?;
    Ok(web::Json(SegmentPreview {
        count: selected.count,
        sample: selected.sample,
        entering: entering.map(CustomerSample::from),
        leaving: leaving.map(CustomerSample::from),
    }))
}
