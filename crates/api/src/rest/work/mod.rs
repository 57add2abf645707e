mod notifications;
mod tasks;

use crate::rest::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    tasks::routes(to);
    notifications::routes(to);
}
