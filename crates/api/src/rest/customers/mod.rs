mod contacts;
mod customers;

use crate::rest::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    customers::routes(to);
    contacts::routes(to);
}
