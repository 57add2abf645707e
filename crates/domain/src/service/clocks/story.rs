//! What has happened to a request, read off its steps and messages.

use rapport_clocks::{Category as Meaning, Message, Party, Priority as Rank, Step, Story};
use rapport_entity::service::{
    request_message::{self, Kind},
    service_request::{self, Priority},
    service_status::Category,
    service_step,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kernel::{Ctx, Result, Tx};

/// So many messages count: more than people write.
const MOST: u64 = 10_000;

/// All that has happened to a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Happened {
    steps: Vec<Step>,
    messages: Vec<Message>,
}

impl Happened {
    /// To a request that was just made.
    pub fn new(request: &service_request::Model) -> Self {
        let opening = opening(request, request.status_category, request.priority);
        let since = Step { at: request.status_since, ..opening };
        let steps = if since.at > opening.at { vec![opening, since] } else { vec![opening] };
        Self { steps, messages: Vec::new() }
    }

    /// To a request, as it is in the transaction.
    pub async fn to(tx: &Tx<'_>, request: &service_request::Model) -> Result<Self> {
        let steps = tx.rows::<service_step::Entity>().all(steps_of(request)).await?;
        let messages = tx.rows::<request_message::Entity>().all(messages_of(request)).await?;
        Ok(Self::of(request, &steps, &messages))
    }

    /// To a request that is looked at.
    pub async fn seen(ctx: &Ctx, request: &service_request::Model) -> Result<Self> {
        let steps = ctx.rows::<service_step::Entity>().all(steps_of(request)).await?;
        let messages = ctx.rows::<request_message::Entity>().all(messages_of(request)).await?;
        Ok(Self::of(request, &steps, &messages))
    }

    /// To a request whose steps and messages are at hand.
    pub fn of(
        request: &service_request::Model,
        steps: &[service_step::Model],
        messages: &[request_message::Model],
    ) -> Self {
        let step = |step: &service_step::Model| Step {
            at: step.at,
            category: meaning(step.category),
            priority: rank(step.priority),
        };
        let first = steps.first().map(|first| opening(request, first.category, first.priority));
        let message = |message: &request_message::Model| {
            let from = match message.kind {
                Kind::Customer => Party::Customer,
                Kind::Reply => Party::Agent,
                Kind::Note => return None,
            };
            Some(Message { at: message.sent_at, from })
        };
        let mut steps: Vec<Step> = first.into_iter().chain(steps.iter().map(step)).collect();
        if request.merged_into_id.is_some() {
            // It goes on as a part of another, whose clocks run.
            let over = |step: &&mut Step| step.category == Meaning::Closed;
            steps.iter_mut().filter(over).for_each(|step| step.category = Meaning::Cancelled);
        }
        Self { steps, messages: messages.iter().filter_map(message).collect() }
    }

    /// The same, for clocks.
    pub fn story(&self) -> Story<'_> {
        Story { steps: &self.steps, messages: &self.messages }
    }
}

/// The opening of a request, as which it may have been known later.
fn opening(request: &service_request::Model, category: Category, priority: Priority) -> Step {
    Step { at: request.opened_at, category: meaning(category), priority: rank(priority) }
}

fn steps_of(request: &service_request::Model) -> sea_orm::Select<service_step::Entity> {
    service_step::Entity::find()
        .filter(service_step::Column::RequestId.eq(request.id))
        .order_by_asc(service_step::Column::Seq)
}

fn messages_of(request: &service_request::Model) -> sea_orm::Select<request_message::Entity> {
    request_message::Entity::find()
        .filter(request_message::Column::RequestId.eq(request.id))
        .filter(request_message::Column::Kind.is_in([Kind::Customer, Kind::Reply]))
        .filter(request_message::Column::DeletedAt.is_null())
        .order_by_asc(request_message::Column::SentAt)
        .limit(MOST)
}

/// What customers and we have written about some requests, in order.
pub(super) fn messages_of_many(
    ids: &[service_request::Id],
) -> sea_orm::Select<request_message::Entity> {
    request_message::Entity::find()
        .filter(request_message::Column::RequestId.is_in(ids.iter().copied()))
        .filter(request_message::Column::Kind.is_in([Kind::Customer, Kind::Reply]))
        .filter(request_message::Column::DeletedAt.is_null())
        .order_by_asc(request_message::Column::SentAt)
}

fn meaning(category: Category) -> Meaning {
    match category {
        Category::New => Meaning::New,
        Category::Open => Meaning::Open,
        Category::WaitingForCustomer => Meaning::WaitingForCustomer,
        Category::WaitingForThirdParty => Meaning::WaitingForThirdParty,
        Category::Resolved => Meaning::Resolved,
        Category::Closed => Meaning::Closed,
    }
}

fn rank(priority: Priority) -> Rank {
    match priority {
        Priority::Low => Rank::Low,
        Priority::Normal => Rank::Normal,
        Priority::High => Rank::High,
        Priority::Urgent => Rank::Urgent,
    }
}

/// A priority, as requests have it.
pub(super) fn priority(rank: Rank) -> Priority {
    match rank {
        Rank::Low => Priority::Low,
        Rank::Normal => Priority::Normal,
        Rank::High => Priority::High,
        Rank::Urgent => Priority::Urgent,
    }
}

/// What a category is called.
pub(super) fn named(category: Meaning) -> &'static str {
    match category {
        Meaning::New => "new",
        Meaning::Open => "open",
        Meaning::WaitingForCustomer => "waiting_for_customer",
        Meaning::WaitingForThirdParty => "waiting_for_third_party",
        Meaning::Resolved => "resolved",
        Meaning::Closed => "closed",
        Meaning::Cancelled => "cancelled",
    }
}
