use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_entity::identity::{refresh_token, role::BuiltIn};
use sea_orm::EntityTrait;

use super::*;
use crate::identity::{
    sessions::{LIFETIME, RefreshSession, Which, get},
    users::{self, NewStatus, UserPatch},
};
use crate::kernel::Expected;

async fn refresh(world: &World, tokens: &Tokens) -> Result<Tokens> {
    let refresh_token = tokens.refresh_token.parse().expect("a token");
    sessions::refresh(&world.auth, RefreshSession { refresh_token }).await
}

#[tokio::test]
async fn a_refresh_keeps_the_session_and_changes_the_tokens() {
    for world in World::each().await {
        let mut tokens = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        for _ in 0..3 {
            world.clock.advance(TimeDelta::days(20));
            let next = refresh(&world, &tokens).await.expect("refreshed");
            assert_eq!(next.session.id, tokens.session.id);
            assert_ne!(next.refresh_token, tokens.refresh_token);
            assert_eq!(next.session.expires_at, world.clock.now() + LIFETIME);
            assert!(world.ctx(&next).await.is_ok());
            tokens = next;
        }
        world.clock.advance(LIFETIME);
        assert!(is_unknown(refresh(&world, &tokens).await));
        world.close().await;
    }
}

#[tokio::test]
async fn a_token_used_twice_ends_the_session_for_whoever_has_it() {
    for world in World::each().await {
        let other = world.admin().await;
        let stolen = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let thief = refresh(&world, &stolen).await.expect("refreshed");
        assert!(world.ctx(&thief).await.is_ok());
        assert!(is_unknown(refresh(&world, &stolen).await));
        assert!(
            is_unknown(world.ctx(&thief).await),
            "the end was committed although the call failed"
        );
        assert!(is_unknown(refresh(&world, &thief).await));
        assert_eq!(code(get(&other, Which::Id(stolen.session.id)).await), "not_found");
        assert!(get(&other, Which::Current).await.is_ok(), "other sessions go on");
        world.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_at_once_at_most_one_is_served_and_the_session_ends() {
    for world in World::each().await {
        let tokens = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let tries = join_all((0..10).map(|_| refresh(&world, &tokens))).await;
        let (served, refused): (Vec<_>, Vec<_>) = tries.into_iter().partition(Result::is_ok);
        assert!(served.len() <= 1, "{served:?}");
        assert!(refused.into_iter().all(is_unknown));
        for winner in served.into_iter().flatten() {
            assert!(
                is_unknown(world.ctx(&winner).await) && is_unknown(refresh(&world, &winner).await)
            );
        }
        world.close().await;
    }
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    for world in World::each().await {
        let tokens = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let forged = crate::identity::tokens::Opaque::new("rap_rt_", world.workspace.id);
        let elsewhere = crate::identity::tokens::Opaque::new("rap_rt_", workspace::Id::new());
        let (forged, elsewhere) = (forged.expect("random"), elsewhere.expect("random"));
        for text in [
            "rap_rt_",
            "x",
            &tokens.access_token[..200],
            &tokens.refresh_token.to_uppercase(),
            &format!("{} ", tokens.refresh_token),
            &forged.text,
            &elsewhere.text,
        ] {
            let tried = RefreshSession { refresh_token: text.parse().expect("a text") };
            assert!(is_unknown(sessions::refresh(&world.auth, tried).await), "{text}");
        }
        assert!(refresh(&world, &tokens).await.is_ok());
        world.close().await;
    }
}

#[tokio::test]
async fn who_may_no_longer_sign_in_may_not_stay_either() {
    for world in World::each().await {
        let admin = world.admin().await;
        let (bob, tokens) = world.user(&admin, "bob@demo.example", BuiltIn::Rep).await;
        assert!(world.ctx(&tokens).await.is_ok());
        let off = UserPatch { status: Some(NewStatus::Inactive), ..Default::default() };
        users::update(&admin, bob.id, Expected::Any, off).await.expect("deactivated");
        assert!(is_unknown(world.ctx(&tokens).await));
        assert!(is_unknown(refresh(&world, &tokens).await));
        let left = admin.rows::<refresh_token::Entity>().all(refresh_token::Entity::find()).await;
        assert_eq!(left.expect("rows").len(), 1, "the tokens of ended sessions are forgotten");
        world.close().await;
    }
}

#[tokio::test]
async fn what_is_left_of_sessions_that_ran_out_goes_when_their_user_signs_in_again() {
    for world in World::each().await {
        let first = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        refresh(&world, &first).await.expect("refreshed");
        let kept = async |ctx: &Ctx| {
            let all = refresh_token::Entity::find();
            ctx.rows::<refresh_token::Entity>().all(all).await.expect("tokens").len()
        };
        assert_eq!(kept(&world.admin().await).await, 3);
        world.clock.advance(LIFETIME);
        assert_eq!(kept(&world.admin().await).await, 1);
        world.close().await;
    }
}
