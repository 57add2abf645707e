mod losses;
mod moves;
mod programmes;
mod reasons;
mod stages;
mod winbacks;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    stages::routes(to);
    moves::routes(to);
    reasons::routes(to);
    losses::routes(to);
    programmes::routes(to);
    winbacks::routes(to);
}
