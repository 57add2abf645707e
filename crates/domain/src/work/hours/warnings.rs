use rapport_entity::{Percent, work::warn_at::MOST_WARNINGS};

use crate::kernel::Faults;

/// Names what is wrong with when somebody is warned.
pub(crate) fn check_warnings(warn: &[Percent], faults: &mut Faults) {
    if warn.len() > MOST_WARNINGS {
        faults.invalid("/warnAtPercent", format!("must be at most {MOST_WARNINGS}"));
        return;
    }
    for (n, percent) in warn.iter().enumerate() {
        let at = || format!("/warnAtPercent/{n}");
        if i64::from(*percent) > 99 {
            faults.invalid(at(), "must be at most 99");
        }
        if n.checked_sub(1).and_then(|before| warn.get(before)).is_some_and(|one| one >= percent) {
            faults.invalid(at(), "must be more than the one before");
        }
    }
}
