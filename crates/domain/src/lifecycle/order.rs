//! Which stage is behind which.

use rapport_entity::lifecycle::lifecycle_stage::{Kind, Model};

/// Whether a customer who comes from one stage to another goes back.
pub fn is_back(from: &Model, to: &Model) -> bool {
    standing(to) < standing(from)
}

/// The path is in the order of positions; behind it are those who came back, the lapsed and the lost, wherever they are
/// shown.
fn standing(stage: &Model) -> (u8, i64) {
    let beside = match stage.kind {
        Kind::Lost => 0,
        Kind::Lapsed => 1,
        Kind::WonBack => 2,
        _ => return (3, stage.position.into()),
    };
    (beside, 0)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::json;

    use super::*;
    use crate::testing::from;

    fn stage(kind: Kind, position: i32) -> Model {
        Model {
            id: from(json!("019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0")),
            workspace_id: from(json!("019aa6cd-6f51-7c12-9d67-3c5b52a4e7f1")),
            name: from(json!("A stage")),
            sort_name: String::new(),
            key: from(json!("a-stage")),
            kind,
            position: from(json!(position)),
            description: None,
            entry_rule: None,
            exit_rule: None,
            maximum_days: None,
            is_initial: false,
            cooldown_days: from(json!(0)),
            version: 1,
            created_at: DateTime::<Utc>::UNIX_EPOCH,
            updated_at: DateTime::<Utc>::UNIX_EPOCH,
            deleted_at: None,
        }
    }

    #[test]
    fn whoever_lapses_goes_back_and_whoever_comes_back_goes_forward() {
        let in_order = [
            stage(Kind::Lost, 70),
            stage(Kind::Lapsed, 60),
            stage(Kind::WonBack, 80),
            stage(Kind::Attracted, 10),
            stage(Kind::Other, 15),
            stage(Kind::Loyal, 50),
        ];
        for (n, from) in in_order.iter().enumerate() {
            for (m, to) in in_order.iter().enumerate() {
                assert_eq!(is_back(from, to), m < n, "{:?} to {:?}", from.kind, to.kind);
            }
        }
    }

    #[test]
    fn stages_of_one_position_are_beside_each_other() {
        let (one, other) = (stage(Kind::Loyal, 50), stage(Kind::Other, 50));
        assert!(!is_back(&one, &other) && !is_back(&other, &one));
    }
}
