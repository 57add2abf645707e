//! Roles: seven built in, and those made of a permission table.

use std::{collections::HashSet, fmt::Write};

use async_graphql::InputObject;
use rapport_entity::{
    Name, Resource,
    identity::{
        role::{self, ActiveModel, BuiltIn, Entity, Grants, Model, Permission, Role, Scope, Verb},
        user,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QuerySelect,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{api_keys, workspaces};
use crate::{
    kernel::{
        Actor, Create, Ctx, Delete, Error, Expected, Faults, Listing, Page, Permissions, RESOURCES,
        Result, Tx, Update, VERBS,
    },
    records,
};

/// A role to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRole {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<role::Id>,
    /// What the role is called; no other role is called so.
    pub name: Name,
    /// What it gives leave for. What is not named is not allowed, but that everybody sees who else works here,
    /// and their own sessions.
    #[schema(max_items = 500)]
    pub permissions: Vec<Permission>,
}

/// What to change of a role: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolePatch {
    /// What the role is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What it gives leave for: all of it, not only what changes.
    #[schema(max_items = 500)]
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Permission>)]
    pub permissions: Option<Vec<Permission>>,
}

/// A page of the roles.
///
/// # Errors
/// [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, listing: &Listing) -> Result<Page<Role>> {
    Ok(records::list::<Entity>(ctx, listing).await?.map(view))
}

/// One role.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, id: role::Id) -> Result<Role> {
    records::get(ctx, id).await.map(view)
}

/// The roles with these ids, in any order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn many(ctx: &Ctx, ids: &[role::Id]) -> Result<Vec<Role>> {
    Ok(records::many(ctx, ids).await?.into_iter().map(view).collect())
}

/// A role with the permissions it gives by today's rules, which for a built-in one are the program's.
pub fn view(row: Model) -> Role {
    let permissions = Permissions::of(row.built_in, &row.grants).table();
    Role { permissions, ..Role::from(row) }
}

/// Makes a role.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Duplicate`]; [`Error::Forbidden`] where it would give more than the maker has.
pub async fn create(ctx: &Ctx, new: NewRole) -> Result<Role> {
    let grants = checked(ctx, new.permissions)?;
    let row = ActiveModel { name: Set(new.name), grants: Set(grants), ..Default::default() };
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, row).await).await.map(view)
}

/// Changes a role that is not built in.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`], [`Error::Refused`].
pub async fn update(ctx: &Ctx, id: role::Id, expected: Expected, patch: RolePatch) -> Result<Role> {
    let grants = patch.permissions.map(|table| checked(ctx, table)).transpose()?;
    let row = ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        grants: grants.map_or(NotSet, Set),
        ..Default::default()
    };
    ctx.tx(async |tx| {
        let roles = tx.can::<Entity, Update>()?;
        check_custom(&roles.lock(id, expected).await?)?;
        roles.update(id, Expected::Any, row).await
    })
    .await
    .map(view)
}

/// Deletes a role that is not built in and that nobody has.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Refused`].
pub async fn delete(ctx: &Ctx, id: role::Id, expected: Expected) -> Result<Role> {
    ctx.tx(async |tx| {
        let roles = tx.can::<Entity, Delete>()?;
        workspaces::hold(tx).await?;
        let deleted = roles.delete(id, expected).await?;
        check_custom(&deleted)?;
        let users = user::Entity::find()
            .filter(user::Column::RoleId.eq(id))
            .filter(user::Column::DeletedAt.is_null());
        let refused = |why: &str| Err(Error::Refused(format!("the role is in use: {why}")));
        if !tx.rows::<user::Entity>().all(users.limit(1)).await?.is_empty() {
            return refused("give its users another");
        }
        match api_keys::has_any_of(tx, id).await? {
            true => refused("revoke its API keys"),
            false => Ok(view(deleted)),
        }
    })
    .await
}

/// Brings a deleted role back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`].
pub async fn restore(ctx: &Ctx, id: role::Id) -> Result<Role> {
    ctx.tx(async |tx| tx.can::<Entity, Delete>()?.restore(id).await).await.map(view)
}

/// The role, where it is there and the actor may give it to somebody: nobody gives more than they have.
/// The workspace is held.
pub(super) async fn to_give(tx: &Tx<'_>, id: role::Id) -> Result<Option<Model>> {
    let role = live(tx, id).await?;
    if let Some(role) = &role {
        check_within(&Permissions::of(role.built_in, &role.grants), tx.actor(), Entity::NAME)?;
    }
    Ok(role)
}

