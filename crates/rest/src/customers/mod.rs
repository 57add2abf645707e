mod consents;
mod contact_points;
mod contacts;
mod custom_fields;
mod customers;
mod interactions;
mod tags;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    customers::routes(to);
    contacts::routes(to);
    custom_fields::routes(to);
    tags::routes(to);
    interactions::routes(to);
    contact_points::routes(to);
    consents::routes(to);
}
