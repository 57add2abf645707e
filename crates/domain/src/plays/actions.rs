//! What plays do, in the transaction of the run.

use rapport_entity::{
    Moment, Tags,
    customers::customer,
    identity::user,
    integration::webhook_endpoint,
    plays::{
        action::{Action, CreateTask, Notify},
        play,
        play_run::{self, Model},
    },
    work::{
        notification,
        task::{self, Source, Status},
    },
};
use sea_orm::ActiveValue::Set;
use serde_json::{Map, json};

use crate::{
    kernel::{Error, Read, Result, Tx, Update},
    lifecycle::moves::move_by_play,
    work::{
        notifications::{Notice, notify},
        tasks,
    },
};

/// A play being played for a customer, who is locked.
pub struct Doing<'d, 't> {
    /// The transaction.
    pub tx: &'d Tx<'t>,
    /// The play.
    pub play: &'d play::Model,
    /// The run.
    pub run: &'d Model,
    /// The customer, as what was done has left them.
    pub customer: customer::Model,
}

impl Doing<'_, '_> {
    /// Does all that the play does, in order.
    ///
    /// # Errors
    /// Where one thing cannot be done: then none is to be.
    pub async fn all(mut self) -> Result<()> {
        self.tx.because(json!({ "playId": self.play.id, "playRunId": self.run.id }));
        let mut called = Vec::new();
        for (place, action) in self.play.actions.0.iter().enumerate() {
            match action {
                Action::CreateTask(task) => self.create_task(task, place).await?,
                Action::Assign(to) => self.assign(to.owner_id).await?,
                Action::Tag(marks) => self.mark(&marks.tags, true).await?,
                Action::Untag(marks) => self.mark(&marks.tags, false).await?,
                Action::MoveToStage(to) => {
                    let before = self.customer.clone();
                    self.customer =
                        move_by_play(self.tx, before, to.stage_id, to.reason.clone()).await?;
                }
                Action::Notify(what) => self.notify(what, place).await?,
                Action::CallWebhook(of) => {
                    self.check_endpoint(of.endpoint_id).await?;
                    called.push(of.endpoint_id);
                }
            }
        }
        if !called.is_empty() {
            self.call(&called);
        }
        Ok(())
    }

    async fn create_task(&self, new: &CreateTask, place: usize) -> Result<()> {
        let due = new.due_in.as_ref().map(|span| span.ahead().from_moment(self.tx.now()));
        let row = task::ActiveModel {
            subject: Set(new.subject.clone()),
            description: Set(new.description.clone()),
            status: Set(Status::Open),
            priority: Set(new.priority.unwrap_or_default()),
            due_at: Set(due.map(Moment::from)),
            owner_id: Set(self.somebody(new.owner_id).await?.first().copied()),
            customer_id: Set(Some(self.customer.id)),
            source: Set(Source::Play),
            occasion: Set(Some(self.occasion(place))),
            ..Default::default()
        };
        tasks::make_of_play(self.tx, row).await
    }

    /// What names one thing that is done in a run.
    fn occasion(&self, place: usize) -> String {
        format!("play run {} {place}", self.run.id)
    }

    /// Who is there of whoever is named; else whoever looks after the customer, or else whoever saved the play.
    async fn somebody(&self, named: Option<user::Id>) -> Result<Vec<user::Id>> {
        let who: Vec<user::Id> = match named {
            Some(named) => vec![named],
            None => [self.customer.owner_id, self.play.owner_id].into_iter().flatten().collect(),
        };
        let live = self.tx.entailed::<user::Entity, Read>().live(&who).await?;
        let works = |id: &user::Id| {
            live.iter().any(|user| user.id == *id && user.status != user::Status::Inactive)
        };
        let there: Vec<user::Id> = who.into_iter().filter(works).collect();
        match (there.is_empty(), named) {
            (true, Some(_)) => Err(Error::Refused("the user does not work here any more".into())),
            _ => Ok(there),
        }
    }

    async fn assign(&mut self, to: user::Id) -> Result<()> {
        self.somebody(Some(to)).await?;
        let after = customer::Model { owner_id: Some(to), ..self.customer.clone() };
        self.save(after).await
    }

    async fn mark(&mut self, with: &Tags, on: bool) -> Result<()> {
        let (has, with) = (self.customer.tags.as_slice(), with.as_slice());
        let tags = match on {
            true => has.iter().chain(with).cloned().collect(),
            false => has.iter().filter(|tag| !with.contains(tag)).cloned().collect(),
        };
        let tags = Tags::of(tags).map_err(|err| Error::Refused(format!("the tags {err}")))?;
        let after = customer::Model { tags, ..self.customer.clone() };
        self.save(after).await
    }

    async fn save(&mut self, after: customer::Model) -> Result<()> {
        let customers = self.tx.entailed::<customer::Entity, Update>();
        self.customer = customers.save(&self.customer, after, "updated", &[]).await?;
        Ok(())
    }

    async fn notify(&self, what: &Notify, place: usize) -> Result<()> {
        let who = self.somebody(what.user_id).await?;
        let Some(who) = who.first() else {
            return Err(Error::Refused("there is nobody to be told".into()));
        };
        let notice = Notice {
            kind: notification::Kind::Play,
            title: what.title.clone(),
            body: what.body.clone(),
            about: Some(("customer", self.customer.id.uuid())),
            customer: Some(self.customer.id),
            occasion: self.occasion(place),
        };
        notify(self.tx, *who, notice).await.map(drop)
    }

    async fn check_endpoint(&self, id: webhook_endpoint::Id) -> Result<()> {
        let there = self.tx.entailed::<webhook_endpoint::Entity, Read>().live(&[id]).await?.pop();
        match there {
            None => Err(Error::Refused("the webhook endpoint is not there any more".into())),
            Some(endpoint) if !endpoint.enabled => {
                Err(Error::Refused("the webhook endpoint is disabled".into()))
            }
            Some(_) => Ok(()),
        }
    }

    /// Tells the log of it, by the run's id: those endpoints are sent the event, and no others.
    fn call(&self, endpoints: &[webhook_endpoint::Id]) {
        let members = Map::from_iter([
            ("playId".to_owned(), json!(self.play.id)),
            ("playName".to_owned(), json!(self.play.name)),
            ("customerId".to_owned(), json!(self.customer.id)),
            ("occasion".to_owned(), json!(self.run.occasion)),
            ("occurredAt".to_owned(), json!(self.run.occurred_at)),
            ("endpointIds".to_owned(), json!(endpoints)),
        ]);
        let id = self.run.id.uuid();
        self.tx.record_as::<play_run::Entity>(id, "called", self.run, Map::new(), members);
    }
}
