use std::collections::HashMap;

use rapport_entity::{
    ExternalId, Name, Source, TimeZone,
    service::{
        survey,
        survey_response::{self, ActiveModel, Column, Entity, Status},
    },
    values::fold,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition,
    sea_query::Expr,
};

use super::{
    Import,
    batches::{Item, Reader},
    cells::{Cell, Cells, Format, text},
    columns::{Columns, require},
    references::References,
    report::Wrong,
    run::Writer,
    sheet::Row,
    upsert::{Outcome, Wanted, upsert},
};
use crate::kernel::{Actor, Read, Result, Tx, database::is_one_of_texts};

/// The fields of survey responses in a file.
pub const FIELDS: [&str; 6] =
    ["externalId", "survey", "score", "comment", "answeredAt", "customerExternalId"];

/// Reads survey responses.
pub struct SurveyResponses {
    external_id: Cell,
    survey: Cell,
    score: Cell,
    comment: Cell,
    answered_at: Cell,
    customer: Cell,
    format: Format,
    zone: TimeZone,
}

/// A survey response in a file.
pub struct Record {
    external_id: ExternalId,
    survey: Name,
    score: i32,
    customer: Option<ExternalId>,
    row: ActiveModel,
}

impl SurveyResponses {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["externalId", "survey", "score"])?;
        Ok(Self {
            external_id: columns.cell("externalId"),
            survey: columns.cell("survey"),
            score: columns.cell("score"),
            comment: columns.cell("comment"),
            answered_at: columns.cell("answeredAt"),
            customer: columns.cell("customerExternalId"),
            format: Format::of(import)?,
            zone: actor.time_zone.clone(),
        })
    }
}

impl Reader for SurveyResponses {
    type Record = Record;
    const PARTS: bool = false;

    fn key(&self, row: &Row) -> Option<String> {
        Some(text(row, &self.external_id).to_owned()).filter(|key| !key.is_empty())
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(row) = rows.first() else { return Err(Vec::new()) };
        let mut cells = Cells::new(0, row);
        let external_id = cells.needed::<ExternalId>(&self.external_id, "externalId");
        let survey = cells.needed::<Name>(&self.survey, "survey");
        let score = match text(row, &self.score) {
            "" => Err("is missing"),
            score => score.parse().map_err(|_| "is no whole number"),
        };
        let score = score.map_err(|reason| cells.fault("score", reason)).ok();
        let customer = cells.value::<ExternalId>(&self.customer);
        let answered = cells.set(&self.answered_at, |text| self.format.moment(text, &self.zone));
        let row = ActiveModel {
            comment: cells.set_value(&self.comment),
            answered_at: answered,
            ..Default::default()
        };
        match (external_id, survey, score) {
            (Some(external_id), Some(survey), Some(score)) if cells.wrong.is_empty() => {
                Ok(Record { external_id, survey, score, customer, row })
            }
            _ => Err(cells.wrong),
        }
    }
}

/// Writes survey responses.
pub struct Writing {
    source: Source,
    dry_run: bool,
    references: References,
}

impl Writing {
    pub fn new(import: &Import) -> Self {
        Self {
            source: import.source.clone(),
            dry_run: import.dry_run,
            references: References::default(),
        }
    }

    /// A response as it is kept, where everything that it names is there.
    fn row(
        &self,
        tx: &Tx<'_>,
        surveys: &HashMap<String, survey::Model>,
        record: &Record,
        is_new: bool,
    ) -> Result<ActiveModel, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let survey = surveys.get(&fold(record.survey.as_str()));
        let customer = record.customer.as_ref().map(|known| self.references.customer(known));
        match survey.map(|survey| survey.kind.scale()) {
            None => wrong.push(Wrong::new("survey", "is no survey")),
            Some(scale) if !scale.contains(&record.score) => {
                let reason = format!("must be {} to {}", scale.start(), scale.end());
                wrong.push(Wrong::new("score", reason));
            }
            Some(_) => {}
        }
        if customer == Some(None) {
            wrong.push(Wrong::new("customerExternalId", "is no customer of this source"));
        }
        let Some(survey) = survey.filter(|_| wrong.is_empty()) else { return Err(wrong) };
        let answered_at = match record.row.answered_at {
            NotSet if is_new => Set(Some(tx.now())),
            ref given => given.clone(),
        };
        Ok(ActiveModel {
            survey_id: Set(survey.id),
            kind: Set(survey.kind),
            status: Set(Status::Answered),
            score: Set(Some(record.score)),
            rating: Set(Some(survey.kind.rating(record.score))),
            customer_id: customer.map_or(NotSet, Set),
            source: Set(Some(self.source.clone())),
            external_id: Set(Some(record.external_id.clone())),
            answered_at,
            ..record.row.clone()
        })
    }
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Outcome>> {
        let customers = items.iter().filter_map(|item| item.record.customer.as_ref());
        self.references.find_customers(tx, &self.source, customers).await?;
        let surveys = surveys(tx).await?;
        let mut known = known(tx, &self.source, items).await?;
        let mut outcomes = vec![Outcome::Unchanged; items.len()];
        let (mut wanted, mut places) = (Vec::<Wanted<Entity>>::new(), Vec::new());
        for (n, Item { record, .. }) in items.iter().enumerate() {
            let there = known.remove(record.external_id.as_str());
            match self.row(tx, &surveys, record, there.is_none()) {
                Ok(row) => {
                    wanted.push(Wanted { there, row });
                    places.push(n);
                }
                Err(wrong) => outcomes[n] = Outcome::Failed(wrong),
            }
        }
        let (done, _) = upsert(tx, wanted, self.dry_run).await?;
        places.into_iter().zip(done).for_each(|(n, outcome)| outcomes[n] = outcome);
        Ok(outcomes)
    }

    fn forget(&mut self) {
        self.references.forget();
    }
}

/// The surveys, by their folded names.
async fn surveys(tx: &Tx<'_>) -> Result<HashMap<String, survey::Model>> {
    let surveys = tx.can::<survey::Entity, Read>()?;
    let all = surveys.filtered(Condition::all(), i64::MAX as u64).await?;
    Ok(all.into_iter().map(|row| (row.sort_name.clone(), row)).collect())
}

/// The responses that are here already, by the ids that the source has given them.
async fn known(
    tx: &Tx<'_>,
    source: &Source,
    items: &[Item<Record>],
) -> Result<HashMap<String, survey_response::Model>> {
    let ids: Vec<&str> = items.iter().map(|item| item.record.external_id.as_str()).collect();
    let these = Condition::all()
        .add(Column::Source.eq(source.clone()))
        .add(Column::DeletedAt.is_null())
        .add(is_one_of_texts(Expr::col(Column::ExternalId), &ids, tx.backend()));
    let found = tx.can::<Entity, Read>()?.matching_even_deleted(these).await?;
    let keyed = |row: survey_response::Model| {
        let key = row.external_id.as_ref().map(|id| id.as_str().to_owned());
        key.map(|key| (key, row))
    };
    Ok(found.into_iter().filter_map(keyed).collect())
}
