//! What rules may speak of: each resource's relations, gathered from every part of the business in one place, so that
//! no part has to import another.

use rapport_entity::{
    approvals::{approval, approval_rule},
    customers::{consent, contact, contact_point, custom_field, customer, interaction},
    identity::{api_key, role, session, team, user, workspace},
    integration::{export, import, mapping, webhook_delivery, webhook_endpoint},
    lifecycle::{lifecycle_stage, loss, loss_reason, winback, winback_programme},
    log::event::ActorKind,
    ownership::{ownership_transfer, pool},
    plays::{play, play_run},
    sales::{
        close_reason, delivery, exchange_rate, forecast_adjustment, lead, lead_assignment_rule,
        lead_form, lead_scoring_rule, opportunity, opportunity_contact, order, payment, pipeline,
        pipeline_stage, price_book, price_book_entry, product, product_cost, quote, target,
    },
    segmentation::{score, segment, segment_listing::Listing},
    service::{
        agreement, asset, attachment, canned_answer, complaint, complaint_cause, entitlement,
        mailbox, promise, queue, request_message, service_agent, service_clock,
        service_escalation_rule, service_plan, service_policy, service_request,
        service_routing_rule, service_status, site, survey, survey_response,
    },
    work::{business_calendar, notification, task},
};

use std::sync::LazyLock;

use sea_orm::{ActiveEnum, EntityTrait, QueryOrder};

use crate::kernel::{
    Actor, Catalogue, Ctx, CustomField, CustomFields, Database, Described, Field, FieldKind,
    OwnedBy, PartOf, Relation, Result, catalogue,
};

/// Every catalogue that lists and rules of the API speak of.
pub fn catalogues() -> [&'static Catalogue; 72] {
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
        catalogue::<delivery::Entity>(),
        catalogue::<payment::Entity>(),
        catalogue::<product::Entity>(),
        catalogue::<lead::Entity>(),
        catalogue::<lead_scoring_rule::Entity>(),
        catalogue::<lead_assignment_rule::Entity>(),
        catalogue::<lead_form::Entity>(),
        catalogue::<pool::Entity>(),
        catalogue::<ownership_transfer::Entity>(),
        catalogue::<opportunity::Entity>(),
        catalogue::<pipeline::Entity>(),
        catalogue::<pipeline_stage::Entity>(),
        catalogue::<close_reason::Entity>(),
        catalogue::<exchange_rate::Entity>(),
        catalogue::<quote::Entity>(),
        catalogue::<service_request::Entity>(),
        catalogue::<request_message::Entity>(),
        catalogue::<attachment::Entity>(),
        catalogue::<canned_answer::Entity>(),
        catalogue::<mailbox::Entity>(),
        catalogue::<service_status::Entity>(),
        catalogue::<queue::Entity>(),
        catalogue::<service_agent::Entity>(),
        catalogue::<service_routing_rule::Entity>(),
        catalogue::<service_escalation_rule::Entity>(),
        catalogue::<business_calendar::Entity>(),
        catalogue::<service_policy::Entity>(),
        catalogue::<approval_rule::Entity>(),
        catalogue::<approval::Entity>(),
        catalogue::<target::Entity>(),
        catalogue::<forecast_adjustment::Entity>(),
        catalogue::<product_cost::Entity>(),
        catalogue::<price_book::Entity>(),
        catalogue::<price_book_entry::Entity>(),
        catalogue::<site::Entity>(),
        catalogue::<asset::Entity>(),
        catalogue::<agreement::Entity>(),
        catalogue::<entitlement::Entity>(),
        catalogue::<service_plan::Entity>(),
        catalogue::<complaint_cause::Entity>(),
        catalogue::<complaint::Entity>(),
        catalogue::<promise::Entity>(),
        catalogue::<survey::Entity>(),
        catalogue::<survey_response::Entity>(),
        catalogue::<segment::Entity>(),
        catalogue::<score::Entity>(),
        catalogue::<lifecycle_stage::Entity>(),
        catalogue::<loss_reason::Entity>(),
        catalogue::<loss::Entity>(),
        catalogue::<winback_programme::Entity>(),
        catalogue::<play::Entity>(),
        catalogue::<play_run::Entity>(),
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
                name: "leads",
                from: "id",
                target: catalogue::<lead::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
            Relation {
                name: "opportunities",
                from: "id",
                target: catalogue::<opportunity::Entity>,
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
                name: "deliveries",
                from: "id",
                target: catalogue::<delivery::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
            Relation {
                name: "payments",
                from: "id",
                target: catalogue::<payment::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
            Relation {
                name: "orderLines",
                from: "id",
                target: order_lines,
                to: "customer_id",
                date: "orderedOn",
            },
            Relation {
                name: "scores",
                from: "id",
                target: customer_scores,
                to: "customer_id",
                date: "lastOrderedOn",
            },
            Relation {
                name: "listings",
                from: "id",
                target: segment_listings,
                to: "customer_id",
                date: "listedAt",
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
                name: "quotes",
                from: "id",
                target: catalogue::<quote::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
            Relation { name: "sites", from: "id", to: "customer_id", ..of_site() },
            Relation { name: "assets", to: "customer_id", ..parts_of_assets() },
            Relation {
                name: "agreements",
                from: "id",
                target: catalogue::<agreement::Entity>,
                to: "customer_id",
                date: "createdAt",
            },
            entitlements(),
            service_requests(),
            surveyed(),
            complaints(),
            Relation {
                name: "approvals",
                from: "id",
                target: catalogue::<approval::Entity>,
                to: "customer_id",
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
            Relation {
                name: "ownershipChanges",
                from: "id",
                target: customers_owners,
                to: "customer_id",
                date: "at",
            },
        ]
    }
}

/// Who came to have customers.
fn customers_owners() -> &'static Catalogue {
    static OWNERS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "customer_ownership",
        owned_by: OwnedBy::CustomersOwner("customer_id"),
        ..owners("customer", "customerId", "customer_id")
    });
    &OWNERS
}

