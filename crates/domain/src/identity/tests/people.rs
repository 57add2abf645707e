use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_entity::identity::{
    role::{BuiltIn, Scope, Verb},
    user::Status,
};

use super::*;
use crate::identity::users::{self, NewStatus, UserPatch, delete, restore, update};
use crate::kernel::{Expected, Patch};

fn to(status: NewStatus) -> UserPatch {
    UserPatch { status: Some(status), ..Default::default() }
}

fn with_role(role: &Role) -> UserPatch {
    UserPatch { role_id: Some(role.id), ..Default::default() }
}

#[tokio::test]
async fn an_invitation_is_good_once_and_for_seven_days() {
    for world in World::each().await {
        let admin = world.admin().await;
        let role = built_in(&admin, BuiltIn::Rep).await;
        let invited = invitations::create(&admin, invite("bob@demo.example", role.id, None)).await;
        let invited = invited.expect("invited");
        assert_eq!(invited.user.status, Status::Invited);
        let tokens = invitations::accept(&world.auth, acceptance(&invited.token)).await;
        assert!(world.ctx(&tokens.expect("accepted")).await.is_ok());
        assert!(world.sign_in("bob@demo.example", PASSWORD).await.is_ok());
        assert_eq!(
            code(invitations::accept(&world.auth, acceptance(&invited.token)).await),
            "conflict"
        );
        assert_eq!(code(invitations::renew(&admin, invited.user.id).await), "refused");

        let late = invitations::create(&admin, invite("carl@demo.example", role.id, None)).await;
        let late = late.expect("invited");
        world.clock.advance(TimeDelta::days(7));
        assert_eq!(
            code(invitations::accept(&world.auth, acceptance(&late.token)).await),
            "conflict"
        );
        let again = invitations::renew(&admin, late.user.id).await.expect("invited again");
        assert_eq!(
            code(invitations::accept(&world.auth, acceptance(&late.token)).await),
            "conflict"
        );
        assert!(invitations::accept(&world.auth, acceptance(&again.token)).await.is_ok());
        world.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_accept_at_once_one_does() {
    for world in World::each().await {
        let admin = world.admin().await;
        let role = built_in(&admin, BuiltIn::Rep).await;
        let invited = invitations::create(&admin, invite("bob@demo.example", role.id, None)).await;
        let token = invited.expect("invited").token;
        let tries =
            join_all((0..5).map(|_| invitations::accept(&world.auth, acceptance(&token)))).await;
        assert_eq!(tries.iter().filter(|tried| tried.is_ok()).count(), 1, "{tries:?}");
        world.close().await;
    }
}

#[tokio::test]
async fn somebody_stays_who_may_do_everything() {
    for world in World::each().await {
        let admin = world.admin().await;
        let rep = built_in(&admin, BuiltIn::Rep).await;
        let ada = world.admin.id;
        // An administrator who cannot sign in (yet) is none.
        let role = built_in(&admin, BuiltIn::Admin).await;
        let bob = invitations::create(&admin, invite("bob@demo.example", role.id, None)).await;
        let bob = bob.expect("invited");
        for patch in [to(NewStatus::Inactive), with_role(&rep)] {
            assert_eq!(code(update(&admin, ada, Expected::Any, patch).await), "refused");
        }
        assert_eq!(code(delete(&admin, ada, Expected::Any).await), "refused");
        assert!(world.admin().await.can::<user::Entity, crate::Update>().is_ok());

        invitations::accept(&world.auth, acceptance(&bob.token)).await.expect("accepted");
        delete(&admin, ada, Expected::Any).await.expect("deleted");
        assert_eq!(code(world.sign_in("ada@demo.example", PASSWORD).await), "wrong_credentials");
        world.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_cannot_shut_each_other_out_at_once() {
    for world in World::each().await {
        let ada = world.admin().await;
        let (bob, tokens) = world.user(&ada, "bob@demo.example", BuiltIn::Admin).await;
        let bobs = world.ctx(&tokens).await.expect("known");
        let (one, two) = tokio::join!(
            update(&ada, bob.id, Expected::Any, to(NewStatus::Inactive)),
            update(&bobs, world.admin.id, Expected::Any, to(NewStatus::Inactive)),
        );
        let mut codes = [code(one), code(two)];
        codes.sort_unstable();
        assert_eq!(codes, ["ok", "refused"]);
        world.close().await;
    }
}

#[tokio::test]
async fn a_change_of_role_counts_from_the_next_request_on() {
    for world in World::each().await {
        let admin = world.admin().await;
        let (bob, tokens) = world.user(&admin, "bob@demo.example", BuiltIn::Rep).await;
        assert_eq!(
            code(world.ctx(&tokens).await.expect("known").can::<user::Entity, crate::Update>()),
            "forbidden"
        );
        let manager = built_in(&admin, BuiltIn::Admin).await;
        update(&admin, bob.id, Expected::Any, with_role(&manager)).await.expect("promoted");
        assert!(
            world.ctx(&tokens).await.expect("known").can::<user::Entity, crate::Update>().is_ok()
        );
        world.close().await;
    }
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    for world in World::each().await {
        let admin = world.admin().await;
        let cells = [
            ("user", Verb::Create, Scope::All),
            ("user", Verb::Update, Scope::All),
            ("role", Verb::Create, Scope::All),
            ("role", Verb::Update, Scope::All),
            ("customer", Verb::Read, Scope::Own),
        ];
        let staff = custom_role(&admin, "Staff", &cells).await.expect("a role");
        let (bob, tokens) = world.user_with(&admin, "bob@demo.example", staff.id, None).await;
        let bobs = world.ctx(&tokens).await.expect("known");
        let root = built_in(&bobs, BuiltIn::Admin).await;
        let viewer = built_in(&bobs, BuiltIn::Viewer).await;

        assert_eq!(code(update(&bobs, bob.id, Expected::Any, with_role(&root)).await), "forbidden");
        assert_eq!(
            code(update(&bobs, bob.id, Expected::Any, with_role(&viewer)).await),
            "forbidden"
        );
        let more = invite("eve@demo.example", root.id, None);
        assert_eq!(code(invitations::create(&bobs, more).await), "forbidden");
        let wider = [("customer", Verb::Read, Scope::Team)];
        assert_eq!(code(custom_role(&bobs, "Wider", &wider).await), "forbidden");
        let patch = roles::RolePatch { permissions: Some(table(&wider)), ..Default::default() };
        assert_eq!(code(roles::update(&bobs, staff.id, Expected::Any, patch).await), "forbidden");
        let waiting = invitations::create(&admin, invite("fay@demo.example", root.id, None)).await;
        let waiting = waiting.expect("invited").user.id;
        assert_eq!(code(invitations::renew(&bobs, waiting).await), "forbidden");

        let less = [("customer", Verb::Read, Scope::Own)];
        let less = custom_role(&bobs, "Less", &less).await.expect("a role");
        assert!(
            invitations::create(&bobs, invite("gil@demo.example", less.id, None)).await.is_ok()
        );
        world.close().await;
    }
}

#[tokio::test]
async fn who_may_change_themselves_may_not_change_what_they_may_do() {
    for world in World::each().await {
        let admin = world.admin().await;
        let cells = [("user", Verb::Update, Scope::Own), ("customer", Verb::Read, Scope::Team)];
        let own = custom_role(&admin, "Self-service", &cells).await.expect("a role");
        let team = new_team(&admin, "Sales", None).await.expect("a team");
        let (bob, tokens) = world.user_with(&admin, "bob@demo.example", own.id, None).await;
        let bobs = world.ctx(&tokens).await.expect("known");
        let renamed = UserPatch { name: Some(name("Robert")), ..Default::default() };
        assert!(update(&bobs, bob.id, Expected::Any, renamed.clone()).await.is_ok());
        assert_eq!(code(update(&bobs, world.admin.id, Expected::Any, renamed).await), "not_found");
        let moved = UserPatch { team_id: Patch::Set(team.id), ..Default::default() };
        for patch in [moved, with_role(&own), to(NewStatus::Inactive)] {
            assert_eq!(code(update(&bobs, bob.id, Expected::Any, patch).await), "forbidden");
        }
        world.close().await;
    }
}

#[tokio::test]
async fn a_user_who_comes_back_finds_their_role_and_team_or_does_not_come_back() {
    for world in World::each().await {
        let admin = world.admin().await;
        let team = new_team(&admin, "Sales", None).await.expect("a team");
        let role = custom_role(&admin, "Odd", &[]).await.expect("a role");
        let (bob, _) = world.user_with(&admin, "bob@demo.example", role.id, Some(team.id)).await;
        delete(&admin, bob.id, Expected::Any).await.expect("deleted");
        teams::delete(&admin, team.id, Expected::Any).await.expect("deleted");
        roles::delete(&admin, role.id, Expected::Any).await.expect("deleted");
        let refused = restore(&admin, bob.id).await.expect_err("refused");
        let pointers: Vec<_> =
            refused.faults().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/roleId", "/teamId"]);
        roles::restore(&admin, role.id).await.expect("restored");
        teams::restore(&admin, team.id).await.expect("restored");
        assert!(restore(&admin, bob.id).await.is_ok());
        assert!(world.sign_in("bob@demo.example", PASSWORD).await.is_ok());
        world.close().await;
    }
}

#[tokio::test]
async fn who_never_accepted_is_invited_again_when_activated() {
    for world in World::each().await {
        let admin = world.admin().await;
        let role = built_in(&admin, BuiltIn::Rep).await;
        let invited = invitations::create(&admin, invite("bob@demo.example", role.id, None)).await;
        let bob = invited.expect("invited");
        users::update(&admin, bob.user.id, Expected::Any, to(NewStatus::Inactive))
            .await
            .expect("off");
        assert_eq!(
            code(invitations::accept(&world.auth, acceptance(&bob.token)).await),
            "conflict"
        );
        let on = users::update(&admin, bob.user.id, Expected::Any, to(NewStatus::Active)).await;
        assert_eq!(on.expect("on").status, Status::Invited);
        let again = invitations::renew(&admin, bob.user.id).await.expect("invited again");
        assert!(invitations::accept(&world.auth, acceptance(&again.token)).await.is_ok());
        world.close().await;
    }
}
