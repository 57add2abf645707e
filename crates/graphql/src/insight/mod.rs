mod adjustments;
mod analysis;
mod compliance;
mod sales;
mod service;
mod targets;

use async_graphql::MergedObject;

/// An analysis that is also to be had as a chart.
macro_rules! charted {
    ($($(#[doc = $doc:literal])+ $name:ident($of:ty) by $draw:path;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(async_graphql::SimpleObject)]
            #[graphql(complex)]
            pub struct $name {
                #[graphql(flatten)]
                analysis: $of,
            }

            #[async_graphql::ComplexObject]
            impl $name {
                /// The same as a chart: an SVG document, as wide as a telephone.
                async fn svg(&self, #[graphql(default)] theme: rapport_charts::Theme) -> async_graphql::Result<String> {
                    Ok($draw(&self.analysis, theme)?)
                }
            }

            impl From<$of> for $name {
                fn from(analysis: $of) -> Self {
                    Self { analysis }
                }
            }
        )+
    };
}

use charted;

/// What can be asked of what the data tell.
#[derive(Default, MergedObject)]
pub struct InsightQuery(
    analysis::AnalysisQuery,
    sales::SalesInsightQuery,
    service::ServiceInsightQuery,
    compliance::ComplianceQuery,
    adjustments::ForecastAdjustmentQuery,
    targets::TargetQuery,
);

/// What can be done with targets and adjustments of forecasts.
#[derive(Default, MergedObject)]
pub struct InsightMutation(adjustments::ForecastAdjustmentMutation, targets::TargetMutation);
