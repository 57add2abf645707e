//! Imports on both databases, with everything that files have been seen to do.

use std::{
    collections::{HashMap, HashSet},
    io::Cursor,
};

use rapport_entity::{
    customers::{contact, customer},
    identity::{role, user},
    log::event,
    sales::{order, order_line},
};
use sea_orm::{ActiveValue::Set, Condition, EntityTrait, QueryOrder};

use super::*;
use crate::Create;

/// Runs a test on both databases, where there are both.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_both {
            $(#[tokio::test]
            async fn $name() {
                for store in crate::testing::stores().await {
                    super::$name(&store.workspace().await).await;
                    store.close().await;
                }
            })+
        }
    };
}

on_both!(
    customers_with_every_oddity,
    organizations_below_one_another,
    contacts_by_address_or_name,
    orders_with_lines,
    orders_that_make_their_customers,
    a_dry_run_changes_nothing,
    owners_by_address,
    large_files_in_batches,
    wrong_options,
);

fn import(kind: Kind) -> Import {
    Import::new(kind, "erp".parse().unwrap())
}

fn map(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

/// The report and the error file.
async fn try_run(ctx: &Ctx, import: Import, file: impl AsRef<[u8]>) -> Result<(Report, String)> {
    let mut errors = Vec::new();
    let file = Cursor::new(file.as_ref().to_vec());
    let report = run(ctx, import, file, &mut errors, |_| ()).await?;
    Ok((report, String::from_utf8(errors).unwrap()))
}

async fn done(ctx: &Ctx, import: Import, file: impl AsRef<[u8]>) -> (Report, String) {
    try_run(ctx, import, file).await.unwrap()
}

/// Every record of a kind.
async fn all<E: crate::kernel::Described>(ctx: &Ctx) -> Vec<E::Model> {
    ctx.can::<E, crate::Read>().unwrap().matching_even_deleted(Condition::all()).await.unwrap()
}

async fn customers_by_id(ctx: &Ctx) -> HashMap<String, customer::Model> {
    let named = |row: customer::Model| (row.external_id.clone().unwrap().to_string(), row);
    all::<customer::Entity>(ctx).await.into_iter().map(named).collect()
}

async fn orders_by_id(ctx: &Ctx) -> HashMap<String, order::Model> {
    let named = |row: order::Model| (row.external_id.clone().unwrap().to_string(), row);
    all::<order::Entity>(ctx).await.into_iter().map(named).collect()
}

async fn events(ctx: &Ctx) -> Vec<event::Model> {
    let query = event::Entity::find().order_by_asc(event::Column::Seq);
    ctx.tx(async |tx| Ok(query.all(tx.transaction()).await?)).await.unwrap()
}

async fn lines(ctx: &Ctx, order: &order::Model) -> Vec<(i32, String, String, i64)> {
    let lines = crate::sales::orders::lines::lines_of(ctx, &[order.id]).await.unwrap();
    let told = |line: &order_line::Model| {
        (
            line.position,
            line.description.to_string(),
            String::from(line.quantity),
            line.amount_minor,
        )
    };
    lines.get(&order.id).into_iter().flatten().map(told).collect()
}

/// Byte order mark, CRLF, semicolons, quoted line ends, days and numbers as in Germany, an id that comes twice,
/// and rows that are wrong.
const ODD: &str = "\u{feff}Nr;Name;E-Mail;Birthday;Kind;Description;Schuhgröße\r\n\
    1;\"Müller; Söhne\";info@mueller.example;;Organization;\"first\r\nsecond\";\r\n\
    2;Ada Lovelace;ada@lovelace.example;10.12.1815;person;;39\r\n\
    3;No Address;not an address;31.2.2000;person;;\r\n\
    4;Short row\r\n\
    ;Nobody;;;person;;\r\n\
    2;Ada King;ada@lovelace.example;10.12.1815;person;;39\r\n";

async fn customers_with_every_oddity(ctx: &Ctx) {
    let odd = || Import {
        map: map(&[("Nr", "externalId")]),
        date_format: Some("%d.%m.%Y".to_owned()),
        ..import(Kind::Customers)
    };
    let mut opened = None;
    let mut errors = Vec::new();
    let file = Cursor::new(ODD.as_bytes().to_vec());
    let tell = |told| match told {
        Told::Opened(told) => opened = Some(told),
        Told::Progress(_) | Told::Unknown(_) => {}
    };
    let report = run(ctx, odd(), file, &mut errors, tell).await.unwrap();
    let opened = opened.unwrap();
    assert_eq!((opened.delimiter, opened.detected), (';', true));
    assert_eq!(opened.ignored, ["Schuhgröße"]);
    assert_eq!((report.rows, report.imported, report.failed, report.repeated), (6, 2, 3, 1));
    let errors = String::from_utf8(errors).unwrap();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines[0], "line;field;reason;Nr;Name;E-Mail;Birthday;Kind;Description;Schuhgröße");
    assert!(lines[1].starts_with("5;email, birthday;"), "{errors}");
    assert!(lines[2].starts_with("6;;the row has 2 cells, the header 7;4;Short row"), "{errors}");
    assert!(lines[3].starts_with("7;externalId;is missing;;Nobody"), "{errors}");
    let customers = customers_by_id(ctx).await;
    let (firm, ada) = (&customers["1"], &customers["2"]);
    assert_eq!(firm.name.as_str(), "Müller; Söhne");
    assert_eq!(firm.kind, customer::Kind::Organization);
    assert_eq!(firm.description.as_ref().unwrap().as_str(), "first\r\nsecond");
    assert_eq!((ada.name.as_str(), ada.version), ("Ada King", 1));
    assert_eq!(ada.birthday.unwrap().to_string(), "1815-12-10");

    let before = events(ctx).await;
    let (again, _) = done(ctx, odd(), ODD).await;
    assert_eq!((again.imported, again.updated, again.unchanged, again.failed), (0, 0, 2, 3));
    assert_eq!(events(ctx).await, before);
    assert_eq!(customers_by_id(ctx).await["2"], *ada);

    let (changed, _) = done(ctx, odd(), ODD.replace("Ada King", "Ada Byron")).await;
    assert_eq!((changed.updated, changed.unchanged), (1, 1));
    let last = events(ctx).await.pop().unwrap();
    assert_eq!((last.name.as_str(), last.subject_version), ("customer.updated", 2));
    assert_eq!(last.data["before"], serde_json::json!({ "name": "Ada King" }));
    assert_eq!(last.data["after"], serde_json::json!({ "name": "Ada Byron" }));
}

