mod analysis;
mod charted;
mod segments;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    analysis::routes(to);
    segments::routes(to);
}
