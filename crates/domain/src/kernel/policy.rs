//! Who may do what to which rows. Policy is data: a table for each built-in role, and a row of grants for each
//! custom one. `permissions.txt` is this table printed; a change of leave is a diff in a review.

use std::{collections::HashMap, ops::Deref, sync::Arc};

pub use rapport_entity::RESOURCES;
use rapport_entity::{
    Currency, MonthOfYear, TimeZone,
    identity::{
        api_key,
        role::{BuiltIn, Grants, Permission, Scope, Verb},
        session, team, user, workspace,
    },
    log::event::ActorKind,
};
use sea_orm::{
    Condition,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{
    catalogue::{Catalogue, Field, OwnedBy},
    custom::CustomFields,
};

/// Everything that can be done to a record, in the order of a row of the table.
pub const VERBS: [Verb; 4] = [Verb::Read, Verb::Create, Verb::Update, Verb::Delete];

/// What a role gives leave for. What is not in it is not allowed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Permissions(HashMap<(&'static str, Verb), Scope>);

impl Permissions {
    /// To which records of a resource something may be done.
    pub fn scope(&self, resource: &str, verb: Verb) -> Scope {
        let name = RESOURCES.iter().find(|name| **name == resource);
        name.and_then(|name| self.0.get(&(*name, verb))).copied().unwrap_or(Scope::None)
    }

    /// What a role of this row gives leave for. Built-in roles follow the program, not the row.
    pub fn of(built_in: Option<BuiltIn>, grants: &Grants) -> Self {
        match built_in {
            Some(role) => Self::built_in(role),
            None => Self::custom(grants),
        }
    }

    /// What a built-in role gives leave for.
    pub fn built_in(role: BuiltIn) -> Self {
        let cells = RESOURCES.into_iter().flat_map(|resource| {
            let row = built_in_row(role, resource);
            VERBS.into_iter().zip(row).map(move |(verb, scope)| ((resource, verb), scope))
        });
        Self(cells.collect())
    }

    /// Every cell of the table, those that allow nothing too, always in the same order.
    pub fn table(&self) -> Vec<Permission> {
        let cell = |resource: &'static str, verb| Permission {
            resource: resource.to_owned(),
            verb,
            scope: self.scope(resource, verb),
        };
        RESOURCES.iter().flat_map(|name| VERBS.map(|verb| cell(name, verb))).collect()
    }

    /// Whether these give no more than others do.
    pub fn within(&self, others: &Self) -> bool {
        self.0.iter().all(|((resource, verb), scope)| *scope <= others.scope(resource, *verb))
    }

    /// These, as far as they are of some resources and verbs.
    pub fn only(mut self, which: impl Fn(&str, Verb) -> bool) -> Self {
        self.0.retain(|(resource, verb), _| which(resource, *verb));
        self
    }

    /// These, as far as others give them too.
    pub fn at_most(mut self, others: &Self) -> Self {
        for ((resource, verb), scope) in &mut self.0 {
            *scope = (*scope).min(others.scope(resource, *verb));
        }
        self
    }

    fn custom(grants: &Grants) -> Self {
        let cells = grants.0.iter().filter_map(|grant| {
            let name = RESOURCES.into_iter().find(|name| **name == grant.resource)?;
            // What somebody is told is for them alone, whatever a role says.
            let most = if name == "notification" { Scope::Own } else { Scope::All };
            Some(((name, grant.verb), grant.scope.min(most)))
        });
        Self(cells.collect()).with_oneself()
    }

    /// Everybody may see and end their own sessions, see and mark what they are told, and see who else works here.
    fn with_oneself(mut self) -> Self {
        for (cell, scope) in [
            (("session", Verb::Read), Scope::Own),
            (("session", Verb::Delete), Scope::Own),
            (("notification", Verb::Read), Scope::Own),
            (("notification", Verb::Update), Scope::Own),
            (("user", Verb::Read), Scope::All),
            (("team", Verb::Read), Scope::All),
            (("role", Verb::Read), Scope::All),
            (("workspace", Verb::Read), Scope::All),
            (("custom_field", Verb::Read), Scope::All),
        ] {
            let held = self.0.entry(cell).or_insert(scope);
            *held = (*held).max(scope);
        }
        self
    }
}

