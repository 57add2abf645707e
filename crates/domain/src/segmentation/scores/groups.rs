//! The named groups and tiers that scores fall into.

use rapport_entity::{
    Label,
    segmentation::score_definition::{RevenueTier, RfmGroup, RfmRange},
};

use super::facts::Orders;

/// What those are called whom no group fits.
const OTHERS: &str = "Others";

/// The named groups of the package `rfm` for R, as its vignette and the examples of `rfm_segment` have them (version
/// 0.3.0): name, and from where to where recency, frequency and monetary scores go.
const CUSTOMARY: [(&str, [(i64, i64); 3]); 10] = [
    ("Champions", [(5, 5), (5, 5), (5, 5)]),
    ("Potential Loyalist", [(3, 5), (3, 5), (2, 5)]),
    ("Loyal Customers", [(2, 4), (2, 4), (2, 4)]),
    ("Promising", [(3, 4), (1, 3), (3, 5)]),
    ("New Customers", [(4, 5), (1, 3), (1, 5)]),
    ("Can't Lose Them", [(1, 2), (3, 4), (4, 5)]),
    ("At Risk", [(1, 2), (2, 5), (4, 5)]),
    ("Need Attention", [(1, 3), (3, 5), (3, 5)]),
    ("About To Sleep", [(2, 3), (1, 3), (1, 4)]),
    ("Lost", [(1, 1), (1, 5), (1, 5)]),
];

/// The customary tiers, and where they end, in percent of revenue.
const ABC: [(&str, i64); 3] = [("A", 80), ("B", 95), ("C", 100)];

/// The groups of recency, frequency and monetary scores.
pub struct Groups(Vec<(Label, [(i32, i32); 3])>);

impl Groups {
    /// These; the customary ones where none are given.
    pub fn new(given: Option<&[RfmGroup]>) -> Self {
        Self(match given {
            Some(groups) => {
                groups.iter().map(|group| (group.name.clone(), ranges(group))).collect()
            }
            None => CUSTOMARY.iter().filter_map(customary).collect(),
        })
    }

    /// What they are called, the rest last.
    pub fn names(&self) -> Vec<Label> {
        let others = OTHERS.parse().ok();
        self.0.iter().map(|(name, _)| name.clone()).chain(others).collect()
    }

    /// Which of the names is that of the first group that scores are in.
    pub fn of(&self, scores: [i32; 3]) -> usize {
        let fits = |ranges: &[(i32, i32); 3]| {
            ranges.iter().zip(scores).all(|((from, to), score)| (*from..=*to).contains(&score))
        };
        self.0.iter().position(|(_, ranges)| fits(ranges)).unwrap_or(self.0.len())
    }
}

fn customary((name, ranges): &(&str, [(i64, i64); 3])) -> Option<(Label, [(i32, i32); 3])> {
    Some((name.parse().ok()?, ranges.map(|(from, to)| (from as i32, to as i32))))
}

fn ranges(group: &RfmGroup) -> [(i32, i32); 3] {
    [group.recency, group.frequency, group.monetary].map(ends)
}

/// Where a range begins and ends.
pub fn ends(range: RfmRange) -> (i32, i32) {
    let from = range.from.map_or(1, i64::from);
    let to = range.to.map_or(5, i64::from);
    (from as i32, to as i32)
}

/// Tiers of revenue: their names, and where each ends, in percent.
pub fn revenue_tiers(given: Option<&[RevenueTier]>) -> Vec<(Label, i64)> {
    match given {
        Some(tiers) => tiers.iter().map(|tier| (tier.name.clone(), tier.up_to.into())).collect(),
        None => ABC.iter().filter_map(|(name, to)| Some((name.parse().ok()?, *to))).collect(),
    }
}

