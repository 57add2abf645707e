mod messages;
mod queues;
mod requests;
mod statuses;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    requests::routes(to);
    messages::routes(to);
    statuses::routes(to);
    queues::routes(to);
}
