mod api_keys;
mod logos;
mod me;
mod roles;
mod sessions;
mod teams;
mod users;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    sessions::routes(to);
    me::routes(to);
    logos::routes(to);
    users::routes(to);
    teams::routes(to);
    roles::routes(to);
    api_keys::routes(to);
}