async fn organizations_below_one_another(ctx: &Ctx) {
    let file = "externalId,name,parentExternalId\n\
        leaf,Leaf,branch\nbranch,Branch,root\nroot,Root,\nself,Self,self\na,A,b\nb,B,a\nlost,Lost,nowhere\n";
    let set = || Import { set: map(&[("kind", "organization")]), ..import(Kind::Customers) };
    let (dry, _) = done(ctx, Import { dry_run: true, ..set() }, file).await;
    assert_eq!((dry.imported, dry.failed), (3, 4));
    let (report, errors) = done(ctx, set(), file).await;
    assert_eq!((report.imported, report.failed), (3, 4), "{errors}");
    let all = customers_by_id(ctx).await;
    assert_eq!(all["leaf"].parent_id, Some(all["branch"].id));
    assert_eq!(all["branch"].parent_id, Some(all["root"].id));
    for line in
        ["5,parentExternalId", "6,parentExternalId", "7,parentExternalId", "8,parentExternalId"]
    {
        assert!(errors.contains(line), "{errors}");
    }
    let (again, _) = done(ctx, set(), file).await;
    assert_eq!((again.unchanged, again.failed), (3, 4));
    let (moved, _) = done(ctx, set(), "externalId,parentExternalId\nroot,leaf\nleaf,\n").await;
    assert_eq!(
        (moved.updated, moved.failed),
        (2, 0),
        "a branch can be cut before it becomes a root"
    );
}