/// The role, where it is there.
pub(super) async fn live(tx: &Tx<'_>, id: role::Id) -> Result<Option<Model>> {
    let live =
        Entity::find().filter(role::Column::Id.eq(id)).filter(role::Column::DeletedAt.is_null());
    Ok(tx.rows::<Entity>().all(live).await?.into_iter().next())
}

/// Saves the seven built-in roles in a new workspace; the id of the one for administrators.
pub(super) async fn create_built_in(tx: &Tx<'_>) -> Result<role::Id> {
    let roles = tx.entailed::<Entity, Create>();
    let mut admin = None;
    for built_in in BuiltIn::iter() {
        let row = ActiveModel {
            name: Set(title(built_in).parse().map_err(Error::at("/name"))?),
            built_in: Set(Some(built_in)),
            grants: Set(Grants(Permissions::built_in(built_in).table())),
            ..Default::default()
        };
        let role = roles.insert(None, row).await?;
        admin = admin.or((built_in == BuiltIn::Admin).then_some(role.id));
    }
    admin.ok_or_else(|| Error::internal("there is no role for administrators"))
}

fn check_custom(role: &Model) -> Result<()> {
    match role.built_in {
        None => Ok(()),
        Some(_) => Err(Error::Refused("a built-in role stays as it is: make another".to_owned())),
    }
}

/// Nobody gives more leave than they have, through a role or anything else.
pub(super) fn check_within(given: &Permissions, by: &Actor, through: &'static str) -> Result<()> {
    let verb = "give more leave than it has through";
    match given.within(&by.permissions) {
        true => Ok(()),
        false => Err(Error::Forbidden { verb, resource: through }),
    }
}

/// The most cells of a permission table.
const MOST_CELLS: usize = 500;

/// A permission table as it is kept: every cell.
fn checked(ctx: &Ctx, table: Vec<Permission>) -> Result<Grants> {
    let mut faults = Faults::default();
    if table.len() > MOST_CELLS {
        faults.invalid("/permissions", format!("must have at most {MOST_CELLS} items"));
    }
    let mut cells = HashSet::new();
    for (n, cell) in table.iter().enumerate().take(MOST_CELLS) {
        if let Some(detail) = objection(cell) {
            faults.invalid(format!("/permissions/{n}/{}", detail.0), detail.1);
        } else if !cells.insert((&cell.resource, cell.verb)) {
            faults.invalid(format!("/permissions/{n}"), "is given twice");
        }
    }
    faults.check()?;
    let given = Permissions::of(None, &Grants(table));
    check_within(&given, ctx.actor(), Entity::NAME)?;
    Ok(Grants(given.table()))
}

fn objection(cell: &Permission) -> Option<(&'static str, &'static str)> {
    if !RESOURCES.contains(&cell.resource.as_str()) {
        return Some(("resource", "is no resource"));
    }
    let owned = matches!(cell.scope, Scope::Own | Scope::Team);
    (owned && !has_owner(&cell.resource))
        .then_some(("scope", "must be none or all: it has no owner"))
}

/// Whether records of a resource have an owner, without which own and team mean nothing.
pub fn has_owner(resource: &str) -> bool {
    let ownerless = [
        "workspace",
        "team",
        "role",
        "product",
        "product_cost",
        "price_book",
        "price_book_entry",
        "segment",
        "score",
        "lifecycle_stage",
        "loss_reason",
        "winback_programme",
        "service_plan",
        "complaint_cause",
        "survey",
        "service_status",
        "queue",
        "service_agent",
        "service_routing_rule",
        "mailbox",
        "service_escalation_rule",
        "business_calendar",
        "service_policy",
        "event",
        "webhook_delivery",
        "mapping",
    ];
    !ownerless.contains(&resource)
}

/// Who may do what, as text: a change of leave is a difference in a review.
pub fn permissions_table() -> String {
    let mut text = row("role", "resource", VERBS.map(verb_name));
    for built_in in BuiltIn::iter() {
        let permissions = Permissions::built_in(built_in);
        for resource in RESOURCES {
            let scopes = VERBS.map(|verb| scope_name(permissions.scope(resource, verb)));
            text.push_str(&row(&title(built_in).to_lowercase(), resource, scopes));
        }
    }
    text
}

fn row(role: &str, resource: &str, cells: [&str; 4]) -> String {
    let mut line = format!("{role:<12} {resource:<17}");
    for cell in cells {
        // Writing to a string does not fail.
        let _ = write!(line, " {cell:<6}");
    }
    format!("{}\n", line.trim_end())
}

