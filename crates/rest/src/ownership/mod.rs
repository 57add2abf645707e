mod claims;
mod history;
mod pools;
mod transfers;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    history::routes(to);
    pools::routes(to);
    claims::routes(to);
    transfers::routes(to);
}
