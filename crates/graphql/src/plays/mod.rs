mod plays;
mod runs;

use async_graphql::MergedObject;

/// What can be asked of plays.
#[derive(Default, MergedObject)]
pub struct PlaysQuery(plays::PlayQuery, runs::PlayRunQuery);

/// What can be done about plays.
#[derive(Default, MergedObject)]
pub struct PlaysMutation(plays::PlayMutation);