/// Read, create, update, delete.
type Row = [Scope; 4];

const NOTHING: Row = [Scope::None; 4];
const READS: Row = [Scope::All, Scope::None, Scope::None, Scope::None];
const EVERYTHING: Row = [Scope::All; 4];
const ITS_TEAMS: Row = [Scope::All, Scope::All, Scope::Team, Scope::Team];
const THEIR_OWN: Row = [Scope::All, Scope::Own, Scope::Own, Scope::Own];
/// Everybody gives tasks to everybody.
const ASSIGNS: Row = [Scope::All, Scope::All, Scope::Own, Scope::Own];
/// What is for oneself alone.
const PERSONAL: Row = [Scope::Own, Scope::None, Scope::Own, Scope::None];
const KEEPS: Row = [Scope::All, Scope::All, Scope::All, Scope::None];
const KEEPS_FOR_ITS_TEAMS: Row = [Scope::All, Scope::All, Scope::Team, Scope::None];
const KEEPS_THEIR_OWN: Row = [Scope::All, Scope::Own, Scope::Own, Scope::None];
/// Who asks takes back what they asked for; who is asked decides, whoever asked.
const DECIDES: Row = [Scope::All, Scope::None, Scope::Own, Scope::None];
/// Whoever opens something need not have it.
const OPENS: Row = [Scope::All, Scope::All, Scope::Own, Scope::None];
/// What is written stays as it is.
const WRITES: Row = [Scope::All, Scope::All, Scope::None, Scope::None];
const MAKES: Row = [Scope::None, Scope::All, Scope::None, Scope::None];
const MAKES_FOR_ITS_TEAMS: Row = [Scope::None, Scope::Team, Scope::None, Scope::None];
const SEES_THEIR_OWN: Row = [Scope::Own, Scope::None, Scope::None, Scope::None];
/// An adjustment is not changed: another one takes its place.
const ADJUSTS_ITS_TEAMS: Row = [Scope::Team, Scope::Team, Scope::None, Scope::Team];
const ADJUSTS_THEIR_OWN: Row = [Scope::Own, Scope::Own, Scope::None, Scope::Own];
const OWN_JOBS: Row = [Scope::Own; 4];
const OWN_SESSIONS: Row = [Scope::Own, Scope::None, Scope::None, Scope::Own];

