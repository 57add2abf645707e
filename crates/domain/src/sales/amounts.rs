//! Reckoning with the money of lines and of shares: everything adds up, in the minor units of any currency.

use rapport_entity::{Currency, Money, Percentage, Quantity};

/// What a line comes to, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineAmounts {
    /// Quantity times unit price, without the discount.
    pub net: i64,
    /// The tax on that.
    pub tax: i64,
}

impl LineAmounts {
    /// Quantity times unit price; less the discount on that; the tax on the rest: each rounded half to even. `None` where
    /// one of them has more whole digits than an amount may have.
    pub fn of(
        quantity: Quantity,
        unit_price_minor: i64,
        discount: Percentage,
        tax_rate: Percentage,
        currency: &Currency,
    ) -> Option<Self> {
        let bounded = |minor: i64| Money::in_bounds(minor.into(), currency);
        let gross = bounded(quantity.times(unit_price_minor)?)?;
        let net = gross.checked_sub(discount.of(gross)?)?;
        let tax = bounded(tax_rate.of(net)?)?;
        bounded(net.checked_add(tax)?)?;
        Some(Self { net, tax })
    }
}

/// A whole in shares of given weights: each less than one away from its exact part, all together the whole. What is left
/// over goes where most was cut off (largest remainders), and of equals to the first.
pub fn apportion(whole: i64, weights: &[i64]) -> Vec<i64> {
    let all: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if all <= 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(whole) * i128::from(*weight);
    let mut shares: Vec<i128> =
        weights.iter().map(|weight| exact(weight).div_euclid(all)).collect();
    let rest = i128::from(whole) - shares.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|n| std::cmp::Reverse(exact(&weights[*n]).rem_euclid(all)));
    for n in order.into_iter().take(usize::try_from(rest).unwrap_or(0)) {
        shares[n] += 1;
    }
    // None is further from nothing than the whole, which fits.
    shares.into_iter().map(|share| i64::try_from(share).unwrap_or(whole)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::testing::from;

    fn percentage(thousandths: i64) -> Percentage {
        format!("{}.{:03}", thousandths / 1000, thousandths % 1000).try_into().unwrap()
    }

    fn quantity(thousandths: i64) -> Quantity {
        format!("{}.{:03}", thousandths / 1000, thousandths % 1000).try_into().unwrap()
    }

    #[test]
    fn a_line_is_reckoned_as_by_hand() {
        // 3 × 19.99 = 59.97; less 10 % (6.00, rounded from 5.997) 53.97; 19 % on it 10.25 (from 10.2543).
        let eur: Currency = from(json!("EUR"));
        let line =
            LineAmounts::of(quantity(3_000), 1_999, percentage(10_000), percentage(19_000), &eur);
        assert_eq!(line, Some(LineAmounts { net: 5_397, tax: 1_025 }));
        // The yen has no decimals, the Kuwaiti dinar three.
        let jpy = LineAmounts::of(
            quantity(1_500),
            333,
            percentage(0),
            percentage(10_000),
            &from(json!("JPY")),
        );
        assert_eq!(jpy, Some(LineAmounts { net: 500, tax: 50 }));
        let kwd = LineAmounts::of(
            quantity(500),
            12_345,
            percentage(0),
            percentage(5_000),
            &from(json!("KWD")),
        );
        assert_eq!(kwd, Some(LineAmounts { net: 6_172, tax: 309 }));
    }

    proptest! {
        #[test]
        fn a_discount_never_makes_a_line_dearer_nor_turns_it_round(
            of in 1_i64..99_999_999, price in -9_999_999_i64..9_999_999, discount in 0_i64..=100_000, rate in 0_i64..=100_000,
            currency in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
        ) {
            let currency: Currency = from(json!(currency));
            let reckon = |discount, rate| LineAmounts::of(quantity(of), price, percentage(discount), percentage(rate), &currency);
            if let (Some(full), Some(less)) = (reckon(0, rate), reckon(discount, rate)) {
                prop_assert!(less.net.abs() <= full.net.abs() && less.net.signum() * full.net.signum() >= 0);
                prop_assert!(less.tax.abs() <= less.net.abs());
                prop_assert_eq!(reckon(100_000, rate), Some(LineAmounts { net: 0, tax: 0 }));
                prop_assert_eq!(reckon(discount, 0).map(|line| line.tax), Some(0));
            }
        }

        #[test]
        fn shares_add_up_to_the_whole_and_are_less_than_one_away_from_exact(
            whole in -9_999_999_999_i64..9_999_999_999, weights in prop::collection::vec(0_i64..100_000, 1..20),
        ) {
            let shares = apportion(whole, &weights);
            let all: i64 = weights.iter().sum();
            if all > 0 {
                prop_assert_eq!(shares.iter().sum::<i64>(), whole);
                for (share, weight) in shares.iter().zip(&weights) {
                    let off = i128::from(*share) * i128::from(all) - i128::from(whole) * i128::from(*weight);
                    prop_assert!(off.abs() < i128::from(all));
                }
            }
        }
    }
}