/// Who came to have leads.
fn leads_owners() -> &'static Catalogue {
    static OWNERS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "lead_ownership",
        ..owners("lead", "leadId", "lead_id")
    });
    &OWNERS
}

/// A view of who came to have records of a kind.
fn owners(of: &'static str, subject: &'static str, id: &'static str) -> Catalogue {
    Catalogue {
        name: of,
        read_as: of,
        part_of: Some(PartOf { resource: of, member: "ownerId", its_own: &[], of_others: &[] }),
        table: format!("{of}_ownership"),
        workspace: "workspace_id",
        id,
        deleted_at: None,
        owned_by: OwnedBy::User("owner_id"),
        search: None,
        fields: vec![
            Field::plain(subject, id, FieldKind::Id),
            Field { indexed: true, ..Field::plain("at", "at", FieldKind::Time) },
            Field::plain("way", "way", FieldKind::Text(Vec::new())),
            Field::plain("ownerBefore", "owner_before", FieldKind::Id),
            Field::plain("ownerId", "owner_id", FieldKind::Id),
            Field::plain("actorKind", "actor_kind", FieldKind::Text(ActorKind::values())),
            Field::plain("reason", "reason", FieldKind::Text(Vec::new())),
        ],
        relations: Vec::new(),
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
    task::Entity
);

impl Described for lead::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            Relation {
                name: "opportunity",
                from: "opportunity_id",
                target: catalogue::<opportunity::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "ownershipChanges",
                from: "id",
                target: leads_owners,
                to: "lead_id",
                date: "at",
            },
        ]
    }
}

impl Described for opportunity::Entity {
    fn relations() -> Vec<Relation> {
        let part = |name, target| Relation {
            name,
            from: "id",
            target,
            to: "opportunity_id",
            date: "createdAt",
        };
        vec![
            of_customer(),
            part("lines", proposed_lines),
            part("contacts", opportunity_people),
            part("competitors", opportunity_rivals),
            part("approvals", catalogue::<approval::Entity>),
            part("quotes", catalogue::<quote::Entity>),
            Relation { date: "dueAt", ..part("tasks", catalogue::<task::Entity>) },
            Relation {
                date: "occurredAt",
                ..part("interactions", catalogue::<interaction::Entity>)
            },
            Relation {
                name: "stage",
                from: "stage_id",
                target: catalogue::<pipeline_stage::Entity>,
                to: "id",
                date: "createdAt",
            },
        ]
    }
}

impl Described for quote::Entity {
    fn relations() -> Vec<Relation> {
        let part =
            |name, target| Relation { name, from: "id", target, to: "quote_id", date: "createdAt" };
        vec![
            of_customer(),
            part("lines", quoted_lines),
            part("margins", quote_margins),
            Relation { date: "orderedOn", ..part("orders", catalogue::<order::Entity>) },
            part("approvals", catalogue::<approval::Entity>),
            Relation {
                name: "opportunity",
                from: "opportunity_id",
                target: catalogue::<opportunity::Entity>,
                to: "id",
                date: "createdAt",
            },
        ]
    }
}