async fn contacts_by_address_or_name(ctx: &Ctx) {
    done(ctx, import(Kind::Customers), "externalId,kind,name\n1,organization,Acme\n").await;
    let file = "customerExternalId,firstName,lastName,email,jobTitle\n\
        1,Grace,Hopper,grace@acme.example,Admiral\n1,Alan,Turing,,\n9,No,Body,,\n1,Grace,Hopper,GRACE@acme.example,Rear admiral\n";
    let (report, errors) = done(ctx, import(Kind::Contacts), file).await;
    assert_eq!((report.imported, report.repeated, report.failed), (2, 1, 1), "{errors}");
    assert!(errors.contains("4,customerExternalId,is no customer of this source"), "{errors}");
    let (again, _) = done(ctx, import(Kind::Contacts), file).await;
    assert_eq!((again.unchanged, again.imported, again.updated), (2, 0, 0));
    let found = "customerExternalId,name,email\n1,Alan Turing,alan@acme.example\n";
    let (updated, _) = done(ctx, import(Kind::Contacts), found).await;
    assert_eq!((updated.updated, updated.imported), (1, 0));
    assert_eq!(all::<contact::Entity>(ctx).await.len(), 2);
}

const PRODUCTS: &str = "sku\tname\tprice\nA-1\tAnvil\t12.50\nB-2\tBrush\t3\nC-3\tCostly\t1.234\n";

async fn orders_with_lines(ctx: &Ctx) {
    done(ctx, import(Kind::Customers), "externalId,kind,name\nc1,organization,Acme\n").await;
    let (products, errors) = done(ctx, import(Kind::Products), PRODUCTS).await;
    assert_eq!((products.imported, products.failed), (2, 1), "{errors}");
    let (again, _) = done(ctx, import(Kind::Products), PRODUCTS).await;
    assert_eq!((again.unchanged, again.failed), (2, 1));
    let file = "Order No|Customer external id|Ordered on|Status|Product SKU|Quantity|Unit price|Amount|Total\n\
        10|c1|2024-05-01|Completed|A-1|2||25.00|28\n\
        11|c1|2024-05-02|||1.5|2.00||\n\
        10|c1|2024-05-01||B-2|1|||\n\
        12|c1|2024-05-03||A-1|1|12.50||99\n\
        13|c1|2024-05-04||X-9|1|||\n\
        14|c1|2024-05-05||A-1|1|||\n\
        14|c2|2024-05-05||B-2|||7|\n\
        15|c1|2024-05-06|||2||5.01|\n";
    let orders = || Import { map: map(&[("Order No", "externalId")]), ..import(Kind::Orders) };
    let (report, errors) = done(ctx, orders(), file).await;
    assert_eq!((report.rows, report.imported, report.failed), (8, 2, 5), "{errors}");
    assert!(errors.contains("5|total|is not what the lines add up to"), "{errors}");
    assert!(errors.contains("6|productSku|"), "{errors}");
    assert!(errors.contains("7||belongs to a record that is wrong on line 8"), "{errors}");
    assert!(
        errors.contains("8|customerExternalId|differs from the order's first row, on line 7"),
        "{errors}"
    );
    assert!(errors.contains("9|amount|"), "{errors}");
    let all = orders_by_id(ctx).await;
    let (ten, eleven) = (&all["10"], &all["11"]);
    assert_eq!((ten.total_minor, ten.status), (2800, order::Status::Completed));
    assert_eq!(
        lines(ctx, ten).await,
        [(1, "Anvil".into(), "2".into(), 2500), (2, "Brush".into(), "1".into(), 300)]
    );
    assert_eq!((eleven.total_minor, eleven.status), (300, order::Status::Placed));
    let numbers: HashSet<&str> = all.values().map(|order| order.number.as_str()).collect();
    assert_eq!(numbers, HashSet::from(["O-1", "O-2"]));

    let before = events(ctx).await;
    let (again, _) = done(ctx, orders(), file).await;
    assert_eq!((again.imported, again.updated, again.unchanged, again.failed), (0, 0, 2, 5));
    assert_eq!(events(ctx).await, before);

    let changed = file.replace("A-1|2||25.00|28", "A-1|4||50.00|53").replace("1.5|2.00", "1|3.00");
    let (changed, _) = done(ctx, orders(), &changed).await;
    assert_eq!((changed.updated, changed.unchanged), (2, 0));
    let all = orders_by_id(ctx).await;
    assert_eq!((all["10"].total_minor, all["10"].version), (5300, 2));
    assert_eq!(lines(ctx, &all["11"]).await, [(1, "Purchase".into(), "1".into(), 300)]);
    let news = events(ctx).await.split_off(before.len());
    assert_eq!(news.len(), 2);
    assert!(news.iter().all(|event| event.name == "order.updated"), "{news:?}");
    assert!(news.iter().all(|event| event.data["before"]["lines"].is_array()), "{news:?}");
}

