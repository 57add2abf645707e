//! Which way a lead may go from where it stands.

use rapport_entity::sales::lead::Status::{self, Converted, New, Qualified, Unqualified, Working};

use crate::kernel::{Error, Result};

/// Something that is done with a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody answers.
    Respond,
    /// It is found to be worth selling to.
    Qualify,
    /// It is found not to be.
    Disqualify,
    /// It is taken up again.
    Reopen,
    /// It becomes a customer.
    Convert,
    /// It is no customer after all, and stands where it stood.
    Unconvert(Status),
    /// Its members are changed.
    Change,
}

/// Where a lead stands after a step.
///
/// # Errors
/// [`Error::Refused`] says what may be done instead.
pub fn after(status: Status, step: Step) -> Result<Status> {
    match (status, step) {
        (New, Step::Respond) | (Unqualified, Step::Reopen) => Ok(Working),
        (New | Working | Qualified, Step::Qualify) => Ok(Qualified),
        (New | Working | Qualified, Step::Disqualify) => Ok(Unqualified),
        (New | Working | Qualified, Step::Convert) => Ok(Converted),
        (Converted, Step::Unconvert(before)) => Ok(before),
        (Working | Qualified, Step::Respond | Step::Reopen) | (New, Step::Reopen) => Ok(status),
        (New | Working | Qualified | Unqualified, Step::Change) => Ok(status),
        (New | Working | Qualified | Unqualified, Step::Unconvert(_)) => {
            Err(Error::Refused("the lead is not converted".to_owned()))
        }
        (Unqualified, _) => {
            Err(Error::Refused("the lead is unqualified; reopen it first".to_owned()))
        }
        (Converted, _) => {
            let why = "the lead is converted; go on with what it became, or unconvert it first";
            Err(Error::Refused(why.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Respond),
            Just(Step::Qualify),
            Just(Step::Disqualify),
            Just(Step::Reopen),
            Just(Step::Convert),
            Just(Step::Unconvert(Working)),
            Just(Step::Change),
        ]
    }

    proptest! {
        #[test]
        fn no_sequence_of_steps_reaches_a_state_by_any_other_way(
            steps in proptest::collection::vec(step(), 0..40)
        ) {
            let mut status = New;
            for step in steps {
                let Ok(is) = after(status, step) else { continue };
                if is != status {
                    let by = match is {
                        New => unreachable!("nothing makes a lead new again"),
                        Working => matches!(step, Step::Respond | Step::Reopen | Step::Unconvert(_)),
                        Qualified => step == Step::Qualify,
                        Unqualified => step == Step::Disqualify,
                        Converted => step == Step::Convert && status.is_open(),
                    };
                    prop_assert!(by, "{status:?} {step:?} {is:?}");
                    prop_assert!(status != Converted || matches!(step, Step::Unconvert(_)));
                }
                status = is;
            }
        }
    }

    #[test]
    fn every_refusal_says_what_may_be_done() {
        for (status, step, says) in [
            (Unqualified, Step::Convert, "reopen it"),
            (Unqualified, Step::Respond, "reopen it"),
            (Converted, Step::Qualify, "unconvert it"),
            (Converted, Step::Change, "unconvert it"),
            (Working, Step::Unconvert(New), "not converted"),
        ] {
            let refused = after(status, step).expect_err("a refusal").to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