/// The lines of quotes.
fn quoted_lines() -> &'static Catalogue {
    static LINES: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "quote_line",
        read_as: "quote",
        part_of: Some(PartOf {
            resource: "quote",
            member: "lines",
            its_own: &["customerId", "status", "createdAt"],
            of_others: &[("category", "product")],
        }),
        table: "quoted_line".to_owned(),
        workspace: "workspace_id",
        id: "position",
        deleted_at: None,
        owned_by: OwnedBy::User("owner_id"),
        search: None,
        fields: vec![
            Field::plain("quoteId", "quote_id", FieldKind::Id),
            Field::plain("customerId", "customer_id", FieldKind::Id),
            Field::plain("status", "status", FieldKind::Text(quote::Status::values())),
            Field { indexed: true, ..Field::plain("createdAt", "created_at", FieldKind::Time) },
            Field::plain("productId", "product_id", FieldKind::Id),
            Field::plain("category", "category", FieldKind::Text(Vec::new())),
            Field::plain("description", "description", FieldKind::Text(Vec::new())),
            Field::plain("quantity", "quantity", FieldKind::Number),
            Field::plain("unitPrice", "unit_price_minor", FieldKind::Money),
            Field::plain("discount", "discount", FieldKind::Number),
            Field::plain("discountLimit", "discount_limit", FieldKind::Number),
            Field::plain("net", "net_minor", FieldKind::Money),
        ],
        relations: Vec::new(),
    });
    &LINES
}

/// What is left of quotes: for whoever may know what products cost.
fn quote_margins() -> &'static Catalogue {
    static MARGINS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "quote_margin",
        read_as: "product_cost",
        part_of: Some(PartOf { resource: "quote", member: "lines", its_own: &[], of_others: &[] }),
        table: "quote_margin".to_owned(),
        workspace: "workspace_id",
        id: "quote_id",
        deleted_at: None,
        owned_by: OwnedBy::Nobody,
        search: None,
        fields: vec![
            Field::plain("cost", "cost_minor", FieldKind::Money),
            Field::plain("margin", "margin_minor", FieldKind::Money),
            Field::plain("marginRate", "margin_rate", FieldKind::Number),
            Field::plain("complete", "complete", FieldKind::Boolean),
            Field::plain("createdAt", "created_at", FieldKind::Time),
        ],
        relations: Vec::new(),
    });
    &MARGINS
}

impl Described for approval::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            Relation {
                name: "opportunity",
                from: "opportunity_id",
                target: catalogue::<opportunity::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "quote",
                from: "quote_id",
                target: catalogue::<quote::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "approvers",
                from: "id",
                target: approvers,
                to: "approval_id",
                date: "since",
            },
        ]
    }
}

/// Whose turn it is to decide on approvals.
fn approvers() -> &'static Catalogue {
    static APPROVERS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "approver",
        read_as: "approval",
        part_of: Some(PartOf {
            resource: "approval",
            member: "steps",
            its_own: &[],
            of_others: &[],
        }),
        table: "approver".to_owned(),
        workspace: "workspace_id",
        id: "user_id",
        deleted_at: None,
        owned_by: OwnedBy::User("user_id"),
        search: None,
        fields: vec![
            Field::plain("userId", "user_id", FieldKind::Id),
            Field::plain("since", "since", FieldKind::Time),
        ],
        relations: Vec::new(),
    });
    &APPROVERS
}

/// A view of what belongs to opportunities.
fn of_opportunities(
    name: &'static str,
    member: &'static str,
    table: &str,
    of_others: &'static [(&'static str, &'static str)],
    more: Vec<Field>,
) -> Catalogue {
    let mut fields = vec![
        Field::plain("opportunityId", "opportunity_id", FieldKind::Id),
        Field::plain("customerId", "customer_id", FieldKind::Id),
        Field { indexed: true, ..Field::plain("createdAt", "created_at", FieldKind::Time) },
    ];
    fields.extend(more);
    Catalogue {
        name,
        read_as: "opportunity",
        part_of: Some(PartOf {
            resource: "opportunity",
            member,
            its_own: &["customerId", "status", "createdAt"],
            of_others,
        }),
        table: table.to_owned(),
        workspace: "workspace_id",
        id: "opportunity_id",
        deleted_at: None,
        owned_by: OwnedBy::User("owner_id"),
        search: None,
        fields,
        relations: Vec::new(),
    }
}

