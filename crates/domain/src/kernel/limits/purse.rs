//! What a node has of one budget.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::bucket::{Bucket, MINUTE, Quota};

/// A budget is borrowed from in portions of this part of it.
const PORTION: i64 = 20;

/// How long a node does not ask again, in microseconds, after a shared budget was found empty.
const BREATH: i64 = 100_000;

/// What a node has of one budget.
pub struct Purse {
    quota: Quota,
    held: Mutex<Held>,
    /// Woken when an answer to what was asked for is there.
    pub answered: Notify,
}

enum Held {
    /// All of it: there is no other node.
    Whole(Bucket),
    /// What it has borrowed.
    Portion(Portion),
}

struct Portion {
    /// Borrowed and not spent, in parts.
    stock: i64,
    /// What is left to be borrowed, as far as is known here.
    beyond: Bucket,
    is_asked_for: bool,
    not_before: i64,
}

/// What comes of drawing on a purse.
#[derive(Debug, PartialEq, Eq)]
pub enum Drawn {
    /// It is granted, or it is not.
    Settled(Left),
    /// It is granted, and the purse is running low: so many parts are to be asked for.
    Low(Left, i64),
    /// So many parts are to be asked for first.
    Empty(i64),
    /// What was asked for is to be waited for.
    Asked,
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Whether what was drawn is granted.
    pub granted: bool,
    /// How many tokens are left.
    pub tokens: i64,
    /// How many seconds until the budget is full again.
    pub full_in: i64,
    /// How many seconds until what was drawn would be granted; 0 where it is.
    pub wait: i64,
}

impl Purse {
    /// The purse of a node that has all of a budget, or shares it.
    pub fn new(quota: Quota, is_shared: bool, now: i64) -> Self {
        let full = Bucket::full(quota, now);
        let held = match is_shared {
            false => Held::Whole(full),
            true => Held::Portion(Portion {
                stock: 0,
                beyond: full,
                is_asked_for: false,
                not_before: now,
            }),
        };
        Self { quota, held: Mutex::new(held), answered: Notify::new() }
    }

    /// How much may be drawn.
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// Draws tokens.
    pub fn draw(&self, tokens: u32, now: i64) -> Drawn {
        let (quota, cost) = (self.quota, self.cost(tokens));
        match &mut *self.held() {
            Held::Whole(bucket) => {
                *bucket = bucket.by_now(quota, now);
                let granted = bucket.level >= cost;
                bucket.level -= if granted { cost } else { 0 };
                Drawn::Settled(left(quota, bucket.level, cost, granted))
            }
            Held::Portion(portion) => portion.draw(quota, cost, now),
        }
    }

    /// Draws tokens by what is known here, where nobody answers.
    pub fn draw_unasked(&self, tokens: u32, now: i64) -> Left {
        let cost = self.cost(tokens);
        if let Held::Portion(portion) = &mut *self.held() {
            portion.stock += portion.beyond.take(self.quota, cost - portion.stock, now);
            let granted = portion.stock >= cost;
            portion.stock -= if granted { cost } else { 0 };
            return portion.left(self.quota, cost, granted, now);
        }
        match self.draw(tokens, now) {
            Drawn::Settled(left) | Drawn::Low(left, _) => left,
            Drawn::Empty(_) | Drawn::Asked => left(self.quota, 0, cost, false),
        }
    }

    /// Gives back what was drawn, because it was of no use.
    pub fn give_back(&self, tokens: u32) {
        let cost = self.cost(tokens);
        match &mut *self.held() {
            Held::Whole(bucket) => bucket.level = (bucket.level + cost).min(self.quota.full()),
            Held::Portion(portion) => portion.stock += cost,
        }
    }

    /// Takes in what was borrowed, of how much was wanted, and what is left to be borrowed. Where nobody could be asked,
    /// the node goes by what it knows, rather than refuse everything.
    pub fn take_in(&self, wanted: i64, borrowed: Option<(i64, Bucket)>, now: i64) {
        if let Held::Portion(portion) = &mut *self.held() {
            let granted = match borrowed {
                Some((granted, beyond)) => {
                    portion.beyond = beyond;
                    granted
                }
                None => portion.beyond.take(self.quota, wanted, now),
            };
            portion.stock += granted;
            if granted < wanted {
                portion.not_before = now + BREATH;
            }
        }
    }

