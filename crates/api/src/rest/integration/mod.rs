mod events;
mod exports;
mod history;
mod imports;
mod mappings;

use super::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    events::routes(to);
    history::routes(to);
    imports::routes(to);
    mappings::routes(to);
    exports::routes(to);
}
