mod notifications;
mod tasks;

use async_graphql::MergedObject;
use notifications::{NotificationMutation, NotificationQuery};
use tasks::{TaskMutation, TaskQuery};

pub use tasks::Task;

/// What can be asked of what people have to do and are told.
#[derive(Default, MergedObject)]
pub struct WorkQuery(TaskQuery, NotificationQuery);

/// What can be done with what people have to do and are told.
#[derive(Default, MergedObject)]
pub struct WorkMutation(TaskMutation, NotificationMutation);
