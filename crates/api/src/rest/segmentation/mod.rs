mod scores;
mod segments;

use crate::rest::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    segments::routes(to);
    scores::routes(to);
}