/// The lines of opportunities.
fn proposed_lines() -> &'static Catalogue {
    static LINES: LazyLock<Catalogue> = LazyLock::new(|| {
        let of_others = &[("category", "product")];
        let more = vec![
            Field::plain("status", "status", FieldKind::Text(opportunity::Status::values())),
            Field::plain("productId", "product_id", FieldKind::Id),
            Field::plain("category", "category", FieldKind::Text(Vec::new())),
            Field::plain("description", "description", FieldKind::Text(Vec::new())),
            Field::plain("quantity", "quantity", FieldKind::Number),
            Field::plain("unitPrice", "unit_price_minor", FieldKind::Money),
            Field::plain("discount", "discount", FieldKind::Number),
            Field::plain("net", "net_minor", FieldKind::Money),
        ];
        of_opportunities("opportunity_line", "lines", "proposed_line", of_others, more)
    });
    &LINES
}

/// The people on the customer's side of opportunities.
fn opportunity_people() -> &'static Catalogue {
    static PEOPLE: LazyLock<Catalogue> = LazyLock::new(|| {
        let roles = opportunity_contact::Role::values();
        let more = vec![
            Field::plain("contactId", "contact_id", FieldKind::Id),
            Field::plain("role", "role", FieldKind::Text(roles)),
            Field::plain("isPrimary", "is_primary", FieldKind::Boolean),
        ];
        of_opportunities("opportunity_contact", "contacts", "opportunity_person", &[], more)
    });
    &PEOPLE
}

/// The competitors of opportunities.
fn opportunity_rivals() -> &'static Catalogue {
    static RIVALS: LazyLock<Catalogue> = LazyLock::new(|| {
        let more = vec![Field::plain("name", "name", FieldKind::Text(Vec::new()))];
        of_opportunities("opportunity_competitor", "competitors", "opportunity_rival", &[], more)
    });
    &RIVALS
}

impl Described for order::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            Relation {
                name: "quote",
                from: "quote_id",
                target: catalogue::<quote::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "lines",
                from: "id",
                target: order_lines,
                to: "order_id",
                date: "orderedOn",
            },
            Relation {
                name: "deliveries",
                from: "id",
                target: catalogue::<delivery::Entity>,
                to: "order_id",
                date: "createdAt",
            },
            Relation {
                name: "payments",
                from: "id",
                target: catalogue::<payment::Entity>,
                to: "order_id",
                date: "createdAt",
            },
        ]
    }
}

impl Described for delivery::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer(), of_order()]
    }
}

impl Described for payment::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer(), of_order()]
    }
}

fn of_order() -> Relation {
    Relation {
        name: "order",
        from: "order_id",
        target: catalogue::<order::Entity>,
        to: "id",
        date: "createdAt",
    }
}

/// The lines of orders: a view, which has of the order and of the product what rules ask of a line.
fn order_lines() -> &'static Catalogue {
    static LINES: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "order_line",
        read_as: "order",
        part_of: Some(PartOf {
            resource: "order",
            member: "lines",
            its_own: &["customerId", "status", "orderedOn"],
            of_others: &[("category", "product")],
        }),
        table: "ordered_line".to_owned(),
        workspace: "workspace_id",
        id: "position",
        deleted_at: None,
        owned_by: OwnedBy::User("owner_id"),
        search: None,
        fields: vec![
            Field::plain("orderId", "order_id", FieldKind::Id),
            Field::plain("customerId", "customer_id", FieldKind::Id),
            Field::plain("status", "status", FieldKind::Text(order::Status::values())),
            Field { indexed: true, ..Field::plain("orderedOn", "ordered_on", FieldKind::Date) },
            Field::plain("productId", "product_id", FieldKind::Id),
            Field::plain("category", "category", FieldKind::Text(Vec::new())),
            Field::plain("description", "description", FieldKind::Text(Vec::new())),
            Field::plain("quantity", "quantity", FieldKind::Number),
            Field::plain("unitPrice", "unit_price_minor", FieldKind::Money),
            Field::plain("amount", "amount_minor", FieldKind::Money),
        ],
        relations: Vec::new(),
    });
    &LINES
}

