mod events;
mod history;
mod sync;

use super::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    events::routes(to);
    history::routes(to);
    sync::routes(to);
}
