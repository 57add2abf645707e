mod notifications;
mod tasks;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    tasks::routes(to);
    notifications::routes(to);
}
