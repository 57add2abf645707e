use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Date,
    service::{
        analysis::SurveyDimension,
        service_request, survey,
        survey::{Kind, Rating},
        survey_response,
    },
};
use sea_orm::{
    ActiveEnum, Condition, ConnectionTrait, JoinType, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    comparison::part,
    groups::{Key, Named, in_order},
    requests::{REQUEST, days, month, on},
};
use crate::{
    insight::{
        basis::readable,
        period::Period,
        sales::{belongs, col, whole_sum},
    },
    kernel::{Ctx, Result},
};

/// What is asked for of satisfaction.
#[derive(Clone, Debug)]
pub struct SatisfactionAsked {
    /// What is measured.
    pub kind: Kind,
    /// What responses are grouped by.
    pub by: SurveyDimension,
    /// The first day of those on which somebody answered, or was asked and has not; a year before the last where left out.
    pub from: Option<Date>,
    /// The last; today where left out.
    pub to: Option<Date>,
    /// Only those to this survey.
    pub survey_id: Option<survey::Id>,
}

/// What customers said of us in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SatisfactionAnalysisRow")]
pub struct SatisfactionAnalysis {
    /// What is measured.
    pub kind: Kind,
    /// What responses are grouped by.
    pub by: SurveyDimension,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What all of them come to.
    pub total: SatisfactionFigures,
    /// The groups: months in their order, others by how many answers there are, most first.
    #[schema(max_items = 200)]
    pub groups: Vec<SatisfactionGroup>,
    /// How many groups are not among these.
    #[schema(minimum = 0)]
    pub other_groups: i64,
}

/// The responses of a group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SatisfactionGroup {
    /// What they have in common: an id, or a month (`2026-11`); null for those that have none.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// What that is called; null where there is none, or you may not see it.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What they come to.
    pub figures: SatisfactionFigures,
}

/// What some responses come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SatisfactionFigures {
    /// How many were asked.
    #[schema(minimum = 0)]
    pub asked: i64,
    /// How many answered, asked or not.
    #[schema(minimum = 0)]
    pub answered: i64,
    /// The part of those who were asked that answered; null where nobody was.
    pub response_rate: Option<f64>,
    /// The mean score; null where nobody answered.
    pub average: Option<f64>,
    /// How many are content.
    #[schema(minimum = 0)]
    pub good: i64,
    /// How many are neither content nor not.
    #[schema(minimum = 0)]
    pub neutral: i64,
    /// How many are not content.
    #[schema(minimum = 0)]
    pub bad: i64,
    /// What is told of it: of NPS the percent of promoters less that of detractors, -100 to 100; of CSAT and CES the percent of good
    /// scores, 0 to 100; null where nobody answered.
    pub index: Option<f64>,
    /// How many gave each score, lowest first.
    #[schema(min_items = 5, max_items = 11)]
    pub scores: Vec<ScoreCount>,
}

/// How many gave a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SurveyScoreCount")]
#[schema(as = SurveyScoreCount)]
pub struct ScoreCount {
    /// The score.
    #[schema(minimum = 0, maximum = 10)]
    pub score: i32,
    /// How many gave it.
    #[schema(minimum = 0)]
    pub count: i64,
}

/// What customers said of us, as far as the actor may see it.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::Conflict`](crate::Error::Conflict).
pub async fn satisfaction(ctx: &Ctx, asked: &SatisfactionAsked) -> Result<SatisfactionAnalysis> {
    let period = days(ctx, asked.from, asked.to)?;
    let tallies = tallies(ctx, asked, period).await?;
    let mut total = Tally::default();
    tallies.values().for_each(|tally| total.merge(tally));
    let all = tallies.into_iter().collect();
    let is_by_month = asked.by == SurveyDimension::Month;
    let (shown, rest) = in_order(all, is_by_month, |tally: &Tally| tally.answered());
    let keys: Vec<Key> = shown.iter().map(|(key, _)| key.clone()).collect();
    let names = named(asked.by).names(ctx, &keys).await?;
    let group = |(key, tally): (Key, Tally)| SatisfactionGroup {
        name: key.as_ref().and_then(|key| names.get(key).cloned()),
        key,
        figures: tally.figures(asked.kind),
    };
    Ok(SatisfactionAnalysis {
        kind: asked.kind,
        by: asked.by,
        from: period.from,
        to: period.to,
        total: total.figures(asked.kind),
        groups: shown.into_iter().map(group).collect(),
        other_groups: rest as i64,
    })
}

fn named(by: SurveyDimension) -> Named {
    match by {
        SurveyDimension::Month => Named::Itself,
        SurveyDimension::Agent => Named::User,
        SurveyDimension::Survey => Named::Survey,
        SurveyDimension::Queue => Named::Queue,
        SurveyDimension::Product => Named::Product,
    }
}

/// Responses that were added up.
#[derive(Clone, Debug, Default)]
struct Tally {
    asked: i64,
    /// Of those who were asked.
    answered_of_asked: i64,
    scores: HashMap<i32, i64>,
}

