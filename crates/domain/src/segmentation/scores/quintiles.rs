//! Quintiles as the package `rfm` for R makes them (Aravind Hebbali, version 0.3.0, `rfm_table_order`): a score begins
//! at R's quantile of type 7 (Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996) plus one. It is reckoned in
//! the steps in which R reckons, so that where a bound lies is the same to the last bit.

/// Into so many parts values are divided.
const PARTS: usize = 5;

/// Between so many parts there are bounds.
pub const BOUNDS: usize = PARTS - 1;

/// The bounds between the quintiles of some values, which are put in order. Of no values there are none.
pub fn bounds(values: &mut [f64]) -> Option<[f64; BOUNDS]> {
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    // As R's `seq(0, 1, length.out = 6)`.
    let by = 1.0 / PARTS as f64;
    Some(std::array::from_fn(|n| quantile(values, (n + 1) as f64 * by) + 1.0))
}

/// R's `quantile(values, share, type = 7)`.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let index = 1.0 + (sorted.len() - 1) as f64 * share;
    let (low, high) =
        (sorted[place(index.floor())], sorted[place(index.ceil()).min(sorted.len() - 1)]);
    let rest = index - index.floor();
    if rest > 0.0 && high != low { (1.0 - rest) * low + rest * high } else { low }
}

/// Of a number counted from 1 where it is in a slice.
fn place(number: f64) -> usize {
    (number as usize).saturating_sub(1)
}

/// How many of the bounds a value reaches.
pub fn reached(value: f64, bounds: &[f64; BOUNDS]) -> i32 {
    bounds.iter().filter(|bound| **bound <= value).count() as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_those_of_r() {
        // quantile(c(1, 2, 3, 4, 10), c(.2, .4, .6, .8)) is 1.8 2.6 3.4 5.2.
        let mut values = [10.0, 3.0, 1.0, 4.0, 2.0];
        let bounds = bounds(&mut values).unwrap();
        for (bound, expected) in bounds.iter().zip([2.8, 3.6, 4.4, 6.2]) {
            assert!((bound - expected).abs() < 1e-12, "{bounds:?}");
        }
        assert_eq!(
            [1.0, 2.8, 3.0, 5.0, 10.0].map(|value| reached(value, &bounds)),
            [0, 1, 1, 3, 4]
        );
    }

    #[test]
    fn equal_values_have_equal_scores() {
        assert_eq!(bounds(&mut []), None);
        let all_alike = bounds(&mut [7.0; 10]).unwrap();
        assert_eq!(all_alike, [8.0; BOUNDS]);
        assert_eq!(reached(7.0, &all_alike), 0);
        assert_eq!(bounds(&mut [3.0]).unwrap(), [4.0; BOUNDS]);
    }

    proptest! {
        #[test]
        fn bounds_ascend_and_lie_within_the_values(values in prop::collection::vec(0_u32..5_000, 1..200)) {
            let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let bounds = bounds(&mut values).unwrap();
            prop_assert!(bounds.is_sorted());
            prop_assert!(values[0] + 1.0 <= bounds[0] && bounds[3] <= values[values.len() - 1] + 1.0);
        }
    }
}