/// As the retail orders of the demo: no ids, and each row tells who the customer is. Two on one day, one for nothing.
const RETAIL: &str = "customer_id,order_date,revenue,first_name,last_name,email\n\
    Brion O'Kon,2004-12-20,32,Brion,O'Kon,brion_o'kon@rfmail.com\n\
    Ethyl Botsford,2005-05-02,36,Ethyl,Botsford,ethyl_botsford@rfmail.com\n\
    Brion O'Kon,2004-12-20,0,Brion,O'Kon,brion_o'kon@rfmail.com\n\
    Brion O'Kon,2004-12-21,5,Brion,O'Kon,brion_o'kon@rfmail.com\n";

fn retail() -> Import {
    Import {
        map: map(&[
            ("customer_id", "customerExternalId"),
            ("order_date", "orderedOn"),
            ("revenue", "total"),
        ]),
        set: map(&[("kind", "person"), ("status", "completed")]),
        create_customers: true,
        ..import(Kind::Orders)
    }
}

async fn orders_that_make_their_customers(ctx: &Ctx) {
    let (report, errors) = done(ctx, retail(), RETAIL).await;
    assert_eq!((report.imported, report.customers, report.failed), (4, 2, 0), "{errors}");
    let customers = customers_by_id(ctx).await;
    assert_eq!(customers["Brion O'Kon"].name.as_str(), "Brion O'Kon");
    assert_eq!(
        customers["Ethyl Botsford"].email.as_ref().unwrap().as_str(),
        "ethyl_botsford@rfmail.com"
    );
    let orders = orders_by_id(ctx).await;
    assert_eq!(orders["Brion O'Kon-2004-12-20-1"].total_minor, 3200);
    assert_eq!(orders["Brion O'Kon-2004-12-20-2"].total_minor, 0);
    assert_eq!(orders["Brion O'Kon-2004-12-21-1"].total_minor, 500);
    let before = events(ctx).await;
    assert_eq!(before.len(), 6);
    let (again, _) = done(ctx, retail(), RETAIL).await;
    assert_eq!((again.unchanged, again.imported, again.customers), (4, 0, 0));
    assert_eq!(events(ctx).await.len(), before.len());
    let deleted = orders["Brion O'Kon-2004-12-21-1"].id;
    crate::records::delete::<order::Entity>(ctx, deleted, crate::kernel::Expected::Any)
        .await
        .unwrap();
    let (again, errors) = done(ctx, retail(), RETAIL).await;
    assert_eq!((again.unchanged, again.failed), (3, 1));
    assert!(errors.contains("5,externalId,this order was deleted here"), "{errors}");
}