fn built_in_row(role: BuiltIn, resource: &str) -> Row {
    use BuiltIn::{Admin, Agent, Integration, Manager, Marketer, Rep, Viewer};
    match (role, resource) {
        (_, "notification") => PERSONAL,
        (Admin, "workspace") => [Scope::All, Scope::None, Scope::All, Scope::None],
        (Admin, "session") => [Scope::All, Scope::None, Scope::None, Scope::All],
        (Admin | Integration, "play_run") => READS,
        (Admin, "event" | "audit" | "webhook_delivery") => READS,
        (Admin | Integration, "backward_move") => MAKES,
        (Manager, "backward_move") => MAKES_FOR_ITS_TEAMS,
        (_, "backward_move") => NOTHING,
        // Whoever claims something, claims it for themselves.
        (Admin | Manager | Rep | Agent | Integration, "claim") => MAKES,
        (_, "claim") => NOTHING,
        // What was lost stays lost: it is made good, not deleted.
        (Admin | Integration, "loss" | "winback") => KEEPS,
        (Manager, "loss" | "winback") => KEEPS_FOR_ITS_TEAMS,
        (Rep, "loss" | "winback") => KEEPS_THEIR_OWN,
        // What was delivered and paid stays: it comes back, is paid back, or is cancelled.
        (Admin | Integration, "delivery" | "payment") => KEEPS,
        (Manager, "delivery" | "payment") => KEEPS_FOR_ITS_TEAMS,
        (Rep, "delivery") => KEEPS_THEIR_OWN,
        (Agent, "delivery") => KEEPS,
        (Rep | Agent | Marketer, "delivery" | "payment") => READS,
        // What was promised stays: it ends, or is called off.
        (Admin | Integration, "entitlement") => KEEPS,
        (Manager, "entitlement") => KEEPS_FOR_ITS_TEAMS,
        (Manager, "site" | "asset" | "agreement") => ITS_TEAMS,
        (Manager, "service_plan") => EVERYTHING,
        (Rep, "site" | "asset" | "agreement" | "entitlement") => KEEPS_THEIR_OWN,
        (Agent, "site" | "asset" | "agreement" | "entitlement") => KEEPS,
        (Marketer, "site" | "asset" | "agreement" | "entitlement" | "service_plan") => READS,
        // What was written to and by customers stays.
        (Admin | Integration | Manager | Rep | Agent, "request_message") => WRITES,
        (Manager, "service_request" | "complaint" | "promise") => ITS_TEAMS,
        (Manager, "complaint_cause" | "survey") => EVERYTHING,
        (Manager, "survey_response") => ITS_TEAMS,
        (
            Manager,
            "queue"
            | "service_status"
            | "service_agent"
            | "service_routing_rule"
            | "service_escalation_rule",
        ) => EVERYTHING,
        // A file stays as it is, or goes.
        (Admin | Integration | Agent, "attachment") => {
            [Scope::All, Scope::All, Scope::None, Scope::All]
        }
        (Manager, "attachment") => [Scope::All, Scope::All, Scope::None, Scope::Team],
        (Rep, "attachment") => [Scope::All, Scope::All, Scope::None, Scope::Own],
        (Marketer, "attachment") => READS,
        (Manager, "canned_answer" | "mailbox") => EVERYTHING,
        (Rep | Agent, "canned_answer") => THEIR_OWN,
        (Marketer, "canned_answer" | "mailbox") => READS,
        (Rep, "service_request") => OPENS,
        // Whoever has the customer promises them something, whoever has the request.
        (Rep, "complaint" | "promise") => OPENS,
        (Agent, "complaint" | "promise" | "survey_response") => KEEPS,
        (Marketer, "complaint" | "promise" | "complaint_cause") => READS,
        (Marketer, "survey" | "survey_response") => KEEPS,
        (Agent, "service_request") => KEEPS,
        (Marketer, "service_request" | "request_message" | "queue" | "service_status") => READS,
        (Marketer, "service_agent" | "service_routing_rule" | "service_escalation_rule") => READS,
        // Approvals stay, whatever comes of them.
        (Admin | Integration, "approval") => KEEPS,
        (Manager, "approval") => KEEPS_FOR_ITS_TEAMS,
        (Rep, "approval") => KEEPS_THEIR_OWN,
        (Agent | Marketer, "approval") => DECIDES,
        (Admin, _) => EVERYTHING,
        (_, "session") => OWN_SESSIONS,
        (_, "api_key") => NOTHING,
        (_, "workspace" | "user" | "team" | "role" | "custom_field") => READS,
        (Manager, "audit") => [Scope::Team, Scope::None, Scope::None, Scope::None],
        (_, "audit") => NOTHING,
        (Integration, "event" | "webhook_delivery") => READS,
        (Integration, _) => EVERYTHING,
        // Their addresses may hold secrets of other systems.
        (_, "webhook_endpoint" | "webhook_delivery") => NOTHING,
        (_, "event") => READS,
        (Manager | Agent | Marketer, "import") => OWN_JOBS,
        (Manager | Marketer, "export") => OWN_JOBS,
        (Manager, "ownership_transfer") => OWN_JOBS,
        (Manager | Agent | Marketer, "mapping") => EVERYTHING,
        // What is imported or exported may be more than whoever looks at it may read.
        (_, "import" | "export" | "ownership_transfer") => NOTHING,
        // What is expected of somebody is between them and whoever they work for.
        (Manager, "target") => [Scope::Team; 4],
        (Rep | Agent | Marketer, "target") => SEES_THEIR_OWN,
        (Manager, "forecast_adjustment") => ADJUSTS_ITS_TEAMS,
        (Rep, "forecast_adjustment") => ADJUSTS_THEIR_OWN,
        (Agent | Marketer, "forecast_adjustment") => NOTHING,
        (Manager, "product_cost" | "price_book" | "price_book_entry") => EVERYTHING,
        // Whoever knows what things cost knows the margin.
        (_, "product_cost") => NOTHING,
        (Viewer, _) => READS,
        (Manager, "customer" | "contact" | "consent" | "contact_point") => ITS_TEAMS,
        (Manager, "interaction" | "task" | "order" | "lead" | "opportunity" | "quote") => ITS_TEAMS,
        (Rep | Agent | Marketer, "task") => ASSIGNS,
        (Manager, "segment" | "score" | "product" | "pool") => EVERYTHING,
        (Manager, "pipeline" | "pipeline_stage" | "close_reason" | "exchange_rate") => EVERYTHING,
        (Manager | Marketer, "lead_scoring_rule" | "lead_assignment_rule" | "lead_form") => {
            EVERYTHING
        }
        (Marketer, "lead") => KEEPS,
        (Manager, "lifecycle_stage" | "loss_reason" | "winback_programme" | "play") => EVERYTHING,
        (Manager | Marketer, "play_run") => READS,
        (Rep, "customer" | "contact" | "consent" | "contact_point") => THEIR_OWN,
        (Rep, "interaction" | "order" | "lead" | "opportunity" | "quote") => THEIR_OWN,
        (Rep, _) => READS,
        (Agent, "customer" | "contact" | "consent" | "contact_point" | "loss" | "winback") => KEEPS,
        (Agent, "interaction") => THEIR_OWN,
        (Agent, _) => READS,
        (Marketer, "segment" | "score" | "winback_programme" | "play") => EVERYTHING,
        (Marketer, "customer" | "contact" | "consent" | "contact_point" | "winback") => KEEPS,
        (Marketer, "interaction") => THEIR_OWN,
        (Marketer, "product" | "order" | "lifecycle_stage" | "loss_reason" | "loss") => READS,
        (Marketer, "opportunity" | "quote" | "pipeline" | "pipeline_stage" | "pool") => READS,
        (Manager, "business_calendar" | "service_policy") => EVERYTHING,
        (Marketer, "business_calendar" | "service_policy") => READS,
        (Manager | Marketer, "approval_rule") => READS,
        (Marketer, "close_reason" | "exchange_rate") => READS,
        (Marketer, "price_book" | "price_book_entry") => READS,
        _ => NOTHING,
    }
}

