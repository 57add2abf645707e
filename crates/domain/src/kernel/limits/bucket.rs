//! The arithmetic of a token bucket, in whole numbers.

/// A minute in microseconds, and the parts that a token has: a quota of n a minute then gains n parts each microsecond.
pub const MINUTE: i64 = 60_000_000;

/// How much may be done in a minute, and at once after a minute of rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(i64);

impl Quota {
    /// So many tokens a minute.
    pub fn a_minute(tokens: u32) -> Self {
        Self(tokens.into())
    }

    /// How many tokens a minute.
    pub fn tokens(self) -> i64 {
        self.0
    }

    /// All of it, in parts.
    pub fn full(self) -> i64 {
        self.0 * MINUTE
    }

    /// How many microseconds it takes to gain so many parts.
    pub fn gains(self, parts: i64) -> i64 {
        match self.0 {
            0 => MINUTE,
            gained => (parts.max(0) - 1).div_euclid(gained) + 1,
        }
    }
}

/// What is left of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// In parts.
    pub level: i64,
    /// As of when, in microseconds.
    pub at: i64,
}

impl Bucket {
    /// A full one.
    pub fn full(quota: Quota, now: i64) -> Self {
        Self { level: quota.full(), at: now }
    }

    /// Takes as many parts as there are, but no more than wanted; how many.
    pub fn take(&mut self, quota: Quota, wanted: i64, now: i64) -> i64 {
        *self = self.by_now(quota, now);
        let taken = wanted.min(self.level).max(0);
        self.level -= taken;
        taken
    }

    /// What has been gained since. Clocks of different nodes are never quite the same, so one that is a little behind
    /// gains nothing; one that is far behind has been set back, or another far ahead, and is believed.
    pub fn by_now(self, quota: Quota, now: i64) -> Self {
        let elapsed = (now - self.at).clamp(0, MINUTE);
        let at = if self.at - now > MINUTE { now } else { self.at.max(now) };
        Self { level: (self.level + quota.0 * elapsed).min(quota.full()), at }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: i64 = MINUTE;

    #[test]
    fn a_bucket_is_full_then_empty_then_fills_at_its_rate() {
        let quota = Quota::a_minute(60);
        let mut bucket = Bucket::full(quota, 0);
        assert_eq!(bucket.take(quota, 100 * TOKEN, 0), 60 * TOKEN);
        assert_eq!(bucket.take(quota, TOKEN, 0), 0);
        assert_eq!(bucket.take(quota, 5 * TOKEN, 1_000_000), TOKEN);
        assert_eq!(bucket.take(quota, 100 * TOKEN, 3_500_000), 2 * TOKEN + TOKEN / 2);
        assert_eq!(bucket.by_now(quota, i64::MAX / 2).level, quota.full());
        assert_eq!(quota.gains(TOKEN), 1_000_000);
        assert_eq!(Quota::a_minute(7).gains(1), 1);
    }

    #[test]
    fn a_clock_that_was_ahead_by_days_does_not_keep_the_bucket_empty() {
        let quota = Quota::a_minute(60);
        let mut bucket = Bucket::full(quota, 40 * 24 * 60 * MINUTE);
        assert_eq!(bucket.take(quota, quota.full(), 40 * 24 * 60 * MINUTE), quota.full());
        assert_eq!(bucket.take(quota, TOKEN, 0), 0, "nothing is given away for it either");
        assert_eq!(bucket.take(quota, TOKEN, 1_000_000), TOKEN);
        let mut bucket = Bucket { level: 0, at: 10_000_000 };
        assert_eq!(bucket.take(quota, TOKEN, 9_000_000), 0, "a node that is a second behind");
        assert_eq!(bucket.at, 10_000_000);
    }

    proptest! {
        /// Whoever asks, for whatever and whenever: what is given in a stretch of time is at most what the bucket holds
        /// and what it gains meanwhile.
        #[test]
        fn never_more_than_it_holds_and_gains(
            tokens in 1_u32..2_000_000_000,
            asked in prop::collection::vec((0_i64..3 * MINUTE, 0_i64..i64::MAX / 4), 1..60),
        ) {
            let quota = Quota::a_minute(tokens);
            let mut bucket = Bucket::full(quota, 0);
            let (mut now, mut given) = (0_i64, vec![(0_i64, 0_i128)]);
            for (later, wanted) in asked {
                now += later;
                let taken = bucket.take(quota, wanted, now);
                prop_assert!((0..=wanted).contains(&taken));
                prop_assert!((0..=quota.full()).contains(&bucket.level));
                given.push((now, taken.into()));
            }
            for from in 0..given.len() {
                let sum: i128 = given[from..].iter().map(|(_, parts)| parts).sum();
                let gained = i128::from(now - given[from].0) * i128::from(tokens);
                prop_assert!(sum <= i128::from(quota.full()) + gained);
            }
        }

        /// No sequence of clocks, however they jump, makes arithmetic fail or a bucket overflow.
        #[test]
        fn clocks_may_jump(
            tokens in 0_u32..=u32::MAX,
            times in prop::collection::vec(-4_000_000_000_000_000_i64..4_000_000_000_000_000, 1..20),
        ) {
            let quota = Quota::a_minute(tokens);
            let mut bucket = Bucket::full(quota, 0);
            for now in times {
                bucket.take(quota, quota.full() / 3, now);
                prop_assert!((0..=quota.full()).contains(&bucket.level));
                prop_assert!(quota.gains(quota.full() - bucket.level) <= MINUTE);
            }
        }
    }
}
