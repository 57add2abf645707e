//! What a clock hears of what has happened to a request.

use chrono::{DateTime, Utc};

use crate::story::{Categories, Category, Event, Party, Priority, Step, Story};

/// Which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Until an agent's first public reply.
    FirstResponse,
    /// From the customer's first unanswered message until the next public reply.
    NextResponse,
    /// Until it is resolved.
    Resolution,
}

/// What happens to a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It begins, with a priority.
    Start(Priority),
    /// It stands still, because of a category of status.
    Pause(Category),
    /// It goes on.
    Resume,
    /// What it was for is done.
    Done,
    /// It ends without a verdict, because of a category of status.
    Cancel(Category),
    /// The priority is another.
    Priority(Priority),
}

/// A moment at which something happens to a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: What,
}

/// What happened to the clocks of one kind, in order. Every [`What::Start`] begins another clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    marks: Vec<Mark>,
}

impl History {
    /// What happened to the clocks of a kind, which stand still in some categories of status.
    pub fn of(kind: Kind, story: &Story<'_>, pauses: Categories) -> Self {
        let marks = Vec::with_capacity(story.steps.len() + 2);
        let mut hears = Hears { kind, pauses, now: None, replied: false, begun: false, marks };
        for event in story.events() {
            match event {
                Event::Stepped(step) => hears.stepped(step),
                Event::Wrote(message) => hears.wrote(message.at, message.from),
            }
        }
        Self { marks: hears.marks }
    }

    /// Everything, in order.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The marks of each clock: at most one of first responses and resolutions, any number of next responses.
    pub fn clocks(&self) -> impl DoubleEndedIterator<Item = &[Mark]> {
        let starts = |_: &Mark, next: &Mark| !matches!(next.what, What::Start(_));
        self.marks.chunk_by(starts)
    }
}

/// What a kind of clock makes of one event after the other.
struct Hears {
    kind: Kind,
    pauses: Categories,
    /// How the request is.
    now: Option<Step>,
    /// Whether an agent has replied at all.
    replied: bool,
    /// Whether there is a clock that is not over.
    begun: bool,
    marks: Vec<Mark>,
}

impl Hears {
    fn stepped(&mut self, step: Step) {
        let before = self.now.replace(step);
        if before.is_none() && self.kind != Kind::NextResponse {
            self.begin(step.at);
        } else if self.begun {
            self.changed(before, step);
        }
    }

    /// What ends does so under the priority that it had; what goes on does so under the one that it gets.
    fn changed(&mut self, before: Option<Step>, step: Step) {
        let what = self.means(step.category);
        let ends = matches!(what, What::Done | What::Cancel(_));
        let other = before.is_none_or(|before| before.priority != step.priority);
        if other && !ends {
            self.mark(step.at, What::Priority(step.priority));
        }
        if before.is_none_or(|before| before.category != step.category) {
            self.mark(step.at, what);
            // Its customer has to write again before somebody is to answer.
            self.begun = self.kind != Kind::NextResponse || !matches!(what, What::Cancel(_));
        }
        if other && ends && self.begun {
            self.mark(step.at, What::Priority(step.priority));
        }
    }

    fn wrote(&mut self, at: DateTime<Utc>, from: Party) {
        match from {
            Party::Agent => self.replied(at),
            Party::Customer if self.kind == Kind::NextResponse && self.replied && !self.begun => {
                self.begin(at);
            }
            Party::Customer => {}
        }
    }

    fn replied(&mut self, at: DateTime<Utc>) {
        self.replied = true;
        if self.begun && self.kind != Kind::Resolution {
            self.mark(at, What::Done);
            self.begun = false;
        }
    }

    /// A clock that begins is at once as the request's status would have it.
    fn begin(&mut self, at: DateTime<Utc>) {
        let Some(now) = self.now else { return };
        self.begun = true;
        self.mark(at, What::Start(now.priority));
        let what = self.means(now.category);
        if what != What::Resume {
            self.mark(at, what);
        }
    }

    fn means(&self, category: Category) -> What {
        match (category, self.kind) {
            (Category::Cancelled, _) => What::Cancel(category),
            (Category::Resolved | Category::Closed, Kind::Resolution) => What::Done,
            (Category::Closed, _) => What::Cancel(category),
            (Category::Resolved, _) => What::Pause(category),
            _ if self.pauses.contains(category) => What::Pause(category),
            _ => What::Resume,
        }
    }

    fn mark(&mut self, at: DateTime<Utc>, what: What) {
        self.marks.push(Mark { at, what });
    }
}
