//! Policies, as clocks are reckoned by them.

use rapport_clocks::Terms;
use rapport_entity::service::{
    service_policy::{self, Category, Kind, Target},
    service_request::Priority,
};

use crate::work::hours::{open, warnings};

/// What a policy promises of a kind of clock.
pub fn terms_of(policy: &service_policy::Model, kind: Kind) -> Terms {
    let targets = policy.targets.0.iter().filter(|target| target.kind == kind);
    let terms = targets.fold(Terms::none(), promise);
    let pauses = policy.pauses.0.iter().filter(|pause| pause.kind == kind);
    let categories = pauses.flat_map(|pause| pause.categories.iter().copied().map(category));
    terms.pausing(categories).warning(warnings(&policy.warn_at_percent))
}

fn promise(terms: Terms, target: &Target) -> Terms {
    let priority = match target.priority {
        Priority::Low => rapport_clocks::Priority::Low,
        Priority::Normal => rapport_clocks::Priority::Normal,
        Priority::High => rapport_clocks::Priority::High,
        Priority::Urgent => rapport_clocks::Priority::Urgent,
    };
    terms.within(priority, open(&target.within))
}

fn category(category: Category) -> rapport_clocks::Category {
    match category {
        Category::New => rapport_clocks::Category::New,
        Category::Open => rapport_clocks::Category::Open,
        Category::WaitingForCustomer => rapport_clocks::Category::WaitingForCustomer,
        Category::WaitingForThirdParty => rapport_clocks::Category::WaitingForThirdParty,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use rapport_clocks::{History, Hours, Mark, State, Step, Story, reckon};
    use rapport_entity::{
        service::service_policy::{Pause, Pauses, Targets},
        work::warn_at::WarnAt,
    };

    use super::*;

    fn policy() -> service_policy::Model {
        let target = |priority, within: &str| Target {
            kind: Kind::Resolution,
            priority,
            within: within.parse().unwrap(),
        };
        let pause =
            Pause { kind: Kind::Resolution, categories: vec![Category::WaitingForCustomer] };
        service_policy::Model {
            id: service_policy::Id::default(),
            workspace_id: Default::default(),
            name: "Standard".parse().unwrap(),
            sort_name: String::new(),
            position: 1_i64.try_into().unwrap(),
            active: true,
            condition: None,
            calendar_id: None,
            targets: Targets(vec![target(Priority::Normal, "PT4H30M")]),
            pauses: Pauses(vec![pause]),
            warn_at_percent: WarnAt(vec![50_i64.try_into().unwrap()]),
            version: 1,
            created_at: DateTime::<Utc>::default(),
            updated_at: DateTime::<Utc>::default(),
            deleted_at: None,
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn clocks_are_reckoned_by_what_a_policy_promises() {
        let step = |moment: &str, category| Step {
            at: at(moment),
            category,
            priority: rapport_clocks::Priority::Normal,
        };
        let steps = [
            step("2026-11-23T08:00:00Z", rapport_clocks::Category::Open),
            step("2026-11-23T09:00:00Z", rapport_clocks::Category::WaitingForCustomer),
            step("2026-11-23T12:00:00Z", rapport_clocks::Category::Open),
        ];
        let terms = terms_of(&policy(), Kind::Resolution);
        let story = Story { steps: &steps, messages: &[] };
        let history = History::of(rapport_clocks::Kind::Resolution, &story, terms.pauses());
        let marks: &[Mark] = history.marks();
        let hours = Hours::always();
        let clock = reckon(marks, &terms, &hours, at("2026-11-23T12:30:00Z")).unwrap();
        assert_eq!(clock.state, State::Running);
        assert_eq!(clock.due_at, Some(at("2026-11-23T15:30:00Z")));
        assert_eq!(clock.warnings[0].at, Some(at("2026-11-23T13:15:00Z")));
        let nothing = terms_of(&policy(), Kind::FirstResponse);
        let clock = reckon(marks, &nothing, &hours, at("2026-11-23T12:30:00Z")).unwrap();
        assert_eq!(clock.due_at, None);
    }

    #[test]
    fn time_within_business_hours_is_in_hours_and_minutes() {
        use rapport_entity::OpenTime;
        let minutes = |text: &str| text.parse::<OpenTime>().map(|time| time.minutes()).ok();
        for (text, expected) in [
            ("PT8H", Some(480)),
            ("PT1M", Some(1)),
            ("PT90M", Some(90)),
            ("PT4H30M", Some(270)),
            ("PT99999H59M", Some(5_999_999)),
            ("PT0M", None),
            ("PT0H", None),
            ("P1D", None),
            ("PT4H75M", None),
            ("PT", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }
}
