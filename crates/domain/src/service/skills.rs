//! What agents can do and requests need, as it is given.

use rapport_entity::service::skill::{MOST_SKILLS, Skill};

use crate::kernel::Faults;

/// Names what is wrong with skills: each is named once, and there are not too many.
pub(super) fn check(skills: &[Skill], at: &str, faults: &mut Faults) {
    let named: Vec<_> = skills.iter().map(|skill| &skill.skill).collect();
    check_each(&named, at, MOST_SKILLS, faults);
    for (n, _) in named.iter().enumerate().filter(|(n, key)| is_before(&named, *n, *key)) {
        faults.invalid(format!("{at}/{n}/skill"), "is named already");
    }
}

/// Names what is wrong with a list whose members are each named once.
pub(super) fn check_once<T: PartialEq>(all: &[T], at: &str, most: usize, faults: &mut Faults) {
    check_each(all, at, most, faults);
    for (n, _) in all.iter().enumerate().filter(|(n, one)| is_before(all, *n, one)) {
        faults.invalid(format!("{at}/{n}"), "is named already");
    }
}

fn check_each<T>(all: &[T], at: &str, most: usize, faults: &mut Faults) {
    if all.len() > most {
        faults.invalid(at, format!("must be at most {most}"));
    }
}

fn is_before<T: PartialEq>(all: &[T], place: usize, one: &T) -> bool {
    all.iter().take(place).any(|before| before == one)
}