async fn a_dry_run_changes_nothing(ctx: &Ctx) {
    let (dry, _) = done(ctx, Import { dry_run: true, ..retail() }, RETAIL).await;
    assert_eq!((dry.imported, dry.customers), (4, 2));
    assert!(all::<customer::Entity>(ctx).await.is_empty());
    assert!(all::<order::Entity>(ctx).await.is_empty());
    assert!(events(ctx).await.is_empty());
    let (real, _) = done(ctx, retail(), RETAIL).await;
    assert_eq!(real, dry);
    assert!(orders_by_id(ctx).await.values().any(|order| order.number == "O-1"));
}

async fn owners_by_address(ctx: &Ctx) {
    let owner = ctx.tx(async |tx| {
        let role = role::ActiveModel {
            name: Set("Any".parse().unwrap()),
            grants: Set(Default::default()),
            built_in: Set(None),
            ..Default::default()
        };
        let role = tx.can::<role::Entity, Create>()?.insert(None, role).await?;
        let user = user::ActiveModel {
            email: Set("Ada@demo.example".parse().unwrap()),
            name: Set("Ada".parse().unwrap()),
            role_id: Set(role.id),
            status: Set(user::Status::Active),
            ..Default::default()
        };
        tx.can::<user::Entity, Create>()?.insert(None, user).await
    });
    let owner = owner.await.unwrap();
    let file = "externalId,kind,name,ownerEmail\n1,person,A,ada@DEMO.example\n2,person,B,\n3,person,C,x@demo.example\n";
    let (report, errors) = done(ctx, import(Kind::Customers), file).await;
    assert_eq!((report.imported, report.failed), (2, 1));
    assert!(errors.contains("4,ownerEmail,is no user of this workspace"), "{errors}");
    let all = customers_by_id(ctx).await;
    assert_eq!((all["1"].owner_id, all["2"].owner_id), (Some(owner.id), None));
}

/// More rows than fit a batch, an order whose lines lie in two batches, and a bad byte in the middle.
async fn large_files_in_batches(ctx: &Ctx) {
    let mut file = b"externalId,customerExternalId,orderedOn,amount,name\n".to_vec();
    for n in 0..5000 {
        let order = if n == 4900 { 7 } else { n };
        file.extend(
            format!("{order},c{},2024-01-01,1.00,Customer", n % 10 * usize::from(order != 7))
                .bytes(),
        );
        file.extend(if n == 2500 { b"\xff\n".as_slice() } else { b"\n" });
    }
    let orders = || Import {
        set: map(&[("kind", "person")]),
        create_customers: true,
        ..import(Kind::Orders)
    };
    let (report, errors) = done(ctx, orders(), &file).await;
    assert_eq!(
        (report.rows, report.imported, report.failed, report.customers),
        (5000, 4998, 1, 10),
        "{errors}"
    );
    assert!(errors.contains("2502,name,is not UTF-8"), "{errors}");
    let all = orders_by_id(ctx).await;
    assert_eq!((all.len(), all["7"].total_minor), (4998, 200));
    let numbers: HashSet<&str> = all.values().map(|order| order.number.as_str()).collect();
    assert_eq!(numbers.len(), 4998);
    assert_eq!(events(ctx).await.len(), 4998 + 10);
    let (again, _) = done(ctx, orders(), &file).await;
    assert_eq!((again.unchanged, again.imported, again.updated), (4998, 0, 0));
}

async fn wrong_options(ctx: &Ctx) {
    let refused = |map: Vec<(String, String)>, file: &'static str| {
        let import = Import { map, ..import(Kind::Customers) };
        async move { try_run(ctx, import, file).await.unwrap_err() }
    };
    assert!(matches!(refused(vec![], "").await, Error::Malformed(_)));
    assert!(matches!(refused(vec![], "name\nA\n").await, Error::Invalid(_)));
    let unknown = refused(map(&[("no", "name"), ("name", "nothing")]), "name\nA\n").await;
    assert_eq!(unknown.faults().len(), 2);
    let utf_16 = try_run(ctx, import(Kind::Customers), b"\xff\xfea\0").await.unwrap_err();
    assert!(utf_16.to_string().contains("UTF-16"));
}