fn title(role: BuiltIn) -> &'static str {
    match role {
        BuiltIn::Admin => "Admin",
        BuiltIn::Manager => "Manager",
        BuiltIn::Rep => "Rep",
        BuiltIn::Agent => "Agent",
        BuiltIn::Marketer => "Marketer",
        BuiltIn::Integration => "Integration",
        BuiltIn::Viewer => "Viewer",
    }
}

fn verb_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Read => "read",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
    }
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::None => "-",
        Scope::Own => "own",
        Scope::Team => "team",
        Scope::All => "all",
    }
}

#[cfg(test)]
mod tests {
    use rapport_entity::{
        customers::{consent, contact, contact_point, customer, interaction},
        identity::{api_key, session, team, workspace},
        lifecycle::{lifecycle_stage, loss, loss_reason, winback, winback_programme},
        sales::{
            delivery, forecast_adjustment, order, payment, price_book, price_book_entry, product,
            product_cost, target,
        },
        segmentation::segment,
        service::{
            agreement, asset, attachment, canned_answer, complaint, complaint_cause, entitlement,
            mailbox, promise, queue, request_message, service_agent, service_escalation_rule,
            service_plan, service_policy, service_request, service_routing_rule, service_status,
            site, survey, survey_response,
        },
        work::{business_calendar, notification, task},
    };

    use super::*;
    use crate::kernel::{Described, catalogue};

    fn owned<E: Described>() -> (&'static str, bool) {
        let of = catalogue::<E>();
        (of.name, !format!("{:?}", of.owned_by).starts_with("Nobody"))
    }

    #[test]
    fn own_and_team_can_be_given_where_there_is_an_owner() {
        for (resource, owned) in [
            owned::<workspace::Entity>(),
            owned::<user::Entity>(),
            owned::<team::Entity>(),
            owned::<Entity>(),
            owned::<session::Entity>(),
            owned::<api_key::Entity>(),
            owned::<customer::Entity>(),
            owned::<contact::Entity>(),
            owned::<interaction::Entity>(),
            owned::<consent::Entity>(),
            owned::<contact_point::Entity>(),
            owned::<task::Entity>(),
            owned::<notification::Entity>(),
            owned::<product::Entity>(),
            owned::<product_cost::Entity>(),
            owned::<price_book::Entity>(),
            owned::<price_book_entry::Entity>(),
            owned::<order::Entity>(),
            owned::<delivery::Entity>(),
            owned::<payment::Entity>(),
            owned::<target::Entity>(),
            owned::<forecast_adjustment::Entity>(),
            owned::<site::Entity>(),
            owned::<asset::Entity>(),
            owned::<agreement::Entity>(),
            owned::<entitlement::Entity>(),
            owned::<service_plan::Entity>(),
            owned::<complaint_cause::Entity>(),
            owned::<complaint::Entity>(),
            owned::<promise::Entity>(),
            owned::<survey::Entity>(),
            owned::<survey_response::Entity>(),
            owned::<service_request::Entity>(),
            owned::<request_message::Entity>(),
            owned::<attachment::Entity>(),
            owned::<canned_answer::Entity>(),
            owned::<mailbox::Entity>(),
            owned::<service_status::Entity>(),
            owned::<queue::Entity>(),
            owned::<service_agent::Entity>(),
            owned::<service_routing_rule::Entity>(),
            owned::<service_escalation_rule::Entity>(),
            owned::<business_calendar::Entity>(),
            owned::<service_policy::Entity>(),
            owned::<segment::Entity>(),
            owned::<lifecycle_stage::Entity>(),
            owned::<loss_reason::Entity>(),
            owned::<loss::Entity>(),
            owned::<winback_programme::Entity>(),
            owned::<winback::Entity>(),
        ] {
            assert_eq!(has_owner(resource), owned, "{resource}");
        }
    }

    #[test]
    fn the_table_names_every_role_and_resource_and_is_aligned() {
        let table = permissions_table();
        assert_eq!(table.lines().count(), 1 + 7 * RESOURCES.len());
        assert!(
            table.contains("\nadmin        workspace         all    -      all    -\n"),
            "{table}"
        );
        assert!(
            table.contains("\nrep          customer          all    own    own    own\n"),
            "{table}"
        );
        assert_eq!(table, permissions_table());
    }

    #[test]
    fn no_role_gives_more_than_the_administrators() {
        let admin = Permissions::built_in(BuiltIn::Admin);
        for role in BuiltIn::iter() {
            assert!(Permissions::built_in(role).within(&admin), "{role:?}");
            let copied = Grants(Permissions::built_in(role).table());
            assert_eq!(Permissions::of(None, &copied).table(), copied.0, "{role:?}");
        }
        assert!(!admin.within(&Permissions::built_in(BuiltIn::Manager)));
    }
}
