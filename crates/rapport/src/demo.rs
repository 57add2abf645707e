//! The demo workspace: a computer hardware seller's customers and orders, and a shop's. Where the data come from, and
//! what is corrected in them, is in `demo/NOTICE.md`.

use std::{
    collections::HashMap,
    io::{Cursor, Read},
};

use flate2::read::GzDecoder;
use rapport_domain::{
    Ctx, Database, Error, Result,
    identity::{
        invitations::{self, InviteUser},
        roles,
        teams::{self, NewTeam, TeamPatch},
        workspaces::{self, NewWorkspace},
    },
    integration::imports::{self, Import, Kind},
    kernel::{Expected, Listing, Patch},
    sales::pipelines::{pipelines, stages},
    segmentation::segments::{self, NewSegment},
};
use rapport_entity::{
    Email, Invalid, Name,
    identity::{
        NewPassword,
        role::{self, BuiltIn},
        team, user, workspace,
    },
};
use serde_json::json;

/// The demo workspace's short name.
pub const SLUG: &str = "demo";

/// The address to sign in with.
pub const EMAIL: &str = "ada@demo.example";

const ORGANIZATIONS: &[u8] = include_bytes!("../demo/organizations.csv.gz");
const PRODUCTS: &[u8] = include_bytes!("../demo/products.csv.gz");
const ORDERS: &[u8] = include_bytes!("../demo/orders.csv.gz");
const PIPELINE: &[u8] = include_bytes!("../demo/sales_pipeline.csv.gz");
const TEAMS: &[u8] = include_bytes!("../demo/teams.csv.gz");
const RETAIL_ORDERS: &[u8] = include_bytes!("../demo/retail_orders.csv.gz");

/// Fills an empty database with the demo workspace.
///
/// # Errors
/// [`Error::Refused`] where there is a workspace already; [`Error::Invalid`] where the password is easily guessed.
pub async fn fill(database: &Database, password: NewPassword) -> Result<workspace::Model> {
    if !database.workspaces().await?.is_empty() {
        return Err(Error::Refused("the demo needs an empty database".to_owned()));
    }
    let new = NewWorkspace {
        slug: value(SLUG)?,
        name: value("Demo")?,
        time_zone: value("UTC")?,
        currency: value("USD")?,
        admin_email: value(EMAIL)?,
        admin_name: value("Ada Lovelace")?,
        admin_password: password,
    };
    let (workspace, _) = workspaces::create(database, new).await?;
    let ctx = imports::context(database, &workspace.slug).await?;
    people(&ctx).await?;
    records(&ctx).await?;
    segments::create(&ctx, segment()?).await?;
    Ok(workspace)
}

/// Offices, below each its managers' teams, and in each the manager and those who sell. Nobody but Ada has a password.
async fn people(ctx: &Ctx) -> Result<()> {
    let roles = built_in_roles(ctx).await?;
    let text = unpack(TEAMS)?;
    let mut seen: HashMap<String, team::Id> = HashMap::new();
    for line in text.lines().skip(1) {
        let [agent, manager, office] = cells(line)?;
        let office = team(ctx, &mut seen, format!("{office} office"), None).await?;
        let name = format!("{manager}'s team");
        let known = seen.contains_key(&name);
        let own = team(ctx, &mut seen, name, Some(office)).await?;
        if !known {
            let manager = invite(ctx, manager, roles(BuiltIn::Manager)?, own).await?;
            let patch = TeamPatch { manager_id: Patch::Set(manager), ..TeamPatch::default() };
            teams::update(ctx, own, Expected::Any, patch).await?;
        }
        invite(ctx, agent, roles(BuiltIn::Rep)?, own).await?;
    }
    Ok(())
}