/// The lowest revenue of each tier; `None` where nobody is in it.
///
/// Customers stand in the order of their revenue, the highest first, those with the same side by side. Each belongs to the
/// first tier whose share of all revenue those above them have not brought yet: so the one with whom the share is reached
/// is still in it. Who has brought nothing, or less, adds nothing and is in the last.
pub fn lowest(orders: &[Orders], ends: &[i64]) -> Vec<Option<i64>> {
    let mut revenues: Vec<i64> = orders.iter().map(|orders| orders.minor).collect();
    revenues.sort_unstable_by(|one, other| other.cmp(one));
    let all: i128 =
        revenues.iter().filter(|revenue| **revenue > 0).map(|revenue| i128::from(*revenue)).sum();
    let mut lowest = vec![None; ends.len()];
    let (mut tier, mut above, mut place) = (0, 0_i128, 0);
    while let Some(revenue) = revenues.get(place).copied() {
        let alike = revenues[place..].iter().take_while(|other| **other == revenue).count();
        let last = ends.len() - 1;
        while tier < last && (revenue <= 0 || above * 100 >= all * i128::from(ends[tier])) {
            tier += 1;
        }
        lowest[tier] = Some(revenue);
        above += i128::from(revenue.max(0)) * alike as i128;
        place += alike;
    }
    lowest
}

/// The tier of a revenue, by the lowest of each.
pub fn tier_of(revenue: i64, lowest: &[Option<i64>]) -> usize {
    let reached = |least: &Option<i64>| least.is_some_and(|least| revenue >= least);
    lowest.iter().position(reached).unwrap_or(lowest.len() - 1)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn orders(revenues: &[i64]) -> Vec<Orders> {
        let of = |minor: &i64| Orders {
            customer: Uuid::now_v7(),
            last: NaiveDate::MIN,
            count: 1,
            minor: *minor,
        };
        revenues.iter().map(of).collect()
    }

    fn tiers(revenues: &[i64], ends: &[i64]) -> Vec<usize> {
        let lowest = lowest(&orders(revenues), ends);
        revenues.iter().map(|revenue| tier_of(*revenue, &lowest)).collect()
    }

    #[test]
    fn who_reaches_a_share_is_still_in_the_tier() {
        assert_eq!(tiers(&[700, 100, 100, 50, 50], &[80, 95, 100]), [0, 0, 0, 1, 1]);
        assert_eq!(tiers(&[790, 20, 140, 50], &[80, 95, 100]), [0, 2, 0, 1]);
        assert_eq!(tiers(&[1000], &[80, 95, 100]), [0]);
        assert_eq!(tiers(&[800, 150, 50], &[80, 95, 100]), [0, 1, 2]);
        assert_eq!(tiers(&[5, 5, 5, 5], &[80, 95, 100]), [0, 0, 0, 0]);
        assert_eq!(tiers(&[0, 0], &[80, 95, 100]), [2, 2]);
        assert_eq!(tiers(&[100, 0, -20], &[80, 95, 100]), [0, 2, 2]);
        assert_eq!(tiers(&[3, 2, 1], &[100]), [0, 0, 0]);
        assert!(lowest(&[], &[80, 100]).iter().all(Option::is_none));
    }

    #[test]
    fn the_first_group_that_fits_is_taken() {
        let groups = Groups::new(None);
        let names = groups.names();
        let name = |scores| names[groups.of(scores)].as_str();
        assert_eq!(name([5, 5, 5]), "Champions");
        assert_eq!(name([3, 4, 3]), "Potential Loyalist");
        assert_eq!(name([1, 1, 1]), "Lost");
        assert_eq!(name([2, 1, 5]), "Others");
    }

    proptest! {
        #[test]
        fn a_tier_is_the_least_that_brings_its_share(revenues in prop::collection::vec(-5_i64..500, 1..60)) {
            let ends = [60, 80, 95, 100];
            let of = tiers(&revenues, &ends);
            let positive = |n: &usize| revenues[*n].max(0);
            let all: i64 = (0..revenues.len()).map(|n| positive(&n)).sum();
            for (n, tier) in of.iter().enumerate() {
                let above: i64 = (0..revenues.len()).filter(|m| revenues[*m] > revenues[n]).map(|m| positive(&m)).sum();
                let expected = match revenues[n] > 0 {
                    true => ends.iter().position(|end| above * 100 < all * end).unwrap(),
                    false => ends.len() - 1,
                };
                prop_assert_eq!(*tier, expected, "{:?}", revenues);
            }
        }
    }
}
