use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_entity::{
    Resource,
    identity::{role::Scope, role::Verb, team, user},
    sales::target,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::kernel::{Ctx, Result};

/// Whose figures are told. The order is that in which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    Workspace,
    Team(Uuid),
    User(Uuid),
}

/// Who is in which team, and which team is below which.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    /// The team of each user, those who are gone too: what they did stays their team's.
    users: HashMap<Uuid, Option<Uuid>>,
    /// The team above each team.
    teams: BTreeMap<Uuid, Option<Uuid>>,
    names: HashMap<Uuid, String>,
    below: HashMap<Whose, Vec<Whose>>,
}

impl Organization {
    pub async fn read(ctx: &Ctx) -> Result<Self> {
        let live = team::Entity::find().filter(team::Column::DeletedAt.is_null());
        let teams = ctx.rows::<team::Entity>().all(live).await?;
        let users = ctx.rows::<user::Entity>().all(user::Entity::find()).await?;
        let mut names: HashMap<Uuid, String> = HashMap::new();
        names.extend(teams.iter().map(|row| (row.id.uuid(), row.name.to_string())));
        names.extend(users.iter().map(|row| (row.id.uuid(), row.name.to_string())));
        let team = |id: Option<team::Id>| id.map(Uuid::from);
        let users = users.iter().map(|row| (row.id.uuid(), team(row.team_id))).collect();
        let teams = teams.iter().map(|row| (row.id.uuid(), team(row.parent_id))).collect();
        Ok(Self { names, ..Self::of(users, teams) })
    }

    /// Of the team of each user, and the team above each.
    pub fn of(users: HashMap<Uuid, Option<Uuid>>, teams: BTreeMap<Uuid, Option<Uuid>>) -> Self {
        let mut below: HashMap<Whose, Vec<Whose>> = HashMap::new();
        let above = |team: Option<Uuid>| {
            let team = team.filter(|id| teams.contains_key(id));
            team.map_or(Whose::Workspace, Whose::Team)
        };
        for (id, of) in &teams {
            below.entry(above(*of)).or_default().push(Whose::Team(*id));
        }
        for (id, of) in &users {
            below.entry(above(*of)).or_default().push(Whose::User(*id));
        }
        Self { users, teams, names: HashMap::new(), below }
    }

    pub fn name(&self, whose: Whose) -> Option<String> {
        match whose {
            Whose::Workspace => None,
            Whose::Team(id) | Whose::User(id) => self.names.get(&id).cloned(),
        }
    }

    /// A team and those above it, as far as they are there.
    fn line(&self, team: Option<Uuid>) -> Vec<Uuid> {
        let mut line = Vec::new();
        let mut next = team;
        while let Some(team) = next
            && self.teams.contains_key(&team)
            && !line.contains(&team)
        {
            line.push(team);
            next = self.teams.get(&team).copied().flatten();
        }
        line
    }

    /// In whose figures that counts which a user did: in their own, in those of their team and of all above it, and in the
    /// workspace's. What nobody has counts in the workspace's alone.
    pub fn counts_for(&self, user: Option<Uuid>) -> Vec<Whose> {
        let Some(user) = user else { return vec![Whose::Workspace] };
        let line = self.line(self.users.get(&user).copied().flatten());
        let above = line.into_iter().map(Whose::Team);
        above.chain([Whose::User(user), Whose::Workspace]).collect()
    }

    /// Who and what is right below: the teams, and the users who are in none of these.
    pub fn right_below(&self, whose: Whose) -> &[Whose] {
        self.below.get(&whose).map_or(&[], Vec::as_slice)
    }

    /// Everybody and everything that has figures: the workspace, the teams, the users.
    pub fn all(&self) -> impl Iterator<Item = Whose> {
        let teams = self.teams.keys().map(|id| Whose::Team(*id));
        let users = self.users.keys().map(|id| Whose::User(*id));
        std::iter::once(Whose::Workspace).chain(teams).chain(users)
    }

    /// Whether somebody or a team is in a team, or below it. A team is in itself.
    pub fn is_within(&self, whose: Whose, team: Uuid) -> bool {
        let from = match whose {
            Whose::Workspace => return false,
            Whose::Team(id) => Some(id),
            Whose::User(id) => self.users.get(&id).copied().flatten(),
        };
        self.line(from).contains(&team)
    }
}

/// Whose figures the actor may be told of: those whose targets they may see.
#[derive(Clone, Debug)]
pub struct Sight {
    scope: Scope,
    user: Option<Uuid>,
    teams: HashSet<Uuid>,
}

impl Sight {
    pub fn of(ctx: &Ctx) -> Self {
        let actor = ctx.actor();
        Self {
            scope: actor.permissions.scope(target::Entity::NAME, Verb::Read),
            user: actor.user.map(Uuid::from),
            teams: actor.teams.iter().map(|team| team.uuid()).collect(),
        }
    }

    /// The one user whose figures there are to be told, where there is but one.
    pub fn only(&self) -> Option<Uuid> {
        self.user.filter(|_| self.scope == Scope::Own)
    }

    pub fn has(&self, whose: Whose, of: &Organization) -> bool {
        let is_mine = matches!(whose, Whose::User(id) if self.user == Some(id));
        match self.scope {
            Scope::None => false,
            Scope::All => true,
            Scope::Own => is_mine,
            Scope::Team => is_mine || self.teams.iter().any(|team| of.is_within(whose, *team)),
        }
    }
}