/// Who is asking: cheap to copy.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor(Arc<ActorData>);

/// What is known of who is asking.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorData {
    /// The workspace they work in, and the only one they reach.
    pub workspace: workspace::Id,
    /// What kind of actor it is.
    pub kind: ActorKind,
    /// The user, where it is one; of an API key the one it acts for.
    pub user: Option<user::Id>,
    /// The session they came through.
    pub session: Option<session::Id>,
    /// The API key, where it is one.
    pub key: Option<api_key::Id>,
    /// The user's team and all below it.
    pub teams: Vec<team::Id>,
    /// What they may do.
    pub permissions: Permissions,
    /// Whether nobody waits for it, so that it may take its time.
    pub at_leisure: bool,
    /// The workspace's time zone, in which days begin.
    pub time_zone: TimeZone,
    /// The currency of amounts that do not name one.
    pub currency: Currency,
    /// The month that the workspace's fiscal years begin with.
    pub fiscal_year_start: MonthOfYear,
    /// The fields that the workspace has defined, as far as they see them.
    pub custom: Arc<CustomFields>,
}

impl Deref for Actor {
    type Target = ActorData;

    fn deref(&self) -> &ActorData {
        &self.0
    }
}

impl From<ActorData> for Actor {
    fn from(data: ActorData) -> Self {
        Self(Arc::new(data))
    }
}

