use futures_util::future::join_all;
use rapport_entity::identity::role::{BuiltIn, Scope, Verb};

use super::*;
use crate::identity::{
    me,
    teams::{TeamPatch, update},
    workspaces::WorkspacePatch,
};
use crate::kernel::{Expected, Patch};

fn below(parent: team::Id) -> TeamPatch {
    TeamPatch { parent_id: Patch::Set(parent), ..Default::default() }
}

#[tokio::test]
async fn teams_are_a_tree_of_at_most_twenty_levels() {
    for world in World::each().await {
        let admin = world.admin().await;
        let mut line = vec![new_team(&admin, "Team 1", None).await.expect("a team").id];
        for n in 2..=20 {
            let team = new_team(&admin, &format!("Team {n}"), line.last().copied()).await;
            line.push(team.expect("a team").id);
        }
        assert_eq!(code(new_team(&admin, "Team 21", line.last().copied()).await), "conflict");
        assert_eq!(code(update(&admin, line[0], Expected::Any, below(line[19])).await), "conflict");
        assert_eq!(code(update(&admin, line[4], Expected::Any, below(line[4])).await), "conflict");
        assert_eq!(code(new_team(&admin, "Lost", Some(team::Id::new())).await), "conflict");
        assert_eq!(code(new_team(&admin, "Team 1", None).await), "duplicate");
        assert_eq!(code(teams::delete(&admin, line[18], Expected::Any).await), "refused");
        assert!(teams::delete(&admin, line[19], Expected::Any).await.is_ok());
        assert!(teams::delete(&admin, line[18], Expected::Any).await.is_ok());
        assert_eq!(code(teams::restore(&admin, line[19]).await), "conflict");
        assert!(teams::restore(&admin, line[18]).await.is_ok());
        world.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_moved_at_once_stay_a_tree() {
    for world in World::each().await {
        let admin = world.admin().await;
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(new_team(&admin, &format!("Team {n}"), None).await.expect("a team").id);
        }
        let moves = (0..4).map(|n| update(&admin, ids[n], Expected::Any, below(ids[(n + 1) % 4])));
        let moved = join_all(moves).await;
        let mut codes: Vec<_> = moved.into_iter().map(code).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["conflict", "ok", "ok", "ok"]);
        world.close().await;
    }
}

#[tokio::test]
async fn a_team_with_users_stays_and_its_reach_is_all_below_it() {
    for world in World::each().await {
        let admin = world.admin().await;
        let sales = new_team(&admin, "Sales", None).await.expect("a team").id;
        let north = new_team(&admin, "North", Some(sales)).await.expect("a team").id;
        let south = new_team(&admin, "South", Some(sales)).await.expect("a team").id;
        let role = built_in(&admin, BuiltIn::Manager).await.id;
        let (_, tokens) = world.user_with(&admin, "bob@demo.example", role, Some(sales)).await;
        let mut reach = world.ctx(&tokens).await.expect("known").actor().teams.clone();
        reach.sort_unstable();
        let mut all = vec![sales, north, south];
        all.sort_unstable();
        assert_eq!(reach, all);
        teams::delete(&admin, south, Expected::Any).await.expect("deleted");
        assert_eq!(world.ctx(&tokens).await.expect("known").actor().teams.len(), 2);
        teams::delete(&admin, north, Expected::Any).await.expect("deleted");
        assert_eq!(code(teams::delete(&admin, sales, Expected::Any).await), "refused");
        world.close().await;
    }
}

#[tokio::test]
async fn a_permission_table_is_checked_cell_by_cell() {
    for world in World::each().await {
        let admin = world.admin().await;
        let tried = custom_role(
            &admin,
            "Odd",
            &[
                ("spaceship", Verb::Read, Scope::All),
                ("team", Verb::Update, Scope::Own),
                ("order", Verb::Read, Scope::Own),
                ("order", Verb::Read, Scope::All),
            ],
        );
        let refused = tried.await.expect_err("refused");
        let pointers: Vec<_> =
            refused.faults().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/permissions/0/resource", "/permissions/1/scope", "/permissions/3"]);
        let made = custom_role(&admin, "Reader", &[("order", Verb::Read, Scope::Team)]).await;
        let made = made.expect("a role");
        let scope = |resource: &str, verb| {
            let cell = made.permissions.iter().find(|c| c.resource == resource && c.verb == verb);
            cell.map(|cell| cell.scope)
        };
        assert_eq!(scope("order", Verb::Read), Some(Scope::Team));
        assert_eq!(scope("order", Verb::Update), Some(Scope::None));
        assert_eq!(scope("session", Verb::Read), Some(Scope::Own), "everybody has that");
        let events = world.events(&admin).await;
        let told = events.iter().rfind(|event| event.name == "role.created").expect("told");
        let kept = serde_json::to_value(&made.permissions).expect("JSON");
        assert_eq!(told.data["after"]["permissions"], kept);
        world.close().await;
    }
}

#[tokio::test]
async fn built_in_roles_stay_and_so_do_roles_in_use() {
    for world in World::each().await {
        let admin = world.admin().await;
        let rep = built_in(&admin, BuiltIn::Rep).await.id;
        let renamed = roles::RolePatch { name: Some(name("Seller")), ..Default::default() };
        assert_eq!(code(roles::update(&admin, rep, Expected::Any, renamed).await), "refused");
        assert_eq!(code(roles::delete(&admin, rep, Expected::Any).await), "refused");
        let odd = custom_role(&admin, "Odd", &[]).await.expect("a role").id;
        let (_, tokens) = world.user_with(&admin, "bob@demo.example", odd, None).await;
        assert_eq!(code(roles::delete(&admin, odd, Expected::Any).await), "refused");
        let cells = [("customer", Verb::Read, Scope::All)];
        let patch = roles::RolePatch { permissions: Some(table(&cells)), ..Default::default() };
        roles::update(&admin, odd, Expected::Any, patch).await.expect("changed");
        let bobs = world.ctx(&tokens).await.expect("known");
        assert!(bobs.can::<rapport_entity::customers::customer::Entity, crate::Read>().is_ok());
        world.close().await;
    }
}

#[tokio::test]
async fn only_administrators_change_the_workspace() {
    for world in World::each().await {
        let admin = world.admin().await;
        let (_, tokens) = world.user(&admin, "bob@demo.example", BuiltIn::Manager).await;
        let bobs = world.ctx(&tokens).await.expect("known");
        let patch = WorkspacePatch { name: Some(name("Other")), ..Default::default() };
        assert_eq!(
            code(workspaces::update(&bobs, Expected::Any, patch.clone()).await),
            "forbidden"
        );
        workspaces::update(&admin, Expected::Version(1), patch.clone()).await.expect("changed");
        assert_eq!(code(workspaces::update(&admin, Expected::Version(1), patch).await), "stale");
        assert_eq!(me::get(&bobs).await.expect("me").workspace.name, name("Other"));
        world.close().await;
    }
}