async fn built_in_roles(ctx: &Ctx) -> Result<impl Fn(BuiltIn) -> Result<role::Id>> {
    let page = roles::list(ctx, &Listing { limit: 200, ..Listing::default() }).await?;
    let known: HashMap<BuiltIn, role::Id> =
        page.items.into_iter().filter_map(|role| Some((role.built_in?, role.id))).collect();
    Ok(move |role| known.get(&role).copied().ok_or(Error::NotFound("role")))
}

async fn team(
    ctx: &Ctx,
    seen: &mut HashMap<String, team::Id>,
    name: String,
    parent_id: Option<team::Id>,
) -> Result<team::Id> {
    if let Some(id) = seen.get(&name) {
        return Ok(*id);
    }
    let new = NewTeam { id: None, name: value(&name)?, parent_id, manager_id: None };
    let made = teams::create(ctx, new).await?;
    seen.insert(name, made.id);
    Ok(made.id)
}

async fn invite(ctx: &Ctx, name: &str, role_id: role::Id, team: team::Id) -> Result<user::Id> {
    let address = format!("{}@demo.example", name.to_lowercase().replace(' ', "."));
    let new = InviteUser {
        id: None,
        email: value::<Email>(&address)?,
        name: value::<Name>(name)?,
        role_id,
        team_id: Some(team),
        time_zone: None,
    };
    invitations::create(ctx, new).await.map(|invited| invited.user.id)
}

async fn records(ctx: &Ctx) -> Result<()> {
    let organization: &[_] = &[("kind", "organization")];
    let completed: &[_] = &[("status", "completed")];
    import(ctx, Kind::Customers, "maven", ORGANIZATIONS, &[], organization).await?;
    import(ctx, Kind::Products, "maven", PRODUCTS, &[], &[]).await?;
    import(ctx, Kind::Orders, "maven", ORDERS, &[], completed).await?;
    pipeline(ctx).await?;
    opportunities(ctx).await?;
    let retail =
        [("customer_id", "customerExternalId"), ("order_date", "orderedOn"), ("revenue", "total")];
    let person: &[_] = &[("kind", "person"), ("status", "completed")];
    import(ctx, Kind::Orders, "shop", RETAIL_ORDERS, &retail, person).await
}

/// The stages that the publisher's opportunities are in.
async fn pipeline(ctx: &Ctx) -> Result<()> {
    let new = json!({ "name": "Hardware", "key": "hardware", "position": 5, "isDefault": true });
    let made = pipelines::create(ctx, read(new)?).await?;
    for (place, (name, probability)) in
        [("Prospecting", 20), ("Engaging", 60)].into_iter().enumerate()
    {
        let stage = json!({
            "pipelineId": made.id,
            "name": name,
            "key": name.to_lowercase(),
            "position": 10 * (place + 1),
            "probability": probability,
            "forecastCategory": if place == 0 { "pipeline" } else { "best_case" },
        });
        stages::create(ctx, read(stage)?).await?;
    }
    Ok(())
}

/// The publisher's opportunities, as they are: what is meant by their words is said here.
async fn opportunities(ctx: &Ctx) -> Result<()> {
    let map = [
        ("opportunity_id", "externalId"),
        ("sales_agent", "ownerName"),
        ("product", "productName"),
        ("account", "customerExternalId"),
        ("deal_stage", "stage"),
        ("engage_date", "openedOn"),
        ("close_date", "closedOn"),
        ("close_value", "amount"),
    ];
    let means = ("productName".to_owned(), "GTXPro".to_owned(), "GTX Pro".to_owned());
    let import = Import {
        map: owned(&map),
        values: vec![means],
        ..Import::new(Kind::Opportunities, value("maven")?)
    };
    run(ctx, import, PIPELINE).await
}

fn read<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> Result<T> {
    serde_json::from_value(json).map_err(Error::internal)
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect()
}

async fn import(
    ctx: &Ctx,
    kind: Kind,
    source: &str,
    packed: &[u8],
    map: &[(&str, &str)],
    set: &[(&str, &str)],
) -> Result<()> {
    let import = Import {
        map: owned(map),
        set: owned(set),
        create_customers: !map.is_empty(),
        ..Import::new(kind, value(source)?)
    };
    run(ctx, import, packed).await
}

