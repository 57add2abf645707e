mod events;

pub use events::EventSubscription;
