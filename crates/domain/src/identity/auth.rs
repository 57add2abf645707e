use crate::kernel::*;
/// Stub
#[derive(Clone)]
pub struct Auth;
impl Auth {
    /// stub
    pub async fn ctx(&self, _t: &str) -> Result<Ctx> {
        Err(Error::Unauthenticated)
    }
    /// stub
    pub fn database(&self) -> &Database {
        unreachable!()
    }
}