/// What customers have of scores.
fn customer_scores() -> &'static Catalogue {
    static SCORES: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "customer_score",
        read_as: "score",
        part_of: None,
        table: "customer_score".to_owned(),
        workspace: "workspace_id",
        id: "score_id",
        deleted_at: None,
        owned_by: OwnedBy::Nobody,
        search: None,
        fields: vec![
            Field::plain("scoreId", "score_id", FieldKind::Id),
            Field::plain("scoreKey", "score_key", FieldKind::Text(Vec::new())),
            Field::plain("value", "value", FieldKind::Number),
            Field::plain("tier", "tier", FieldKind::Text(Vec::new())),
            Field::plain("recencyScore", "recency_score", FieldKind::Integer),
            Field::plain("frequencyScore", "frequency_score", FieldKind::Integer),
            Field::plain("monetaryScore", "monetary_score", FieldKind::Integer),
            Field::plain("lastOrderedOn", "last_ordered_on", FieldKind::Date),
            Field::plain("orderCount", "order_count", FieldKind::Integer),
            Field::plain("revenue", "revenue_minor", FieldKind::Money),
        ],
        relations: Vec::new(),
    });
    &SCORES
}

/// The lists of segments, on which customers stand by hand.
fn segment_listings() -> &'static Catalogue {
    static LISTINGS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "segment_listing",
        read_as: "segment",
        part_of: None,
        table: "segment_listing".to_owned(),
        workspace: "workspace_id",
        id: "segment_id",
        deleted_at: None,
        owned_by: OwnedBy::Nobody,
        search: None,
        fields: vec![
            Field::plain("segmentId", "segment_id", FieldKind::Id),
            Field::plain("listing", "listing", FieldKind::Text(Listing::values())),
            Field::plain("listedAt", "listed_at", FieldKind::Time),
        ],
        relations: Vec::new(),
    });
    &LISTINGS
}

impl Described for site::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            Relation { name: "assets", to: "site_id", ..parts_of_assets() },
            Relation { to: "site_id", ..entitlements() },
            Relation { to: "site_id", ..service_requests() },
        ]
    }
}

fn of_site() -> Relation {
    Relation {
        name: "site",
        from: "site_id",
        target: catalogue::<site::Entity>,
        to: "id",
        date: "createdAt",
    }
}

impl Described for asset::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            of_site(),
            of_product(),
            of_order(),
            Relation { name: "parent", from: "parent_id", to: "id", ..parts_of_assets() },
            parts_of_assets(),
            Relation { to: "asset_id", ..entitlements() },
        ]
    }
}

impl Described for agreement::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer(), Relation { to: "agreement_id", ..entitlements() }]
    }
}

impl Described for entitlement::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            of_product(),
            of_order(),
            Relation {
                name: "agreement",
                from: "agreement_id",
                target: catalogue::<agreement::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation { name: "asset", from: "asset_id", to: "id", ..parts_of_assets() },
            of_site(),
        ]
    }
}

impl Described for service_plan::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_product()]
    }
}

fn parts_of_assets() -> Relation {
    Relation {
        name: "parts",
        from: "id",
        target: catalogue::<asset::Entity>,
        to: "parent_id",
        date: "createdAt",
    }
}

fn entitlements() -> Relation {
    Relation {
        name: "entitlements",
        from: "id",
        target: catalogue::<entitlement::Entity>,
        to: "customer_id",
        date: "startsOn",
    }
}

fn service_requests() -> Relation {
    Relation {
        name: "serviceRequests",
        from: "id",
        target: catalogue::<service_request::Entity>,
        to: "customer_id",
        date: "openedAt",
    }
}

impl Described for service_request::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            of_product(),
            of_order(),
            Relation {
                name: "queue",
                from: "queue_id",
                target: catalogue::<queue::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "messages",
                from: "id",
                target: catalogue::<request_message::Entity>,
                to: "request_id",
                date: "sentAt",
            },
            Relation {
                name: "children",
                from: "id",
                target: catalogue::<service_request::Entity>,
                to: "parent_id",
                date: "openedAt",
            },
            Relation { name: "parent", from: "parent_id", ..of_request() },
            Relation { name: "asset", from: "asset_id", to: "id", ..parts_of_assets() },
            of_site(),
            Relation { name: "entitlement", from: "entitlement_id", to: "id", ..entitlements() },
            Relation { name: "complaint", to: "request_id", ..complaints() },
            Relation {
                name: "promises",
                from: "id",
                target: catalogue::<promise::Entity>,
                to: "request_id",
                date: "dueAt",
            },
            Relation { to: "request_id", ..surveyed() },
            Relation {
                name: "clocks",
                from: "id",
                target: service_clocks,
                to: "request_id",
                date: "startedAt",
            },
        ]
    }
}

