use std::collections::HashMap;

use super::{
    changes::{Changes, Touched},
    dependencies::Dependency,
};
use crate::kernel::{Result, Tx};

/// Remembers whom each dependency touches: many rules depend on the same things.
#[derive(Default)]
pub struct Known(HashMap<Dependency, Touched>);

impl Known {
    /// Who may have been touched because of a dependency. What a rule says of another segment is known only once that
    /// one has been looked after.
    pub async fn touched(
        &mut self,
        tx: &Tx<'_>,
        changes: &Changes,
        dependency: &Dependency,
    ) -> Result<&Touched> {
        if !self.0.contains_key(dependency) {
            let touched = changes.through(tx, dependency).await?;
            self.0.insert(dependency.clone(), touched);
        }
        Ok(self.0.entry(dependency.clone()).or_default())
    }
}
