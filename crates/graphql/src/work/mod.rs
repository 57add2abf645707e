mod business_calendars;
mod notifications;
mod tasks;

use async_graphql::MergedObject;
use business_calendars::{BusinessCalendarMutation, BusinessCalendarQuery};
use notifications::{NotificationMutation, NotificationQuery};
use tasks::{TaskMutation, TaskQuery};

pub use tasks::Task;

/// What can be asked of what people have to do, when there is somebody, and what they are told.
#[derive(Default, MergedObject)]
pub struct WorkQuery(TaskQuery, BusinessCalendarQuery, NotificationQuery);

/// What can be done with what people have to do, when there is somebody, and what they are told.
#[derive(Default, MergedObject)]
pub struct WorkMutation(TaskMutation, BusinessCalendarMutation, NotificationMutation);
