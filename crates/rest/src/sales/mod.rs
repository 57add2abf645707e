mod orders;
mod products;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    products::routes(to);
    orders::routes(to);
}
