//! What has happened to a request, as far as its clocks care.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

/// What a status means, whatever the workspace calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Nobody has looked at it.
    New,
    /// Somebody is at it.
    Open,
    /// The customer is to do something.
    WaitingForCustomer,
    /// Somebody else is to do something.
    WaitingForThirdParty,
    /// It is done, as far as we know.
    Resolved,
    /// It is done.
    Closed,
    /// It came to nothing, or went on in another request.
    Cancelled,
}

/// A set of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Categories(u8);

impl Categories {
    /// Whether it holds a category.
    pub fn contains(self, category: Category) -> bool {
        self.0 & 1 << category as u8 != 0
    }
}

impl FromIterator<Category> for Categories {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        Self(categories.into_iter().fold(0, |set, category| set | 1 << category as u8))
    }
}

/// How urgent a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// It can wait.
    Low,
    /// As most are.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Before everything.
    Urgent,
}

/// A request's status and priority from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Since when.
    pub at: DateTime<Utc>,
    /// What its status means.
    pub category: Category,
    /// How urgent it is.
    pub priority: Priority,
}

/// Who wrote a message that the customer can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The customer.
    Customer,
    /// An agent, publicly: internal notes are no messages here.
    Agent,
}

/// A message that the customer can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// By whom.
    pub from: Party,
}

/// All that has happened to a request. The first step is its opening; without one nothing runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Story<'a> {
    /// How its status and priority were, in any order; of one moment in theirs.
    pub steps: &'a [Step],
    /// What was written, in any order.
    pub messages: &'a [Message],
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Stepped(Step),
    Wrote(Message),
}

impl Story<'_> {
    /// Everything in order, the opening first.
    pub(crate) fn events(&self) -> Events<'_> {
        let steps = in_order(self.steps, |step| step.at);
        let messages = in_order(self.messages, |message| (message.at, message.from));
        let opened = steps.first().map(|step| step.at);
        Events { steps, messages, step: 0, message: 0, opened }
    }
}

/// What is in order already, as nearly all is, is not copied.
fn in_order<T: Copy, K: Ord>(all: &[T], key: impl Fn(&T) -> K) -> Cow<'_, [T]> {
    if all.is_sorted_by_key(&key) {
        return Cow::Borrowed(all);
    }
    let mut sorted = all.to_vec();
    sorted.sort_by_key(key);
    Cow::Owned(sorted)
}

/// Steps and messages, merged.
pub(crate) struct Events<'a> {
    steps: Cow<'a, [Step]>,
    messages: Cow<'a, [Message]>,
    step: usize,
    message: usize,
    opened: Option<DateTime<Utc>>,
}

impl Iterator for Events<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let opened = self.opened?;
        let step = self.steps.get(self.step).copied();
        let message = self.messages.get(self.message).copied();
        match (step, message) {
            (Some(step), Some(message)) if self.step == 0 || step.at < message.at => {
                self.stepped(step)
            }
            (_, Some(message)) => self.wrote(Message { at: message.at.max(opened), ..message }),
            (Some(step), None) => self.stepped(step),
            (None, None) => None,
        }
    }
}

impl Events<'_> {
    fn stepped(&mut self, step: Step) -> Option<Event> {
        self.step += 1;
        Some(Event::Stepped(step))
    }

    fn wrote(&mut self, message: Message) -> Option<Event> {
        self.message += 1;
        Some(Event::Wrote(message))
    }
}
