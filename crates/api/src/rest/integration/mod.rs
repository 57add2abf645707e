mod events;
mod history;

use super::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    events::routes(to);
    history::routes(to);
}
