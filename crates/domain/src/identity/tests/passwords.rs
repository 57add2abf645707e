use rapport_entity::identity::role::BuiltIn;

use super::*;
use crate::identity::{
    me::{ChangePassword, change_password},
    throttle::TRIES,
};

fn change(from: &str, to: &str) -> ChangePassword {
    ChangePassword { current_password: password(from), new_password: new_password(to) }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    for world in World::each().await {
        let old = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let here = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let ctx = world.ctx(&here).await.expect("known");
        assert!(world.ctx(&old).await.is_ok());
        change_password(&world.auth, &ctx, change(PASSWORD, "another horse entirely"))
            .await
            .expect("changed");
        assert!(is_unknown(world.ctx(&old).await));
        assert!(world.ctx(&here).await.is_ok());
        assert_eq!(code(world.sign_in("ada@demo.example", PASSWORD).await), "wrong_credentials");
        assert!(world.sign_in("ada@demo.example", "another horse entirely").await.is_ok());
        world.close().await;
    }
}

#[tokio::test]
async fn guessing_ones_own_password_is_throttled_together_with_signing_in() {
    for world in World::each().await {
        let ctx = world.admin().await;
        for _ in 0..TRIES - 1 {
            let tried =
                change_password(&world.auth, &ctx, change("a guess", "another horse entirely"));
            let refused = tried.await.expect_err("refused");
            assert_eq!(refused.faults()[0].pointer, "/currentPassword");
        }
        assert_eq!(code(world.sign_in("ada@demo.example", "a guess").await), "wrong_credentials");
        let right = change(PASSWORD, "another horse entirely");
        assert_eq!(code(change_password(&world.auth, &ctx, right).await), "throttled");
        world.close().await;
    }
}

#[tokio::test]
async fn passwords_that_are_easily_guessed_are_refused_wherever_one_is_set() {
    for world in World::each().await {
        let admin = world.admin().await;
        let tried = change_password(&world.auth, &admin, change(PASSWORD, "Password12345")).await;
        assert_eq!(tried.expect_err("refused").faults()[0].pointer, "/newPassword");
        let role = built_in(&admin, BuiltIn::Rep).await;
        let invited =
            invitations::create(&admin, invite("bob.builder@demo.example", role.id, None));
        let invited = invited.await.expect("invited");
        let easy = AcceptInvitation {
            password: new_password("Bob.Builder1!"),
            ..acceptance(&invited.token)
        };
        let tried = invitations::accept(&world.auth, easy).await;
        assert_eq!(tried.expect_err("refused").faults()[0].pointer, "/password");
        assert!(invitations::accept(&world.auth, acceptance(&invited.token)).await.is_ok());
        world.close().await;
    }
}
