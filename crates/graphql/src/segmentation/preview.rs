use async_graphql::{Context, Object, Result, SimpleObject};
use rapport_domain::segmentation::preview::{self, Preview, Those};
use rapport_entity::{rule::Rule, segmentation::segment::Id};

use crate::{customers::Customer, rows::ContextExt};

/// Whom a rule would select.
#[derive(SimpleObject)]
pub struct SegmentPreview {
    /// How many customers.
    count: i64,
    /// Up to ten of them, newest first.
    sample: Vec<Customer>,
    /// Who would enter the segment; null where none is named.
    entering: Option<CustomerSample>,
    /// Who would leave the segment; null where none is named.
    leaving: Option<CustomerSample>,
}

/// Some customers.
#[derive(SimpleObject)]
pub struct CustomerSample {
    /// How many there are.
    count: i64,
    /// Up to ten of them, newest first.
    sample: Vec<Customer>,
}

impl From<Those> for CustomerSample {
    fn from(Those { count, sample }: Those) -> Self {
        Self { count, sample: sample.into_iter().map(Customer::from).collect() }
    }
}

#[derive(Default)]
pub struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// Whom a rule would select, without saving it.
    async fn preview_segment(
        &self,
        ctx: &Context<'_>,
        rule: Rule,
        #[graphql(
            desc = "A dynamic segment that the rule is meant for: then it is told who would enter and who would leave it."
        )]
        segment_id: Option<Id>,
    ) -> Result<SegmentPreview> {
        let Preview { selected, entering, leaving } =
            preview::preview(ctx.me()?, &rule, segment_id).await?;
        let CustomerSample { count, sample } = selected.into();
        let [entering, leaving] = [entering, leaving].map(|those| those.map(CustomerSample::from));
        Ok(SegmentPreview { count, sample, entering, leaving })
    }
}
