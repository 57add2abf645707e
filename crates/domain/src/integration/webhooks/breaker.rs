use std::time::Duration;

use tokio::time::Instant;

/// After so many failures in a row new events are sent only now and then, to see whether the endpoint answers again.
const IN_A_ROW: u32 = 20;

/// How long to wait before the first of these; then twice as long each time.
const SHORTEST: Duration = Duration::from_secs(1);

/// How long to wait at most.
const LONGEST: Duration = Duration::from_secs(300);

/// Keeps new events from an endpoint that does not answer.
#[derive(Debug)]
pub struct Breaker {
    failures: u32,
    pause: Duration,
    next: Instant,
}

impl Breaker {
    /// Lets everything through.
    pub fn closed() -> Self {
        Self { failures: 0, pause: SHORTEST, next: Instant::now() }
    }

    /// Whether new events are kept back.
    pub fn is_open(&self) -> bool {
        self.failures >= IN_A_ROW
    }

    /// Whether it was open since it was made: then more may wait than what failed lately.
    pub fn has_opened(&self) -> bool {
        self.pause > SHORTEST
    }

    /// When the next event may be sent, where they are kept back.
    pub fn next(&self) -> Option<Instant> {
        self.is_open().then_some(self.next)
    }

    /// Whether one may be sent now.
    pub fn lets_through(&self) -> bool {
        !self.is_open() || self.next <= Instant::now()
    }

    /// Something got through.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Something did not.
    pub fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
        if self.is_open() {
            self.next = Instant::now() + self.pause;
            self.pause = (self.pause * 2).min(LONGEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_does_not_answer_is_asked_ever_less_often_until_it_does() {
        let mut breaker = Breaker::closed();
        for _ in 1..IN_A_ROW {
            breaker.failed();
        }
        assert!(breaker.lets_through() && !breaker.has_opened());
        let mut waits = Vec::new();
        for _ in 0..12 {
            breaker.failed();
            assert!(!breaker.lets_through());
            let next = breaker.next().unwrap();
            waits.push((next - Instant::now()).as_secs());
            tokio::time::advance(next - Instant::now()).await;
            assert!(breaker.lets_through());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        breaker.succeeded();
        assert!(breaker.lets_through() && !breaker.is_open() && breaker.has_opened());
    }
}
