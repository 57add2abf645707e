use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_entity::identity::role::BuiltIn;
use sea_orm::EntityTrait;

use super::*;
use crate::identity::{
    me,
    sessions::{Which, end, end_all, get, list},
    throttle::{TRIES, WINDOW},
    users::{self, NewStatus, UserPatch},
};
use crate::kernel::Expected;

#[tokio::test]
async fn who_signs_in_is_known_by_the_access_token_for_fifteen_minutes() {
    for world in World::each().await {
        let tokens = world.sign_in(" ADA@Demo.example", PASSWORD).await.expect("signed in");
        assert_eq!(tokens.expires_in, 900);
        let me = me::get(&world.ctx(&tokens).await.expect("known")).await.expect("me");
        let session = me.session.map(|session| session.id);
        assert_eq!((me.user.id, session), (world.admin.id, Some(tokens.session.id)));
        assert_eq!(me.role.permissions, me.permissions);
        world.clock.advance(TimeDelta::seconds(899));
        assert!(world.ctx(&tokens).await.is_ok());
        world.clock.advance(TimeDelta::seconds(1));
        assert!(is_unknown(world.ctx(&tokens).await));
        world.close().await;
    }
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    for world in World::each().await {
        let admin = world.admin().await;
        let role = built_in(&admin, BuiltIn::Rep).await;
        invitations::create(&admin, invite("bob@demo.example", role.id, None))
            .await
            .expect("invited");
        let (carl, _) = world.user(&admin, "carl@demo.example", BuiltIn::Rep).await;
        let off = UserPatch { status: Some(NewStatus::Inactive), ..Default::default() };
        users::update(&admin, carl.id, Expected::Any, off).await.expect("deactivated");
        for (slug, email, password) in [
            ("demo", "ada@demo.example", "not the right password"),
            ("demo", "nobody@demo.example", PASSWORD),
            ("none", "ada@demo.example", PASSWORD),
            ("demo", "no address at all", PASSWORD),
            ("demo", "bob@demo.example", PASSWORD),
            ("demo", "carl@demo.example", PASSWORD),
        ] {
            let tried = sessions::create(&world.auth, new_session(slug, email, password)).await;
            assert!(matches!(tried, Err(Error::WrongCredentials)), "{email}: {tried:?}");
        }
        world.close().await;
    }
}

#[tokio::test]
async fn guessing_is_throttled_whether_or_not_there_is_such_an_account() {
    for world in World::each().await {
        for email in ["ada@demo.example", "nobody@demo.example", "no address"] {
            for n in 0..TRIES {
                let email = if n % 2 == 0 { email.to_owned() } else { email.to_uppercase() };
                assert_eq!(code(world.sign_in(&email, "a guess").await), "wrong_credentials");
            }
            world.clock.advance(TimeDelta::minutes(5));
            let tried = world.sign_in(email, PASSWORD).await;
            assert!(matches!(tried, Err(Error::Throttled(600))), "{tried:?}");
            world.clock.advance(WINDOW - TimeDelta::minutes(5));
            let again = world.sign_in(email, PASSWORD).await;
            assert_eq!(again.is_ok(), email == "ada@demo.example");
        }
        let kept = rapport_entity::identity::login_throttle::Entity::find();
        let kept =
            kept.all(&world.auth.database().installation().await.unwrap()).await.expect("rows");
        assert_eq!(
            kept.len(),
            2,
            "signing in forgets its own failures, and those whose time is over"
        );
        world.close().await;
    }
}

