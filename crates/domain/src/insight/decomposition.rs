//! What a change of revenue is made of. Revenue is customers × orders per customer × revenue per order; how much of its
//! change comes of each of the three is said by the Shapley value: the effect of changing one of them, averaged over all
//! orders in which the three can be changed. The parts add up to the change, and it does not matter which period is
//! called the first (J. Albrecht, D. François, K. Schoors, A Shapley decomposition of carbon emissions without residuals,
//! Energy Policy 30, 2002; for three factors it is J. W. Sun's complete decomposition, Energy Economics 20, 1998).

use rust_decimal::{Decimal, prelude::ToPrimitive};

/// What is counted in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Customers who ordered.
    pub customers: i64,
    /// Their orders.
    pub orders: i64,
    /// What these come to, in minor units.
    pub minor: i64,
}

/// Minor units of revenue that came of each factor's change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Of the number of customers.
    pub customers: i64,
    /// Of the orders per customer.
    pub frequency: i64,
    /// Of the revenue per order.
    pub value: i64,
}

/// The three factors of revenue.
#[derive(Clone, Copy, Debug)]
struct Factors([Decimal; 3]);

impl Counts {
    /// The factors; nobody orders nothing, so without orders there are none but the customers.
    fn factors(self) -> Option<Factors> {
        let (customers, orders) = (Decimal::from(self.customers), Decimal::from(self.orders));
        let frequency = orders.checked_div(customers)?;
        let value = Decimal::from(self.minor).checked_div(orders)?;
        Some(Factors([customers, frequency, value]))
    }
}

/// How much of the change from one period to another came of each factor. The parts add up to the change, in whole minor
/// units. Where nothing was ordered in one of the periods, all of it came of the customers. `None` where the numbers are
/// too large to be reckoned with.
pub fn effects(before: Counts, after: Counts) -> Option<Effects> {
    let change = after.minor.checked_sub(before.minor)?;
    let (Some(one), Some(other)) = (before.factors(), after.factors()) else {
        return Some(Effects { customers: change, ..Effects::default() });
    };
    let exact = [
        effect(one, other, [0, 1, 2])?,
        effect(one, other, [1, 0, 2])?,
        effect(one, other, [2, 0, 1])?,
    ];
    let [customers, frequency, value] = apportion(exact, change)?;
    Some(Effects { customers, frequency, value })
}

/// The effect of one factor among others: what its change makes with both others as they were or as they are, each a third
/// of the time, and with one as it was and the other as it is, each a sixth.
fn effect(one: Factors, other: Factors, [of, y, z]: [usize; 3]) -> Option<Decimal> {
    let (Factors(a), Factors(b)) = (one, other);
    let alike = a[y].checked_mul(a[z])?.checked_add(b[y].checked_mul(b[z])?)?;
    let mixed = a[y].checked_mul(b[z])?.checked_add(b[y].checked_mul(a[z])?)?;
    let both = alike.checked_mul(Decimal::TWO)?.checked_add(mixed)?;
    let six = Decimal::from(6);
    b[of].checked_sub(a[of])?.checked_mul(both.checked_div(six)?)
}

/// Whole numbers that are less than one away from exact ones and add up to a whole: each towards zero, and what is left
/// over goes where most was cut off (largest remainders).
fn apportion(exact: [Decimal; 3], whole: i64) -> Option<[i64; 3]> {
    let mut parts = [0_i64; 3];
    for (part, exact) in parts.iter_mut().zip(exact) {
        *part = exact.trunc().to_i64()?;
    }
    // Each fits into 64 bits, not so what they come to on the way.
    let sum: i128 = parts.into_iter().map(i128::from).sum();
    let mut rest = i64::try_from(i128::from(whole) - sum).ok()?;
    let sign = rest.signum();
    // Towards zero and back again: so that it does not matter which period is called the first.
    let mut order = [0, 1, 2];
    order.sort_by_key(|n| -(exact[*n].fract() * Decimal::from(sign)));
    for n in order.into_iter().cycle() {
        if rest == 0 {
            break;
        }
        parts[n] = parts[n].checked_add(sign)?;
        rest -= sign;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(customers: i64, orders: i64, minor: i64) -> Counts {
        Counts { customers, orders, minor }
    }

    fn of(before: Counts, after: Counts) -> [i64; 3] {
        let effects = effects(before, after).unwrap();
        [effects.customers, effects.frequency, effects.value]
    }

    #[test]
    fn what_alone_changes_makes_all_of_the_change() {
        assert_eq!(of(counts(10, 20, 2000), counts(15, 30, 3000)), [1000, 0, 0]);
        assert_eq!(of(counts(10, 20, 2000), counts(10, 30, 3000)), [0, 1000, 0]);
        assert_eq!(of(counts(10, 20, 2000), counts(10, 20, 3000)), [0, 0, 1000]);
    }

    #[test]
    fn effects_are_those_reckoned_by_hand() {
        // 10 × 2 × 100 = 2,000 becomes 20 × 3 × 50 = 3,000. Customers: 10 × ((200 + 150)/3 + (100 + 300)/6) = 1,833.33;
        // frequency: 1 × ((1000 + 1000)/3 + (500 + 2000)/6) = 1,083.33; value: -50 × ((20 + 60)/3 + (30 + 40)/6) = -1,916.67.
        assert_eq!(of(counts(10, 20, 2000), counts(20, 60, 3000)), [1833, 1083, -1916]);
    }

    #[test]
    fn without_orders_in_one_period_all_comes_of_the_customers() {
        assert_eq!(of(counts(0, 0, 0), counts(3, 5, 700)), [700, 0, 0]);
        assert_eq!(of(counts(3, 5, 700), counts(0, 0, 0)), [-700, 0, 0]);
        assert_eq!(of(counts(0, 0, 0), counts(0, 0, 0)), [0, 0, 0]);
    }

    #[test]
    fn effects_beyond_all_money_are_none_rather_than_wrong() {
        // Few who order much become many who order little: the effects are a million times the revenue, and cancel out.
        let (few, many) = (
            counts(1, 50_000_000, 900_000_000_000_000),
            counts(2_000_000, 2_000_000, 900_000_000_000_000),
        );
        assert_eq!(effects(few, many), None);
    }

    #[test]
    fn parts_that_go_beyond_64_bits_on_the_way_are_still_apportioned() {
        let huge = 6_000_000_000_000_000_000;
        let exact = [huge, huge, -9_000_000_000_000_000_000].map(Decimal::from);
        assert_eq!(
            apportion(exact, 3_000_000_000_000_000_001),
            Some([huge + 1, huge, -9_000_000_000_000_000_000])
        );
    }

    proptest! {
        #[test]
        fn effects_add_up_to_the_cent_and_turn_round_with_the_periods(
            a in (0_i64..2_000_000, 0_i64..50, -1_000_000_000_i64..900_000_000_000),
            b in (0_i64..2_000_000, 0_i64..50, -1_000_000_000_i64..900_000_000_000),
        ) {
            let real = |(customers, more, minor): (i64, i64, i64)| match customers {
                0 => Counts::default(),
                _ => counts(customers, customers * (1 + more), minor),
            };
            let (before, after) = (real(a), real(b));
            let there = of(before, after);
            prop_assert_eq!(there.iter().sum::<i64>(), after.minor - before.minor);
            prop_assert_eq!(of(after, before), there.map(|part| -part));
        }
    }
}
