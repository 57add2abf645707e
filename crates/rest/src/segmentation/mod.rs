mod members;
mod preview;
mod scores;
mod segments;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    // Before the records, whose ids would take the last part of a path.
    preview::routes(to);
    members::routes(to);
    segments::routes(to);
    scores::routes(to);
}
