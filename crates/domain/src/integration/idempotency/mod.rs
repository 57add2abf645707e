//! Requests that may be repeated: one that carries the same key again gets the same answer, and nothing is done twice.
//! The answer is kept in the transaction of what the request did (ADR 11).

mod seal;

use std::sync::Arc;

use chrono::TimeDelta;
use rapport_entity::integration::idempotency_key::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, Statement,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    identity::sha256,
    kernel::{Ctx, Error, Result, Unit},
};

/// So long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// The longest key, in characters.
pub const LONGEST: usize = 255;

/// What names a request, chosen by whoever makes it. It should be hard to guess, such as a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl std::str::FromStr for Key {
    type Err = Error;

    /// # Errors
    /// [`Error::Malformed`] where it is empty, too long or not of visible ASCII characters.
    fn from_str(text: &str) -> Result<Self> {
        let is_key =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let why = format!("an Idempotency-Key has 1 to {LONGEST} visible ASCII characters");
        is_key.then(|| Self(text.to_owned())).ok_or(Error::Malformed(why))
    }
}

/// An answer, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that are part of what was answered.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// What comes of a request with a key.
pub enum Begun {
    /// It is the first: it is to be done.
    First(Box<Attempt>),
    /// It was done before, and this was the answer.
    Again(Answer),
}

/// A request with a key that is under way.
pub struct Attempt {
    ctx: Ctx,
    unit: Arc<Unit>,
    key: Key,
    caller: Uuid,
    request: [u8; 32],
}

/// What makes it the same request: a hash of its parts.
pub fn hash<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; 32] {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend((part.len() as u64).to_be_bytes());
        whole.extend(part);
    }
    sha256(&whole)
}

/// Begins a request, of which `request` is a hash.
///
/// # Errors
/// [`Error::UnderWay`] where the same one is; [`Error::Invalid`] where the key was used for another.
pub async fn begin(ctx: &Ctx, key: Key, request: [u8; 32]) -> Result<Begun> {
    let caller = ctx.actor().caller().ok_or(Error::Unauthenticated)?;
    let unit = Arc::new(Unit::begin(ctx).await?);
    let attempt = Attempt { ctx: ctx.within(unit.clone()), unit, key, caller, request };
    match attempt.look_up().await {
        Ok(None) => Ok(Begun::First(Box::new(attempt))),
        Ok(Some(kept)) => {
            attempt.unit.forget().await;
            attempt.answered(&kept).map(Begun::Again)
        }
        Err(err) => {
            attempt.unit.forget().await;
            Err(err)
        }
    }
}

impl Attempt {
    /// The request: all that it does is done in one transaction.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// Saves what was done, and the answer with it.
    ///
    /// # Errors
    /// [`Error::UnderWay`] where the same request was faster; [`Error::Unavailable`]. Nothing was done then, or nobody
    /// knows whether it was: the same request again will tell.
    pub async fn keep(self, answer: &Answer) -> Result<()> {
        if let Err(err) = self.write(answer).await {
            self.unit.forget().await;
            return Err(err);
        }
        self.unit.keep(&self.ctx).await
    }

    /// Undoes what was done: the key may be used again.
    pub async fn forget(self) {
        self.unit.forget().await;
    }

    /// What is kept of the same key, once nobody else works with it. On SQLite nobody can: the transaction has the one
    /// writer.
    ///
    /// PostgreSQL is asked once for the lock and for what is kept. Whoever has ended just between the two is found out
    /// when the answer is to be kept. So is whoever begins when the lock has gone with work that failed.
    async fn look_up(&self) -> Result<Option<Model>> {
        let db = self.unit.connection();
        if db.get_database_backend() != DbBackend::Postgres {
            let kept = Entity::find().filter(self.names_it()).one(db).await?;
            return Ok(kept.filter(|kept| self.is_fresh(kept)));
        }
        let sql = "select free, k.* from pg_try_advisory_xact_lock(hashtextextended($1, 0)) free \
                   left join idempotency_key k on k.workspace_id = $2 and k.caller_id = $3 \
                     and k.key_hash = $4";
        let values = [
            format!("idempotency {} {}", self.caller, self.key.0).into(),
            self.ctx.actor().workspace.into(),
            self.caller.into(),
            self.hash().to_vec().into(),
        ];
        let both = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let row = db.query_one_raw(both).await?.ok_or(Error::UnderWay)?;
        if !row.try_get("", "free")? {
            return Err(Error::UnderWay);
        }
        let kept = Model::from_query_result_optional(&row, "")?;
        Ok(kept.filter(|kept| self.is_fresh(kept)))
    }

    /// One that ran out is no more, even if nobody has removed it yet. (The database is not asked: it would rather look
    /// through all that are fresh than for the one key.)
    fn is_fresh(&self, kept: &Model) -> bool {
        kept.created_at > self.unit.now() - KEPT
    }

    fn names_it(&self) -> Condition {
        Condition::all()
            .add(Column::WorkspaceId.eq(self.ctx.actor().workspace))
            .add(Column::CallerId.eq(self.caller))
            .add(Column::KeyHash.eq(self.hash().to_vec()))
    }

    fn hash(&self) -> [u8; 32] {
        sha256(format!("rapport idempotency key {}", self.key.0).as_bytes())
    }

    fn answered(&self, kept: &Model) -> Result<Answer> {
        if kept.request_hash != self.request {
            let why = "was used for another request";
            return Err(Error::invalid("/Idempotency-Key", why));
        }
        seal::open(&self.key.0, &kept.answer)
    }

    /// One that ran out is overwritten.
    async fn write(&self, answer: &Answer) -> Result<()> {
        let row = Model {
            workspace_id: self.ctx.actor().workspace,
            caller_id: self.caller,
            key_hash: self.hash().to_vec(),
            request_hash: self.request.to_vec(),
            answer: seal::seal(&self.key.0, answer)?,
            created_at: self.unit.now(),
        };
        let ran_out = Expr::col((Entity, Column::CreatedAt)).lte(self.unit.now() - KEPT);
        let anew = OnConflict::columns([Column::WorkspaceId, Column::CallerId, Column::KeyHash])
            .update_columns([Column::RequestHash, Column::Answer, Column::CreatedAt])
            .action_and_where(ran_out)
            .to_owned();
        let written = Entity::insert(row.into_active_model())
            .on_conflict(anew)
            .exec_without_returning(self.unit.connection())
            .await?;
        if written == 1 { Ok(()) } else { Err(Error::UnderWay) }
    }
}

/// Forgets the answers of a workspace that ran out, some at a time, and says whether there may be more.
pub(crate) async fn prune(ctx: &Ctx) -> Result<bool> {
    const SOME: u64 = 1_000;
    let before = ctx.database().clock().now() - KEPT;
    ctx.tx(async |tx| {
        let sql = "delete from idempotency_key where workspace_id = $1 and (caller_id, key_hash) in (\
                     select caller_id, key_hash from idempotency_key \
                     where workspace_id = $1 and created_at <= $2 limit 1000)";
        let values = [tx.actor().workspace.into(), before.into()];
        let prune = Statement::from_sql_and_values(tx.backend(), sql, values);
        Ok(tx.transaction().execute_raw(prune).await?.rows_affected() >= SOME)
    })
    .await
}