fn complaints() -> Relation {
    Relation {
        name: "complaints",
        from: "id",
        target: catalogue::<complaint::Entity>,
        to: "customer_id",
        date: "createdAt",
    }
}

fn surveyed() -> Relation {
    Relation {
        name: "surveyResponses",
        from: "id",
        target: catalogue::<survey_response::Entity>,
        to: "customer_id",
        date: "answeredAt",
    }
}

impl Described for complaint::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            of_request(),
            Relation {
                name: "cause",
                from: "cause_id",
                target: catalogue::<complaint_cause::Entity>,
                to: "id",
                date: "createdAt",
            },
        ]
    }
}

impl Described for promise::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer(), of_request()]
    }
}

impl Described for survey_response::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            of_request(),
            Relation {
                name: "survey",
                from: "survey_id",
                target: catalogue::<survey::Entity>,
                to: "id",
                date: "createdAt",
            },
        ]
    }
}

impl Described for request_message::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer(), of_request()]
    }
}

impl Described for attachment::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_customer(), of_request()]
    }
}

/// The clocks of service requests.
fn service_clocks() -> &'static Catalogue {
    static CLOCKS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
        name: "service_clock",
        read_as: "service_request",
        part_of: None,
        table: "service_clock".to_owned(),
        workspace: "workspace_id",
        id: "cycle",
        deleted_at: None,
        owned_by: OwnedBy::RequestsOwner("request_id"),
        search: None,
        fields: vec![
            Field::plain("kind", "kind", FieldKind::Text(service_policy::Kind::values())),
            Field::plain("cycle", "cycle", FieldKind::Integer),
            Field::plain("state", "state", FieldKind::Text(service_clock::State::values())),
            Field::plain("policyId", "policy_id", FieldKind::Id),
            Field::plain("targetMinutes", "target_minutes", FieldKind::Integer),
            Field { indexed: true, ..Field::plain("startedAt", "started_at", FieldKind::Time) },
            Field::plain("dueAt", "due_at", FieldKind::Time),
            Field::plain("breachedAt", "breached_at", FieldKind::Time),
            Field::plain("doneAt", "done_at", FieldKind::Time),
        ],
        relations: Vec::new(),
    });
    &CLOCKS
}

fn of_request() -> Relation {
    Relation {
        name: "serviceRequest",
        from: "request_id",
        target: catalogue::<service_request::Entity>,
        to: "id",
        date: "openedAt",
    }
}

impl Described for product_cost::Entity {
    fn relations() -> Vec<Relation> {
        vec![of_product()]
    }
}

impl Described for price_book::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_customer(),
            Relation {
                name: "segment",
                from: "segment_id",
                target: catalogue::<segment::Entity>,
                to: "id",
                date: "createdAt",
            },
            Relation {
                name: "entries",
                from: "id",
                target: catalogue::<price_book_entry::Entity>,
                to: "price_book_id",
                date: "createdAt",
            },
        ]
    }
}

impl Described for price_book_entry::Entity {
    fn relations() -> Vec<Relation> {
        vec![
            of_product(),
            Relation {
                name: "priceBook",
                from: "price_book_id",
                target: catalogue::<price_book::Entity>,
                to: "id",
                date: "createdAt",
            },
        ]
    }
}

fn of_product() -> Relation {
    Relation {
        name: "product",
        from: "product_id",
        target: catalogue::<product::Entity>,
        to: "id",
        date: "createdAt",
    }
}

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

impl Described for play_run::Entity {
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
    lead_scoring_rule::Entity,
    lead_assignment_rule::Entity,
    lead_form::Entity,
    pool::Entity,
    ownership_transfer::Entity,
    pipeline::Entity,
    pipeline_stage::Entity,
    close_reason::Entity,
    exchange_rate::Entity,
    approval_rule::Entity,
    service_status::Entity,
    canned_answer::Entity,
    mailbox::Entity,
    queue::Entity,
    service_agent::Entity,
    service_routing_rule::Entity,
    service_escalation_rule::Entity,
    business_calendar::Entity,
    service_policy::Entity,
    complaint_cause::Entity,
    survey::Entity,
    target::Entity,
    forecast_adjustment::Entity,
    segment::Entity,
    score::Entity,
    lifecycle_stage::Entity,
    loss_reason::Entity,
    winback_programme::Entity,
    play::Entity,
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