    /// Whoever asked has an answer, or has been broken off.
    pub fn end_asking(&self) {
        if let Held::Portion(portion) = &mut *self.held() {
            portion.is_asked_for = false;
        }
        self.answered.notify_waiters();
    }

    /// What asks for more than there ever is takes all of it.
    fn cost(&self, tokens: u32) -> i64 {
        (i64::from(tokens) * MINUTE).min(self.quota.full())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Portion {
    fn draw(&mut self, quota: Quota, cost: i64, now: i64) -> Drawn {
        let whole = (quota.full() / PORTION).max(cost);
        // A clock that was set back is not waited for.
        let is_resting = self.not_before > now && self.not_before <= now + BREATH;
        let may_ask = !self.is_asked_for && !is_resting;
        if self.stock >= cost {
            self.stock -= cost;
            let left = self.left(quota, cost, true, now);
            if may_ask && self.stock < whole / 2 {
                self.is_asked_for = true;
                return Drawn::Low(left, whole);
            }
            return Drawn::Settled(left);
        }
        if self.is_asked_for {
            return Drawn::Asked;
        }
        if may_ask {
            self.is_asked_for = true;
            return Drawn::Empty(whole);
        }
        Drawn::Settled(self.left(quota, cost, false, now))
    }

    fn left(&self, quota: Quota, cost: i64, granted: bool, now: i64) -> Left {
        let beyond = self.beyond.by_now(quota, now).level;
        left(quota, (self.stock + beyond).min(quota.full()), cost, granted)
    }
}

fn left(quota: Quota, level: i64, cost: i64, granted: bool) -> Left {
    let seconds = |micros: i64| (micros - 1).div_euclid(1_000_000) + 1;
    Left {
        granted,
        tokens: level / MINUTE,
        full_in: seconds(quota.gains(quota.full() - level)),
        wait: if granted { 0 } else { seconds(quota.gains(cost - level)).max(1) },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Draws as a node does that asks a shared bucket whenever it is told to.
    fn draw(purse: &Purse, row: &mut Bucket, tokens: u32, now: i64) -> bool {
        let mut ask = |wanted| {
            let granted = row.take(purse.quota(), wanted, now);
            purse.take_in(wanted, Some((granted, *row)), now);
            purse.end_asking();
        };
        loop {
            match purse.draw(tokens, now) {
                Drawn::Settled(left) => return left.granted,
                Drawn::Low(left, wanted) => {
                    ask(wanted);
                    return left.granted;
                }
                Drawn::Empty(wanted) => ask(wanted),
                Drawn::Asked => panic!("nobody else asks"),
            }
        }
    }

    #[test]
    fn a_node_borrows_a_portion_and_asks_again_when_half_is_spent() {
        let quota = Quota::a_minute(200);
        let purse = Purse::new(quota, true, 0);
        assert_eq!(purse.draw(1, 0), Drawn::Empty(10 * MINUTE));
        assert_eq!(purse.draw(1, 0), Drawn::Asked);
        purse.take_in(10 * MINUTE, Some((10 * MINUTE, Bucket { level: 190 * MINUTE, at: 0 })), 0);
        purse.end_asking();
        let full_in = |tokens| ((200 - tokens) * 3 + 9) / 10;
        let left = |tokens| Left { granted: true, tokens, full_in: full_in(tokens), wait: 0 };
        for n in 1..=5 {
            assert_eq!(purse.draw(1, 0), Drawn::Settled(left(200 - n)), "{n}");
        }
        assert_eq!(purse.draw(1, 0), Drawn::Low(left(194), 10 * MINUTE));
        assert!(matches!(purse.draw(1, 0), Drawn::Settled(Left { granted: true, .. })));
    }

    #[test]
    fn an_empty_budget_is_not_asked_at_each_request() {
        let quota = Quota::a_minute(60);
        let purse = Purse::new(quota, true, 0);
        assert_eq!(purse.draw(1, 0), Drawn::Empty(3 * MINUTE));
        purse.take_in(3 * MINUTE, Some((0, Bucket { level: 0, at: 0 })), 0);
        purse.end_asking();
        let refused = Left { granted: false, tokens: 0, full_in: 60, wait: 1 };
        assert_eq!(purse.draw(1, 0), Drawn::Settled(refused));
        assert_eq!(purse.draw(1, BREATH), Drawn::Empty(3 * MINUTE));
    }

    #[test]
    fn a_node_that_can_ask_nobody_keeps_to_the_budget_by_itself() {
        let quota = Quota::a_minute(60);
        let purse = Purse::new(quota, true, 0);
        let mut granted = 0;
        for _ in 0..1000 {
            match purse.draw(1, 0) {
                Drawn::Settled(left) => granted += i32::from(left.granted),
                Drawn::Low(_, wanted) => {
                    granted += 1;
                    purse.take_in(wanted, None, 0);
                    purse.end_asking();
                }
                Drawn::Empty(wanted) => {
                    purse.take_in(wanted, None, 0);
                    purse.end_asking();
                }
                Drawn::Asked => panic!("nobody else asks"),
            }
        }
        assert_eq!(granted, 60);
    }

    proptest! {
        /// Nodes that share a budget, each with a clock of its own that is off by less than two seconds: together they
        /// grant at most what the budget holds and gains, from the beginning on; and in any stretch of time no more
        /// than that and what they had borrowed.
        #[test]
        fn nodes_that_share_never_grant_more_than_one_would(
            tokens in 1_u32..5_000,
            off in prop::collection::vec(0_i64..2_000_000, 2..4),
            asked in prop::collection::vec((0_usize..3, 0_i64..2_000_000, 1_u32..50), 1..300),
        ) {
            let quota = Quota::a_minute(tokens);
            let mut row = Bucket::full(quota, 0);
            let purses: Vec<Purse> = off.iter().map(|off| Purse::new(quota, true, *off)).collect();
            let (mut now, mut granted) = (0, vec![]);
            for (node, later, cost) in asked {
                now += later;
                let node = node % purses.len();
                if draw(&purses[node], &mut row, cost, now + off[node]) {
                    granted.push((now, i128::from(cost.min(tokens))));
                }
            }
            for from in 0..granted.len() {
                let sum: i128 = granted[from..].iter().map(|(_, tokens)| tokens).sum();
                let passed = i128::from(now - granted[from].0 + 2_000_000);
                // Before the first is granted nothing is borrowed.
                let portion = i128::from((quota.full() / PORTION).max(50 * MINUTE));
                let borrowed = if from == 0 { 0 } else { portion * 2 * purses.len() as i128 };
                let most = i128::from(quota.full()) + passed * i128::from(tokens) + borrowed;
                prop_assert!(sum * i128::from(MINUTE) <= most, "{sum} of {most}");
            }
        }

        #[test]
        fn a_node_alone_grants_what_a_bucket_does(
            tokens in 1_u32..5_000,
            asked in prop::collection::vec((0_i64..2_000_000, 1_u32..50), 1..300),
        ) {
            let quota = Quota::a_minute(tokens);
            let purse = Purse::new(quota, false, 0);
            let (mut now, mut granted) = (0, 0_i128);
            for (later, cost) in asked {
                now += later;
                let Drawn::Settled(left) = purse.draw(cost, now) else { panic!("it is alone") };
                granted += if left.granted { i128::from(cost.min(tokens)) } else { 0 };
                prop_assert!(left.tokens <= tokens.into() && left.full_in <= 60);
                prop_assert_eq!(left.granted, left.wait == 0);
            }
            let most = i128::from(quota.full()) + i128::from(now) * i128::from(tokens);
            prop_assert!(granted * i128::from(MINUTE) <= most);
        }
    }
}
