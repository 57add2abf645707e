mod contacts;
mod custom_fields;
mod customers;
mod tags;

use crate::rest::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    customers::routes(to);
    contacts::routes(to);
    custom_fields::routes(to);
    tags::routes(to);
}
