//! The steps of an approval, which are gone through one after the other.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rapport_entity::{
    Text,
    approvals::{
        approval::{Course, Model, Stage, StageStatus, Status},
        approval_rule::{Approver, Model as ApprovalRule, Step},
    },
    identity::user,
};

/// The steps of the rules that hold, in their order. Who must agree for several reasons is asked once.
pub fn of(rules: &[ApprovalRule]) -> Course {
    let mut asked: HashSet<String> = HashSet::new();
    let steps = rules.iter().flat_map(|rule| &rule.steps.0);
    let steps = steps.filter(|step| asked.insert(whose(&step.approver)));
    Course(steps.map(waiting).collect())
}

fn whose(approver: &Approver) -> String {
    format!("{approver:?}")
}

fn waiting(step: &Step) -> Stage {
    Stage {
        name: step.name.clone(),
        approver: step.approver.clone(),
        deadline: step.deadline.clone(),
        on_deadline: step.on_deadline.unwrap_or_default(),
        escalate_to: step.escalate_to.clone(),
        status: StageStatus::Waiting,
        approver_ids: Vec::new(),
        opened_at: None,
        due_at: None,
        overdue_since: None,
        decided_at: None,
        decided_by: None,
        reason: None,
        delegations: Vec::new(),
    }
}

/// The step whose turn it is.
pub fn open(row: &Model) -> Option<&Stage> {
    let is_open = |stage: &&Stage| stage.status == StageStatus::Open;
    row.steps.0.iter().find(is_open).filter(|_| row.status == Status::Pending)
}

/// The same, to be changed.
pub fn open_mut(row: &mut Model) -> Option<&mut Stage> {
    let is_pending = row.status == Status::Pending;
    row.steps.0.iter_mut().find(|stage| stage.status == StageStatus::Open && is_pending)
}

/// The step whose turn comes next.
pub fn next(row: &Model) -> Option<&Stage> {
    row.steps.0.iter().find(|stage| stage.status == StageStatus::Waiting)
}

/// The turn of the next step comes. Where there is none, all have agreed.
pub fn go_on(row: &mut Model, approvers: Vec<user::Id>, now: DateTime<Utc>) {
    let next = row.steps.0.iter_mut().find(|stage| stage.status == StageStatus::Waiting);
    let Some(stage) = next else {
        row.status = Status::Approved;
        row.decided_at = Some(now.into());
        return;
    };
    stage.status = StageStatus::Open;
    stage.approver_ids = approvers;
    stage.opened_at = Some(now.into());
    let due = stage.deadline.as_ref().map(|within| within.ahead().from_moment(now));
    stage.due_at = due.map(Into::into);
}

/// Somebody decides on the open step, or its deadline does. After a refusal nobody else is asked.
pub fn decide(
    row: &mut Model,
    agrees: bool,
    by: Option<user::Id>,
    reason: Option<Text>,
    now: DateTime<Utc>,
) {
    let Some(stage) = open_mut(row) else { return };
    stage.status = if agrees { StageStatus::Approved } else { StageStatus::Rejected };
    stage.decided_at = Some(now.into());
    stage.decided_by = by;
    stage.reason = reason;
    if !agrees {
        row.status = Status::Rejected;
        row.decided_at = Some(now.into());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rapport_entity::approvals::{approval, approval_rule::Steps};
    use serde_json::json;

    use super::*;
    use crate::testing::from;

    fn pending(steps: usize) -> Model {
        let step = |n| {
            from::<Step>(
                json!({ "name": format!("Step {n}"), "approver": { "user": user::Id::default() } }),
            )
        };
        let now = DateTime::<Utc>::default();
        Model {
            id: approval::Id::default(),
            workspace_id: Default::default(),
            subject: rapport_entity::approvals::approval_rule::Subject::Opportunity,
            opportunity_id: None,
            quote_id: None,
            title: from(json!("Deal")),
            customer_id: None,
            requested_by: None,
            reason: None,
            causes: Default::default(),
            steps: Course((0..steps).map(|n| waiting(&step(n))).collect()),
            status: Status::Pending,
            due_at: None,
            decided_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        }
    }

    fn is_sound(row: &Model) -> bool {
        use StageStatus::{Approved, Open, Rejected, Waiting};
        let steps: Vec<StageStatus> = row.steps.0.iter().map(|stage| stage.status).collect();
        let agreed = steps.iter().take_while(|status| **status == Approved).count();
        let rest = &steps[agreed..];
        match row.status {
            Status::Approved => rest.is_empty() && row.decided_at.is_some(),
            Status::Rejected => {
                rest.first() == Some(&Rejected) && rest[1..].iter().all(|status| *status == Waiting)
            }
            Status::Pending => {
                rest.first() == Some(&Open) && rest[1..].iter().all(|status| *status == Waiting)
            }
            Status::Withdrawn | Status::Lapsed => false,
        }
    }

    #[test]
    fn who_must_agree_for_several_reasons_is_asked_once() {
        let rule = |steps| ApprovalRule { steps: Steps(from(steps)), ..from_rule() };
        let (ann, bob) = (user::Id::default(), user::Id::default());
        let step = |of| json!({ "name": "Agree", "approver": { "user": of } });
        let course = of(&[rule(json!([step(ann)])), rule(json!([step(bob), step(ann)]))]);
        let asked: Vec<_> = course.0.iter().map(|stage| stage.approver.clone()).collect();
        assert_eq!(asked, [Approver::User(ann), Approver::User(bob)]);
    }

    fn from_rule() -> ApprovalRule {
        let now = DateTime::<Utc>::default();
        ApprovalRule {
            id: Default::default(),
            workspace_id: Default::default(),
            name: from(json!("Discount")),
            sort_name: String::new(),
            position: from(json!(1)),
            active: true,
            subject: rapport_entity::approvals::approval_rule::Subject::Opportunity,
            condition: from(json!({ "all": [] })),
            steps: Steps::default(),
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        }
    }

    proptest! {
        #[test]
        fn whatever_is_decided_steps_are_gone_through_one_after_the_other(
            steps in 1_usize..6, decisions in prop::collection::vec(any::<bool>(), 0..10),
        ) {
            let now = DateTime::<Utc>::default();
            let mut row = pending(steps);
            go_on(&mut row, Vec::new(), now);
            prop_assert!(is_sound(&row));
            for agrees in &decisions {
                let over = row.status != Status::Pending;
                let before = row.clone();
                decide(&mut row, *agrees, None, None, now);
                if over {
                    prop_assert_eq!(&row, &before);
                    continue;
                }
                if row.status == Status::Pending {
                    go_on(&mut row, Vec::new(), now);
                }
                prop_assert!(is_sound(&row), "{:?}", row);
            }
            let agreed = decisions.iter().take_while(|agrees| **agrees).count();
            prop_assert_eq!(row.status == Status::Approved, agreed >= steps);
        }
    }
}
