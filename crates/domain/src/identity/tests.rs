//! The use cases of identity on both databases.

mod forgeries;
mod passwords;
mod people;
mod refresh;
mod sign_in;
mod structure;

use chrono::{DateTime, Utc};
use rapport_entity::{
    Name,
    identity::{
        NewPassword, Password,
        role::{BuiltIn, Permission, Role, Scope, Verb},
        team, user, workspace,
    },
    log::event,
};
use sea_orm::EntityTrait;

use super::{
    Auth,
    auth::Settings,
    invitations::{self, AcceptInvitation, InviteUser},
    roles, sessions,
    sessions::{NewSession, Tokens},
    teams, workspaces,
    workspaces::NewWorkspace,
};
use crate::{
    kernel::{Clock, Ctx, Database, Error, Listing, Result},
    testing::{Store, stores_at},
};

const PASSWORD: &str = "a horse, a battery, a staple";

/// A workspace with one user, an administrator, and a clock that stands still.
struct World {
    auth: Auth,
    clock: Clock,
    workspace: workspace::Model,
    admin: user::Model,
    store: Store,
}

impl World {
    /// One on each kind of database.
    async fn each() -> Vec<Self> {
        let noon: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().expect("a time");
        let mut worlds = Vec::new();
        for store in stores_at(|| Clock::fixed(noon)).await {
            let database = store.database.clone();
            let (workspace, admin) = make_workspace(&database, "demo").await.expect("a workspace");
            let clock = database.clock().clone();
            let auth = Auth::new(database, Settings::default()).await.expect("keys");
            worlds.push(Self { auth, clock, workspace, admin, store });
        }
        worlds
    }

    async fn close(self) {
        self.store.close().await;
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<Tokens> {
        sessions::create(&self.auth, new_session("demo", email, password)).await
    }

    async fn admin(&self) -> Ctx {
        let tokens = self.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        self.auth.ctx(&tokens.access_token).await.expect("known")
    }

    /// A user who has accepted an invitation.
    async fn user(&self, by: &Ctx, email: &str, role: BuiltIn) -> (user::Model, Tokens) {
        let role = built_in(by, role).await;
        self.user_with(by, email, role.id, None).await
    }

    async fn user_with(
        &self,
        by: &Ctx,
        email: &str,
        role_id: rapport_entity::identity::role::Id,
        team_id: Option<team::Id>,
    ) -> (user::Model, Tokens) {
        let invited = invitations::create(by, invite(email, role_id, team_id)).await;
        let invited = invited.expect("invited");
        let accepted = invitations::accept(&self.auth, acceptance(&invited.token)).await;
        (invited.user, accepted.expect("accepted"))
    }

    async fn ctx(&self, tokens: &Tokens) -> Result<Ctx> {
        self.auth.ctx(&tokens.access_token).await
    }

    /// Everything the log tells, oldest first.
    async fn events(&self, ctx: &Ctx) -> Vec<event::Model> {
        ctx.tx(async |tx| Ok(event::Entity::find().all(tx.transaction()).await?))
            .await
            .expect("the events")
    }
}

async fn make_workspace(
    database: &Database,
    slug: &str,
) -> Result<(workspace::Model, user::Model)> {
    let new = NewWorkspace {
        slug: slug.parse().expect("a slug"),
        name: name("Demo"),
        time_zone: "Europe/Berlin".parse().expect("a time zone"),
        currency: "EUR".parse().expect("a currency"),
        admin_email: "ada@demo.example".parse().expect("an address"),
        admin_name: name("Ada"),
        admin_password: new_password(PASSWORD),
    };
    workspaces::create(database, new).await
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn password(text: &str) -> Password {
    text.parse().expect("a password")
}

fn new_password(text: &str) -> NewPassword {
    text.parse().expect("a long password")
}

fn new_session(slug: &str, email: &str, text: &str) -> NewSession {
    NewSession {
        workspace: slug.parse().expect("a slug"),
        email: email.parse().expect("a text"),
        password: password(text),
        client: None,
    }
}

fn invite(
    email: &str,
    role_id: rapport_entity::identity::role::Id,
    team_id: Option<team::Id>,
) -> InviteUser {
    InviteUser {
        id: None,
        email: email.parse().expect("an address"),
        name: name(email),
        role_id,
        team_id,
        time_zone: None,
    }
}

fn acceptance(token: &str) -> AcceptInvitation {
    AcceptInvitation {
        token: token.parse().expect("a token"),
        password: new_password(PASSWORD),
        client: None,
    }
}

async fn built_in(by: &Ctx, role: BuiltIn) -> Role {
    let all = roles::list(by, &Listing::default()).await.expect("the roles");
    all.items.into_iter().find(|found| found.built_in == Some(role)).expect("a built-in role")
}

async fn custom_role(by: &Ctx, called: &str, permissions: &[(&str, Verb, Scope)]) -> Result<Role> {
    let new = roles::NewRole { id: None, name: name(called), permissions: table(permissions) };
    roles::create(by, new).await
}

fn table(cells: &[(&str, Verb, Scope)]) -> Vec<Permission> {
    let cell = |(resource, verb, scope): &(&str, Verb, Scope)| Permission {
        resource: (*resource).to_owned(),
        verb: *verb,
        scope: *scope,
    };
    cells.iter().map(cell).collect()
}

async fn new_team(by: &Ctx, called: &str, parent: Option<team::Id>) -> Result<team::Model> {
    let new = teams::NewTeam { id: None, name: name(called), parent_id: parent, manager_id: None };
    teams::create(by, new).await
}

fn code<T>(result: Result<T>) -> &'static str {
    result.err().map_or("ok", |err| err.code())
}

fn is_unknown<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Unauthenticated))
}
