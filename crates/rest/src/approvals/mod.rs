mod approvals;
mod rules;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    rules::routes(to);
    approvals::routes(to);
}