impl Actor {
    /// Rapport itself at work in a workspace.
    pub fn system(workspace: &workspace::Model, kind: ActorKind) -> Self {
        Self::from(ActorData {
            workspace: workspace.id,
            kind,
            user: None,
            session: None,
            key: None,
            teams: Vec::new(),
            permissions: Permissions::built_in(BuiltIn::Admin),
            at_leisure: true,
            time_zone: workspace.time_zone.clone(),
            currency: workspace.currency.clone(),
            fiscal_year_start: workspace.fiscal_year_start,
            custom: Arc::default(),
        })
    }

    /// The same, who knows the fields that the workspace has defined.
    #[must_use]
    pub fn with_custom(self, custom: CustomFields) -> Self {
        let Self(data) = self;
        let data = Arc::unwrap_or_clone(data);
        Self::from(ActorData { custom: Arc::new(custom), ..data })
    }

    /// A field of a resource, one of the workspace's own among them.
    pub fn field<'f>(&'f self, of: &'f Catalogue, name: &str) -> Option<&'f Field> {
        of.field(name).or_else(|| self.custom.field(of.name, name))
    }

    /// Who it is, as far as it is somebody: the key, or the user.
    pub fn caller(&self) -> Option<Uuid> {
        self.key.map(Uuid::from).or(self.user.map(Uuid::from))
    }

    /// Which rows of a resource the actor may do this to; `None` where there can be none.
    /// The workspace's condition is always part of it.
    pub fn rows(&self, of: &Catalogue, table: &Alias, verb: Verb) -> Option<Condition> {
        self.rows_within(of, table, self.permissions.scope(of.read_as, verb))
    }

    /// Which rows of a resource are within a scope; `None` where there can be none.
    pub(super) fn rows_within(
        &self,
        of: &Catalogue,
        table: &Alias,
        scope: Scope,
    ) -> Option<Condition> {
        let column = |name: &str| Expr::col((table.clone(), Alias::new(name)));
        let all = Condition::all().add(column(of.workspace).eq(self.workspace));
        match scope {
            Scope::None => None,
            Scope::All => Some(all),
            scope => Some(all.add(self.owned(of, table, scope)?)),
        }
    }

    fn owned(&self, of: &Catalogue, table: &Alias, scope: Scope) -> Option<Condition> {
        let column = |name: &str| Expr::col((table.clone(), Alias::new(name)));
        match of.owned_by {
            OwnedBy::Nobody => None,
            OwnedBy::User(owner) => self.is_ours(column(owner), scope),
            OwnedBy::UserOrTeam(user, team) => {
                let ours = self.is_ours(column(user), scope)?;
                if scope == Scope::Own || self.teams.is_empty() {
                    return Some(ours);
                }
                Some(ours.add(column(team).is_in(self.teams.iter().copied())))
            }
            OwnedBy::CustomersOwner(id) => self.owned_through("customer", column(id), scope),
            OwnedBy::RequestsOwner(id) => self.owned_through("service_request", column(id), scope),
        }
    }

    /// Whether the record of a table that a column names is ours.
    fn owned_through(&self, table: &str, id: Expr, scope: Scope) -> Option<Condition> {
        let of = |name: &str| Expr::col((Alias::new("owned"), Alias::new(name)));
        let owned = Query::select()
            .column((Alias::new("owned"), Alias::new("id")))
            .from_as(Alias::new(table), Alias::new("owned"))
            .and_where(of("workspace_id").eq(self.workspace))
            .cond_where(self.is_ours(of("owner_id"), scope)?)
            .to_owned();
        Some(Condition::all().add(id.in_subquery(owned)))
    }

    /// Whether a column that names a user names this one, or one of the team.
    fn is_ours(&self, owner: Expr, scope: Scope) -> Option<Condition> {
        let user = self.user?;
        let own = Condition::any().add(owner.clone().eq(user));
        if scope == Scope::Own || self.teams.is_empty() {
            return Some(own);
        }
        let mates = Query::select()
            .column(Alias::new("id"))
            .from(Alias::new("user"))
            .and_where(Expr::col(Alias::new("workspace_id")).eq(self.workspace))
            .and_where(Expr::col(Alias::new("team_id")).is_in(self.teams.iter().copied()))
            .to_owned();
        Some(own.add(owner.in_subquery(mates)))
    }
}
