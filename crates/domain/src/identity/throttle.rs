//! Who guesses a password is slowed down, account by account, whether or not the account exists; and so is whoever else asks
//! for something without being signed in.

use chrono::TimeDelta;
use rapport_entity::{
    Slug,
    identity::login_throttle::{ActiveModel, Column, Entity},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait, OnConflict},
};

use super::tokens::sha256;
use crate::kernel::{Database, Error, Result};

/// How many tries there are in a window.
pub const TRIES: i32 = 10;

/// How long a window is, from the first failure.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// An account that somebody wants into, by its hash: the table tells nobody which addresses were tried.
pub struct Account(Vec<u8>);

impl Account {
    /// The account of an address, normalized, in a workspace.
    pub fn new(workspace: &Slug, email: &str) -> Self {
        Self(sha256(format!("{workspace}\0{email}").as_bytes()).to_vec())
    }
}

/// Counts a try before it is made, in one statement, so that no number of tries at once gets more than its share.
///
/// # Errors
/// [`Error::Throttled`] where there were too many.
pub async fn count(database: &Database, account: &Account) -> Result<()> {
    count_against(database, &account.0, Allowance { tries: TRIES, window: WINDOW }).await
}

/// How much may be asked for in how long. Windows are not longer than [`WINDOW`], after which all are forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// How many times.
    pub tries: i32,
    /// In what time, from the first.
    pub window: TimeDelta,
}

/// Counts that something is asked for without anybody's being signed in, by what it is asked of.
///
/// # Errors
/// [`Error::Throttled`] where that was too often.
pub async fn draw(database: &Database, of: &str, allowance: Allowance) -> Result<()> {
    count_against(database, &sha256(of.as_bytes()), allowance).await
}

async fn count_against(database: &Database, of: &[u8], allowance: Allowance) -> Result<()> {
    let Allowance { tries, window } = allowance;
    let now = database.clock().now();
    let kept = |column: Column| Expr::col((Entity, column));
    let over = || kept(Column::Since).lte(now - window);
    let started =
        |anew: Expr, going_on: Expr| CaseStatement::new().case(over(), anew).finally(going_on);
    let more = CaseStatement::new()
        .case(kept(Column::Failures).gt(tries), kept(Column::Failures))
        .finally(kept(Column::Failures).add(1));
    let again = OnConflict::column(Column::Account)
        .value(Column::Failures, started(Expr::val(1), more.into()))
        .value(Column::Since, started(Expr::val(now), kept(Column::Since)))
        .to_owned();
    let first = ActiveModel { account: Set(of.to_vec()), failures: Set(1), since: Set(now) };
    let row = Entity::insert(first)
        .on_conflict(again)
        .exec_with_returning(&database.installation().await?)
        .await?;
    if row.failures <= tries {
        return Ok(());
    }
    let left: u64 = (row.since + window - now).num_milliseconds().try_into().unwrap_or(0);
    Err(Error::Throttled(left.div_ceil(1000)))
}

/// Forgets the failures of an account that was got into, and all whose window is over.
pub async fn reset(database: &Database, account: &Account) -> Result<()> {
    let over = Column::Since.lte(database.clock().now() - WINDOW);
    let done = Condition::any().add(Column::Account.eq(account.0.clone())).add(over);
    Entity::delete_many().filter(done).exec(&database.installation().await?).await?;
    Ok(())
}
