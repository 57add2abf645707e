//! What rules may speak of: each resource's relations, gathered from every part of the business in one place, so that
//! no part has to import another.

use rapport_entity::{
    customers::{consent, contact, contact_point, custom_field, customer, interaction},
    identity::{api_key, role, session, team, user, workspace},
    integration::{export, import, mapping, webhook_delivery, webhook_endpoint},
    lifecycle::{lifecycle_stage, loss, loss_reason, winback, winback_programme},
    log::event::ActorKind,
    sales::{order, product},
    segmentation::{score, segment},
    work::{notification, task},
};

use sea_orm::{EntityTrait, QueryOrder};

use crate::kernel::{
    Actor, Catalogue, Ctx, CustomField, CustomFields, Database, Described, Relation, Result,
    catalogue,
};

/// Every catalogue that lists and rules of the API speak of.
pub fn catalogues() -> [&'static Catalogue; 27] {
    [
        catalogue::<customer::Entity>(),
        catalogue::<contact::Entity>(),
        catalogue::<interaction::Entity>(),
        catalogue::<consent::Entity>(),
        catalogue::<contact_point::Entity>(),
        catalogue::<custom_field::Entity>(),
        catalogue::<task::Entity>(),
        catalogue::<notification::Entity>(),
        catalogue::<order::Entity>(),
        catalogue::<product::Entity>(),
        catalogue::<segment::Entity>(),
        catalogue::<score::Entity>(),
        catalogue::<lifecycle_stage::Entity>(),
        catalogue::<loss_reason::Entity>(),
        catalogue::<loss::Entity>(),
        catalogue::<winback_programme::Entity>(),
        catalogue::<winback::Entity>(),
        catalogue::<user::Entity>(),
        catalogue::<team::Entity>(),
        catalogue::<role::Entity>(),
        catalogue::<session::Entity>(),
        catalogue::<api_key::Entity>(),
        catalogue::<webhook_endpoint::Entity>(),
        catalogue::<webhook_delivery::Entity>(),
        catalogue::<import::Entity>(),
        catalogue::<mapping::Entity>(),
        catalogue::<export::Entity>(),
    ]
}

impl Described for customer::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            Relation {
                name: "contacts",
                from: "id",
                target: catalogue::<contact::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
            Relation {
                name: "interactions",
                from: "id",
                target: catalogue::<interaction::Entity>,
                to: "customer_id",
                date: "occurredAt",
            },
            Relation {
                name: "consents",
                from: "id",
                target: catalogue::<consent::Entity>,
                to: "customer_id",
                date: "obtainedAt",
            },
            Relation {
                name: "contactPoints",
                from: "id",
                target: catalogue::<contact_point::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
            Relation {
                name: "tasks",
                from: "id",
                target: catalogue::<task::Entity>,
                to: "customer_id",
                date: "dueAt",
            },
            Relation {
                name: "orders",
                from: "id",
                target: catalogue::<order::Entity>,
                to: "customer_id",
                date: "orderedOn",
            },
            Relation {
                name: "children",
                from: "id",
                target: catalogue::<customer::Entity>,
                to: "parent_id",
                date: "createdAt",
            },
            Relation {
                name: "parent",
                from: "parent_id",
                target: catalogue::<customer::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "stage",
                from: "stage_id",
                target: catalogue::<lifecycle_stage::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "losses",
                from: "id",
                target: catalogue::<loss::Entity>,
                to: "customer_id",
                date: "lostAt",
            },
            Relation {
                name: "winbacks",
                from: "id",
                target: catalogue::<winback::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
        ]
    }
}

/// Resources whose rules go on to the customer that a record is about.
macro_rules! about_customers {
    ($($entity:ty),+) => {
        $(impl Described for $entity {
            fn relations() -> Vec<Relation> {
                vec![of_customer()]
            }
        })+
    };
}

about_customers!(
    contact::Entity,
    interaction::Entity,
    consent::Entity,
    contact_point::Entity,
    task::Entity,
    order::Entity
);

impl Described for loss::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            Relation {
                name: "winbacks",
                from: "id",
                target: catalogue::<winback::Entity>,
                to: "loss_id",
                date: "createdAt",
            },
        ]
    }
}

impl Described for winback::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer()]
    }
}

fn of_customer() -> Relation {
    Relation {
        name: "customer",
        from: "customer_id",
        target: catalogue::<customer::Entity>,
        to: "id",
        date: "createdAt",
    }
}

/// Resources whose rules speak of their own fields only.
macro_rules! alone {
    ($($entity:ty),+) => {
        $(impl Described for $entity {
            fn relations() -> Vec<Relation> {
                Vec::new()
            }
        })+
    };
}

alone!(
    custom_field::Entity,
    workspace::Entity,
    user::Entity,
    team::Entity,
    role::Entity,
    session::Entity,
    api_key::Entity,
    product::Entity,
    segment::Entity,
    score::Entity,
    lifecycle_stage::Entity,
    loss_reason::Entity,
    winback_programme::Entity,
    notification::Entity,
    webhook_endpoint::Entity,
    webhook_delivery::Entity,
    import::Entity,
    mapping::Entity,
    export::Entity
);

/// The fields that the workspace has defined, as somebody of some roles sees them: of all of these.
pub(crate) async fn custom_fields(ctx: &Ctx, roles: &[role::Id]) -> Result<CustomFields> {
    use custom_field::Column::{Key, Position};
    let all = custom_field::Entity::find().order_by_asc(Position).order_by_asc(Key);
    let rows = ctx.rows::<custom_field::Entity>().all(all).await?;
    let field = |row: custom_field::Model| {
        let target = row.target.map(target);
        (row.resource.name().to_owned(), CustomField::new(row, target, roles))
    };
    Ok(rows.into_iter().map(field).collect())
}

fn target(of: custom_field::Target) -> fn() -> &'static Catalogue {
    use custom_field::Target::{Contact, Customer, Order, Product, User};
    match of {
        Customer => catalogue::<customer::Entity>,
        Contact => catalogue::<contact::Entity>,
        Product => catalogue::<product::Entity>,
        Order => catalogue::<order::Entity>,
        User => catalogue::<user::Entity>,
    }
}

/// Rapport itself at work in a workspace, knowing the fields that the workspace has defined.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub(crate) async fn system(
    database: &Database,
    workspace: &workspace::Model,
    kind: ActorKind,
) -> Result<Ctx> {
    let actor = Actor::system(workspace, kind);
    let custom = custom_fields(&Ctx::new(database.clone(), actor.clone()), &[]).await?;
    Ok(Ctx::new(database.clone(), actor.with_custom(custom)))
}