impl Tally {
    fn merge(&mut self, other: &Self) {
        self.asked += other.asked;
        self.answered_of_asked += other.answered_of_asked;
        for (score, count) in &other.scores {
            *self.scores.entry(*score).or_default() += count;
        }
    }

    fn answered(&self) -> i64 {
        self.scores.values().sum()
    }

    fn figures(&self, kind: Kind) -> SatisfactionFigures {
        let answered = self.answered();
        let rated = |rating: Rating| {
            let is = |(score, _): &(&i32, &i64)| kind.rating(**score) == rating;
            self.scores.iter().filter(is).map(|(_, count)| count).sum::<i64>()
        };
        let (good, bad) = (rated(Rating::Good), rated(Rating::Bad));
        let sum: i64 = self.scores.iter().map(|(score, count)| i64::from(*score) * count).sum();
        let told = if kind == Kind::Nps { good - bad } else { good };
        let count = |score: i32| self.scores.get(&score).copied().unwrap_or_default();
        SatisfactionFigures {
            asked: self.asked,
            answered,
            response_rate: part(self.answered_of_asked, self.asked),
            average: part(sum, answered),
            good,
            neutral: answered - good - bad,
            bad,
            index: part(100 * told, answered),
            scores: kind.scale().map(|score| ScoreCount { score, count: count(score) }).collect(),
        }
    }
}

async fn tallies(
    ctx: &Ctx,
    asked: &SatisfactionAsked,
    period: Period,
) -> Result<HashMap<Key, Tally>> {
    let query = Query::select()
        .columns(["key", "score"].map(Alias::new))
        .expr(Expr::cust("count(*)"))
        .expr(whole_sum("asked"))
        .from_subquery(each(ctx, asked, period)?, Alias::new("each"))
        .group_by_columns(["key", "score"].map(Alias::new))
        .to_owned();
    let by = asked.by;
    let read = |row: QueryResult| {
        let score = row.try_get_by_index(1)?;
        Ok((named(by).read(&row)?, score, row.try_get_by_index(2)?, row.try_get_by_index(3)?))
    };
    let db = ctx.reader().await?;
    let rows: Vec<(Key, Option<i32>, i64, i64)> =
        db.each(db.get_database_backend().build(&query), read).await?;
    let mut tallies: HashMap<Key, Tally> = HashMap::new();
    for (key, score, count, asked) in rows {
        let tally = tallies.entry(key).or_default();
        tally.asked += asked;
        if let Some(score) = score {
            tally.answered_of_asked += asked;
            *tally.scores.entry(score).or_default() += count;
        }
    }
    Ok(tallies)
}

const RESPONSE: &str = "survey_response";

/// The responses: `key`, `score`, and whether they were `asked` for, as 0 or 1. Whoever was not asked, and has not answered,
/// is none.
fn each(ctx: &Ctx, asked: &SatisfactionAsked, period: Period) -> Result<SelectStatement> {
    let s = |column: &'static str| col(RESPONSE, column);
    let when = || Expr::from(Func::coalesce([s("answered_at"), s("asked_at")]));
    let key = match asked.by {
        SurveyDimension::Month => month(ctx, when(), period),
        SurveyDimension::Agent => s("agent_id"),
        SurveyDimension::Survey => s("survey_id"),
        SurveyDimension::Queue => col(REQUEST, "queue_id"),
        SurveyDimension::Product => col(REQUEST, "product_id"),
    };
    let mut which: Condition = readable::<survey_response::Entity>(ctx)?
        .add(s("kind").eq(asked.kind.to_value()))
        .add(s("status").ne("skipped"))
        .add(on(ctx, when(), period));
    if let Some(survey) = asked.survey_id {
        which = which.add(s("survey_id").eq(survey));
    }
    let was_asked = CaseStatement::new().case(s("asked_at").is_not_null(), 1).finally(0);
    let mut each = Query::select();
    each.expr_as(key, Alias::new("key"))
        .expr_as(s("score"), Alias::new("score"))
        .expr_as(was_asked, Alias::new("asked"))
        .from(survey_response::Entity)
        .cond_where(which);
    if matches!(asked.by, SurveyDimension::Queue | SurveyDimension::Product) {
        let on = belongs(REQUEST, "id", (RESPONSE, "request_id"));
        each.join(JoinType::LeftJoin, service_request::Entity, on);
    }
    Ok(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_nps_is_promoters_less_detractors_and_of_the_others_good_scores() {
        let tally = Tally {
            asked: 8,
            answered_of_asked: 4,
            scores: HashMap::from([(10, 2), (8, 1), (0, 1)]),
        };
        let figures = tally.figures(Kind::Nps);
        assert_eq!((figures.good, figures.neutral, figures.bad), (2, 1, 1));
        assert_eq!((figures.index, figures.average), (Some(25.0), Some(7.0)));
        assert_eq!((figures.response_rate, figures.scores.len()), (Some(0.5), 11));
        let tally = Tally { scores: HashMap::from([(5, 3), (3, 1)]), ..Tally::default() };
        let figures = tally.figures(Kind::Csat);
        assert_eq!((figures.index, figures.response_rate), (Some(75.0), None));
        assert_eq!(Tally::default().figures(Kind::Ces).index, None);
    }
}
