//! Whose turn it is: places are given to workspaces one after the other, so that one with very many requests keeps no
//! other waiting, and where there are places enough it does not get the last of them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;
use uuid::Uuid;

/// So many places, and who waits for one.
pub struct Turns(Mutex<State>);

/// Whom a place is for: a workspace, or the installation.
type Party = Option<Uuid>;

struct State {
    free: usize,
    /// How many places one party has at most.
    most: usize,
    taken: HashMap<Party, usize>,
    /// Those who wait, each party in the order of its coming, and parties in the order of their turns.
    waiting: VecDeque<(Party, VecDeque<oneshot::Sender<Turn>>)>,
    is_closed: bool,
}

/// A place, which is given to the next when this is dropped.
pub struct Turn {
    turns: Arc<Turns>,
    party: Party,
    is_held: bool,
}

/// No more places are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl Turns {
    /// All places are free.
    pub fn new(places: usize) -> Arc<Self> {
        let kept_back = if places < 4 { 0 } else { (places / 8).max(1) };
        Arc::new(Self(Mutex::new(State {
            free: places,
            most: places - kept_back,
            taken: HashMap::new(),
            waiting: VecDeque::new(),
            is_closed: false,
        })))
    }

    /// A place, once it is the party's turn.
    ///
    /// # Errors
    /// [`Closed`].
    pub async fn take(self: &Arc<Self>, party: Party) -> Result<Turn, Closed> {
        let turn = {
            let mut state = self.state();
            if state.is_closed {
                return Err(Closed);
            }
            match state.may_take(party) {
                true => return Ok(state.give(self, party)),
                false => state.queue(party),
            }
        };
        turn.await.map_err(|_| Closed)
    }

    /// Gives no more places; who waits is told.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        drop(waiting);
    }

    /// Gives the free places to those whose turn it is. A place that nobody waits for any more is free again.
    fn go_on(self: &Arc<Self>) {
        let mut state = self.state();
        while let Some((party, next)) = state.next() {
            let turn = state.give(self, party);
            if let Err(mut unwanted) = next.send(turn) {
                unwanted.is_held = false;
                state.put_back(party);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whoever may have a place and waits has one already, so that nobody is passed over.
    fn may_take(&self, party: Party) -> bool {
        self.free > 0 && self.taken.get(&party).copied().unwrap_or(0) < self.most
    }

    fn give(&mut self, turns: &Arc<Turns>, party: Party) -> Turn {
        self.free -= 1;
        *self.taken.entry(party).or_insert(0) += 1;
        Turn { turns: turns.clone(), party, is_held: true }
    }

    fn put_back(&mut self, party: Party) {
        self.free += 1;
        if let Some(taken) = self.taken.get_mut(&party) {
            *taken -= 1;
            if *taken == 0 {
                self.taken.remove(&party);
            }
        }
    }

    fn queue(&mut self, party: Party) -> oneshot::Receiver<Turn> {
        let (send, turn) = oneshot::channel();
        match self.waiting.iter_mut().find(|(waiting, _)| *waiting == party) {
            Some((_, queue)) => queue.push_back(send),
            None => self.waiting.push_back((party, VecDeque::from([send]))),
        }
        turn
    }

    /// Who is next; their party is then the last to have another turn.
    fn next(&mut self) -> Option<(Party, oneshot::Sender<Turn>)> {
        let at = self.waiting.iter().position(|(party, _)| self.may_take(*party))?;
        let (party, mut queue) = self.waiting.remove(at)?;
        let next = queue.pop_front();
        if !queue.is_empty() {
            self.waiting.push_back((party, queue));
        }
        next.map(|next| (party, next))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_held {
            self.turns.state().put_back(self.party);
            self.turns.go_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::BoxFuture};

    use super::*;

    const ONE: Party = Some(Uuid::from_u128(1));
    const TWO: Party = Some(Uuid::from_u128(2));
    const THREE: Party = Some(Uuid::from_u128(3));

    /// Somebody who has come for a place.
    fn come(turns: &Arc<Turns>, party: Party) -> BoxFuture<'static, Result<Turn, Closed>> {
        let turns = turns.clone();
        let mut coming = async move { turns.take(party).await }.boxed();
        match (&mut coming).now_or_never() {
            Some(turn) => std::future::ready(turn).boxed(),
            None => coming,
        }
    }

    fn has_turn(coming: &mut BoxFuture<'static, Result<Turn, Closed>>) -> Option<Turn> {
        coming.now_or_never().and_then(Result::ok)
    }

    #[test]
    fn workspaces_take_turns_whoever_has_more_requests() {
        let turns = Turns::new(1);
        let first = has_turn(&mut come(&turns, ONE)).expect("a free place");
        let mut ones: Vec<_> = (0..40).map(|_| come(&turns, ONE)).collect();
        let mut two = come(&turns, TWO);
        let mut three = come(&turns, THREE);
        drop(first);
        let second = has_turn(&mut ones[0]).expect("the first of the first party");
        assert!(has_turn(&mut two).is_none());
        drop(second);
        let third = has_turn(&mut two).expect("the second party");
        drop(third);
        drop(has_turn(&mut three).expect("the third party"));
        for waiting in &mut ones[1..] {
            drop(has_turn(waiting).expect("nobody is forgotten"));
        }
    }

    #[test]
    fn nobody_has_the_last_place_where_there_are_enough() {
        let turns = Turns::new(8);
        let mut ones: Vec<_> = (0..8).map(|_| come(&turns, ONE)).collect();
        let mut held: Vec<_> = ones.iter_mut().filter_map(has_turn).collect();
        assert_eq!(held.len(), 7);
        let two = has_turn(&mut come(&turns, TWO)).expect("the last place");
        held.pop();
        assert!(has_turn(&mut ones[7]).is_some(), "its own place is free");
        drop(two);
        let few = Turns::new(2);
        assert_eq!(
            (0..3).filter_map(|_| has_turn(&mut come(&few, ONE)).map(std::mem::forget)).count(),
            2
        );
    }

    #[test]
    fn who_no_longer_waits_is_passed_over_and_no_place_is_lost() {
        let turns = Turns::new(1);
        let first = has_turn(&mut come(&turns, ONE)).expect("a free place");
        let (gone, mut patient) = (come(&turns, ONE), come(&turns, ONE));
        drop(gone);
        drop(first);
        let turn = has_turn(&mut patient).expect("a turn");
        // Given, but never looked at.
        let unread = come(&turns, TWO);
        drop(turn);
        drop(unread);
        assert!(has_turn(&mut come(&turns, THREE)).is_some());
        assert_eq!(turns.state().free, 1);
        assert!(turns.state().taken.is_empty() && turns.state().waiting.is_empty());
    }

    #[test]
    fn who_waits_is_told_of_the_end() {
        let turns = Turns::new(1);
        let _held = has_turn(&mut come(&turns, ONE)).expect("a free place");
        let waiting = come(&turns, ONE);
        turns.close();
        assert_eq!(waiting.now_or_never().map(|turn| turn.err()), Some(Some(Closed)));
        assert_eq!(come(&turns, TWO).now_or_never().map(|turn| turn.err()), Some(Some(Closed)));
    }
}
