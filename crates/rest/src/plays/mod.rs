mod plays;
mod runs;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    plays::routes(to);
    runs::routes(to);
}