#[tokio::test]
async fn a_success_starts_the_count_anew() {
    for world in World::each().await {
        for _ in 0..3 {
            for _ in 0..TRIES - 1 {
                assert_eq!(
                    code(world.sign_in("ada@demo.example", "a guess").await),
                    "wrong_credentials"
                );
            }
            assert!(world.sign_in("ada@demo.example", PASSWORD).await.is_ok());
        }
        world.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_get_no_more_tries() {
    for world in World::each().await {
        let tries = join_all((0..30).map(|_| world.sign_in("ada@demo.example", "a guess"))).await;
        let codes: Vec<_> = tries.into_iter().map(code).collect();
        let count = |code: &str| codes.iter().filter(|found| **found == code).count();
        assert_eq!((count("wrong_credentials"), count("throttled")), (10, 20), "{codes:?}");
        world.close().await;
    }
}

#[tokio::test]
async fn a_session_that_is_ended_lets_nobody_in_from_that_moment() {
    for world in World::each().await {
        let phone = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let laptop = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let ctx = world.ctx(&phone).await.expect("known");
        assert_eq!(list(&ctx, &Listing::default()).await.expect("sessions").items.len(), 2);
        end(&ctx, Which::Current).await.expect("ended");
        assert!(is_unknown(world.ctx(&phone).await));
        assert!(world.ctx(&laptop).await.is_ok());
        let refresh = sessions::RefreshSession {
            refresh_token: phone.refresh_token.parse().expect("a token"),
        };
        assert!(is_unknown(sessions::refresh(&world.auth, refresh).await));
        let third = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        assert_eq!(end_all(&world.ctx(&third).await.expect("known")).await.expect("ended"), 2);
        assert!(is_unknown(world.ctx(&laptop).await) && is_unknown(world.ctx(&third).await));
        world.close().await;
    }
}

#[tokio::test]
async fn only_administrators_see_and_end_the_sessions_of_others() {
    for world in World::each().await {
        let admin = world.admin().await;
        let (_, bob) = world.user(&admin, "bob@demo.example", BuiltIn::Manager).await;
        let bobs = world.ctx(&bob).await.expect("known");
        let admins = admin.actor().session.expect("a session");
        assert_eq!(list(&bobs, &Listing::default()).await.expect("sessions").items.len(), 1);
        assert_eq!(code(get(&bobs, Which::Id(admins)).await), "not_found");
        assert_eq!(code(end(&bobs, Which::Id(admins)).await), "not_found");
        assert_eq!(list(&admin, &Listing::default()).await.expect("sessions").items.len(), 2);
        end(&admin, Which::Id(bob.session.id)).await.expect("ended");
        assert!(is_unknown(world.ctx(&bob).await));
        world.close().await;
    }
}

#[tokio::test]
async fn another_workspace_is_another_world() {
    for world in World::each().await {
        let (_, other) = make_workspace(world.auth.database(), "other").await.expect("a workspace");
        let ctx = world.admin().await;
        assert_eq!(code(crate::records::get(&ctx, other.id).await), "not_found");
        let new = new_session("other", "ada@demo.example", PASSWORD);
        let tokens = sessions::create(&world.auth, new).await.expect("signed in");
        assert_eq!(tokens.session.user_id, other.id);
        assert_eq!(code(get(&ctx, Which::Id(tokens.session.id)).await), "not_found");
        assert_eq!(code(make_workspace(world.auth.database(), "other").await), "duplicate");
        world.close().await;
    }
}

#[tokio::test]
async fn the_log_tells_who_signed_in_and_no_secrets() {
    for world in World::each().await {
        let admin = world.admin().await;
        let (bob, tokens) = world.user(&admin, "bob@demo.example", BuiltIn::Rep).await;
        let change = me::ChangePassword {
            current_password: password(PASSWORD),
            new_password: new_password("another horse entirely"),
        };
        let ctx = world.ctx(&tokens).await.expect("known");
        me::change_password(&world.auth, &ctx, change).await.expect("changed");
        let events = world.events(&admin).await;
        let told =
            |name: &str| events.iter().any(|e| e.name == name && e.actor_id == Some(bob.id.uuid()));
        assert!(told("session.created") && told("user.updated") && told("user.password_changed"));
        for event in &events {
            let text = format!("{} {}", event.name, event.data).to_lowercase();
            for secret in ["argon2", "hash", "rap_", "horse", "eyj", "token"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        world.close().await;
    }
}