/// The demo's files have no bad rows.
async fn run(ctx: &Ctx, import: Import, packed: &[u8]) -> Result<()> {
    let file = Cursor::new(unpack(packed)?.into_bytes());
    let mut errors = Vec::new();
    let report = imports::run(ctx, import, file, &mut errors, |_| ()).await?;
    match report.failed {
        0 => Ok(()),
        _ => Err(Error::internal(String::from_utf8_lossy(&errors))),
    }
}

fn segment() -> Result<NewSegment> {
    let rule = json!({ "all": [
        { "compare": { "field": "kind", "eq": "organization" } },
        { "compare": { "field": "industry", "eq": "retail" } },
        { "relation": {
            "name": "orders",
            "within": { "field": "orderedOn", "from": "2017-07-01", "to": "2017-12-31" },
            "count": { "gte": 2 },
            "sum": { "field": "total", "gt": { "amount": "60000", "currency": "USD" } }
        } }
    ] });
    let new = json!({
        "name": "Large retail customers",
        "description": "Organizations in retail with at least two orders and more than 60,000 in total \
            between 2017-07-01 and 2017-12-31",
        "rule": rule,
    });
    read(new)
}

fn unpack(packed: &[u8]) -> Result<String> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).map_err(Error::internal)?;
    Ok(text)
}

fn cells<const N: usize>(line: &str) -> Result<[&str; N]> {
    let cells: Vec<&str> = line.split(',').collect();
    cells.try_into().map_err(|_| Error::internal("a line of the demo's teams is not whole"))
}

/// What we have written ourselves.
fn value<T: std::str::FromStr<Err = Invalid>>(text: &str) -> Result<T> {
    text.parse().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use rapport_domain::{
        kernel::{Clock, Described, Settings},
        records,
        segmentation::members,
    };
    use rapport_entity::{
        Name,
        customers::customer,
        identity::user,
        sales::{order, product},
        segmentation::segment,
    };

    use super::*;

    async fn count<E: Described>(ctx: &Ctx) -> i64 {
        let listing = Listing { limit: 1, count: true, ..Listing::default() };
        records::list::<E>(ctx, &listing).await.unwrap().total.unwrap()
    }

    #[tokio::test]
    async fn the_demo_has_everything_once_and_its_segment_the_right_members() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/demo.db", directory.path().display());
        let database = Database::connect(&Settings::new(url), Clock::System).await.unwrap();
        database.migrate().await.unwrap();
        let password = || "correct horse battery".parse::<NewPassword>().unwrap();
        let workspace = fill(&database, password()).await.unwrap();
        let ctx = imports::context(&database, &workspace.slug).await.unwrap();
        assert_eq!(count::<customer::Entity>(&ctx).await, 85 + 995);
        assert_eq!(count::<product::Entity>(&ctx).await, 7);
        assert_eq!(count::<order::Entity>(&ctx).await, 4238 + 4906);
        assert_eq!(count::<user::Entity>(&ctx).await, 1 + 6 + 35);
        let segment = records::list::<segment::Entity>(&ctx, &Listing::default()).await.unwrap();
        let listing = Listing { sort: Some("name".to_owned()), ..Listing::default() };
        let members = members::members(&ctx, segment.items[0].id, None, &listing).await.unwrap();
        let names: Vec<&str> = members.items.iter().map(|row| Name::as_str(&row.name)).collect();
        // Added up with awk from the publisher's file.
        let expected = [
            "Blackzim",
            "Cancity",
            "Ganjaflex",
            "Gekko & Co",
            "J-Texon",
            "Kinnamplus",
            "Plexzap",
            "Plussunin",
            "Singletechno",
            "Streethex",
        ];
        assert_eq!(names, expected);
        assert!(fill(&database, password()).await.is_err());
    }
}
