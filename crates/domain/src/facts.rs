//! What rules may speak of: each resource's relations, gathered from every part of the business in one place, so that
//! no part has to import another.

use rapport_entity::{
    customers::{contact, customer},
    identity::{api_key, role, session, team, user, workspace},
    integration::{export, import, mapping, webhook_delivery, webhook_endpoint},
    sales::{order, product},
    segmentation::segment,
};

use crate::kernel::{Catalogue, Described, Relation, catalogue};

/// Every catalogue that lists and rules of the API speak of.
pub fn catalogues() -> [&'static Catalogue; 15] {
    [
        catalogue::<customer::Entity>(),
        catalogue::<contact::Entity>(),
        catalogue::<order::Entity>(),
        catalogue::<product::Entity>(),
        catalogue::<segment::Entity>(),
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
        ]
    }
}

impl Described for contact::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer()]
    }
}

impl Described for order::Entity {
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
    workspace::Entity,
    user::Entity,
    team::Entity,
    role::Entity,
    session::Entity,
    api_key::Entity,
    product::Entity,
    segment::Entity,
    webhook_endpoint::Entity,
    webhook_delivery::Entity,
    import::Entity,
    mapping::Entity,
    export::Entity
);
