use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement, Value};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    customers::customers::NewCustomer,
    kernel::{Create, Ctx, Error, Listing, Position, Read, log},
    testing::{Store, from, stores, stores_of_the_first_release},
};
use rapport_entity::customers::customer;
use serde_json::json;

/// Something that the database takes longer to answer than anybody waits here.
fn slow(backend: DbBackend) -> Statement {
    let sql = match backend {
        DbBackend::Postgres => "select pg_sleep(60)",
        _ => {
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000000) \
             select count(*) from n"
        }
    };
    Statement::from_string(backend, sql)
}

async fn customers(ctx: &Ctx) -> u64 {
    customer::Entity::find().count(&ctx.reader().await.unwrap()).await.unwrap()
}

async fn make(ctx: &Ctx, fails: bool) -> Result<(), Error> {
    ctx.tx(async |tx| {
        let new: NewCustomer = from(json!({ "kind": "person", "name": "Ada" }));
        tx.can::<customer::Entity, Create>()?.insert(None, new).await?;
        if fails { Err(Error::Refused("no".into())) } else { Ok(()) }
    })
    .await
}

/// As the first release made a customer, which knew no other columns.
async fn make_as_before(ctx: &Ctx) -> Result<(), Error> {
    ctx.tx(async |tx| {
        let (id, workspace) = (Uuid::now_v7(), tx.actor().workspace.uuid());
        let customer = "insert into customer (workspace_id, id, kind, name, sort_name, search_text, version, created_at, \
            updated_at) values ($1, $2, 'person', 'Ada', 'ada', 'ada', 1, $3, $3)";
        let event = "insert into event (workspace_id, id, name, subject_id, subject_version, customer_id, actor_kind, at, \
            data) values ($1, $2, 'customer.created', $2, 1, $2, 'system', $3, $4)";
        let mut values: Vec<Value> = vec![workspace.into(), id.into(), tx.now().into()];
        let run = async |sql, values| {
            let statement = Statement::from_sql_and_values(tx.backend(), sql, values);
            tx.transaction().execute_raw(statement).await.map(drop)
        };
        run(customer, values.clone()).await?;
        values.push(json!({ "before": {}, "after": { "name": "Ada" } }).into());
        Ok(run(event, values).await?)
    })
    .await
}

async fn backend_id(ctx: &Ctx) -> i32 {
    let sql = Statement::from_string(DbBackend::Postgres, "select pg_backend_pid() as id");
    let row = ctx.reader().await.unwrap().query_one_raw(sql).await.unwrap().unwrap();
    row.try_get("", "id").unwrap()
}

async fn each(test: impl AsyncFn(&Store, &Ctx)) {
    for store in stores().await {
        let ctx = store.workspace().await;
        test(&store, &ctx).await;
        store.close().await;
    }
}

#[tokio::test]
async fn what_fails_or_is_broken_off_leaves_nothing_behind() {
    each(async |_, ctx| {
        assert!(matches!(make(ctx, true).await, Err(Error::Refused(_))));
        let never = ctx.tx(async |tx| {
            let insert = "insert into counter (workspace_id, name, value) values \
                          ((select id from workspace limit 1), 'x', 1)";
            tx.transaction().execute_unprepared(insert).await?;
            std::future::pending::<()>().await;
            Ok(())
        });
        assert!(timeout(Duration::from_millis(200), never).await.is_err());
        assert_eq!(customers(ctx).await, 0);
        make(ctx, false).await.expect("the writer is free again");
        assert_eq!(customers(ctx).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_reader_who_is_broken_off_spoils_no_connection_for_the_next() {
    each(async |store, ctx| {
        let db = ctx.reader().await.unwrap();
        let answer = db.query_one_raw(slow(store.database.backend()));
        assert!(timeout(Duration::from_millis(100), answer).await.is_err());
        let refused = db.query_one_raw(slow(store.database.backend())).await.map_err(Error::from);
        assert!(matches!(refused, Err(Error::Unavailable(_))), "it is not waited for again");
        drop(db);
        for _ in 0..20 {
            assert_eq!(customers(ctx).await, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_kept_and_told_of_another_workspace() {
    each(async |store, ctx| {
        make(ctx, false).await.expect("made");
        let other = store.workspace().await;
        if store.database.backend() == DbBackend::Postgres {
            assert_eq!(backend_id(ctx).await, backend_id(ctx).await);
            // Row-level security, as nothing else is asked here.
            assert_eq!((customers(ctx).await, customers(&other).await), (1, 0));
            assert_eq!((customers(ctx).await, customers(&other).await), (1, 0));
        }
    })
    .await;
}

#[tokio::test]
async fn one_whose_connection_was_ended_fails_and_the_next_connects_anew() {
    each(async |store, ctx| {
        if store.database.backend() != DbBackend::Postgres {
            return;
        }
        let id = backend_id(ctx).await;
        let end = format!("select pg_terminate_backend({id})");
        store.database.installation().await.unwrap().execute_unprepared(&end).await.unwrap();
        let first = ctx.reader().await.map(|_| ());
        drop(first);
        let found = async || {
            let all = customer::Entity::find();
            all.count(&ctx.reader().await?).await.map_err(Error::from)
        };
        let tried = found().await;
        assert!(matches!(tried, Err(Error::Unavailable(_))), "{tried:?}");
        assert_eq!(found().await.expect("another connection"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_database_of_an_earlier_release_is_brought_up_to_date_with_what_is_in_it() {
    for store in stores_of_the_first_release().await {
        let (ctx, elsewhere) = (&store.workspace().await, store.workspace().await);
        make_as_before(ctx).await.expect("made");
        make_as_before(&elsewhere).await.expect("made");
        let (one, other) = tokio::join!(store.database.migrate(), async {
            match store.database.backend() {
                DbBackend::Postgres => store.database.migrate().await,
                _ => Ok(()),
            }
        });
        one.and(other).expect("up to date, whichever node began");
        store.database.migrate().await.expect("nothing more to do");
        make(ctx, false).await.expect("made");
        assert_eq!(found(ctx, "ad").await, 2);
        assert_eq!(found(&elsewhere, "ad").await, 1);
        let db = ctx.reader().await.unwrap();
        // Other tests' transactions may hold the log back for a moment.
        let mut told = Vec::new();
        for _ in 0..5_000 {
            told = log::read(&db, ctx.actor().workspace, Position::default(), 10).await.unwrap();
            if told.len() == 2 {
                break;
            }
            log::settle(&db, ctx.actor().workspace).await.unwrap();
        }
        assert_eq!(told.len(), 2);
        drop(db);
        let made = "drop index customer_industry";
        let db = store.database.installation().await.unwrap();
        db.execute_unprepared(made).await.expect("the index is there again");
        drop(db);
        store.close().await;
    }
}

async fn found(ctx: &Ctx, words: &str) -> usize {
    let listing = Listing { q: Some(words.into()), ..Listing::default() };
    ctx.can::<customer::Entity, Read>().unwrap().page(&listing).await.unwrap().items.len()
}
