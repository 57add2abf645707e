mod agreements;
mod assets;
mod coverage;
mod entitlements;
mod service_plans;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    assets::routes(to);
    agreements::routes(to);
    entitlements::routes(to);
    coverage::routes(to);
    service_plans::routes(to);
}
