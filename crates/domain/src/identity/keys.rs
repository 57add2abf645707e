//! The keys that access tokens are signed with: made on first start, kept in the database, never a default.
//! The newest signs; older ones are still good for the tokens they signed.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{DecodingKey, EncodingKey};
use rapport_entity::identity::{
    Secret,
    signing_key::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::Serialize;
use utoipa::ToSchema;

use super::tokens::sha256;
use crate::kernel::{Database, Error, Result};

/// How long a key is kept after the next one took its place: longer than any token it signed.
const KEPT: TimeDelta = TimeDelta::days(1);

/// A token with a key that we do not know may come from another node that has made a new one. How often we look.
const PATIENCE: TimeDelta = TimeDelta::seconds(1);

/// A key, ready for use.
pub struct Key {
    /// Names it in tokens (`kid`): its thumbprint (RFC 7638).
    pub id: String,
    /// The private half.
    pub signing: EncodingKey,
    /// The public half.
    pub verifying: DecodingKey,
    public: String,
}

/// The public keys, for others who want to know a token of ours (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Jwks {
    /// The keys, newest first.
    pub keys: Vec<Jwk>,
}

/// A public key (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Jwk {
    /// What kind of key it is: `OKP`.
    pub kty: &'static str,
    /// Its curve: `Ed25519`.
    pub crv: &'static str,
    /// What it is for: `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// How it signs: `EdDSA`.
    pub alg: &'static str,
    /// Names it in tokens.
    pub kid: String,
    /// The key: 32 bytes, base64url.
    pub x: String,
}

/// The keys of the installation.
pub struct Keyring {
    database: Database,
    ring: RwLock<Ring>,
}

struct Ring {
    newest: Arc<Key>,
    older: Vec<Arc<Key>>,
    read_at: DateTime<Utc>,
}

impl Ring {
    fn all(&self) -> impl Iterator<Item = &Arc<Key>> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

impl Keyring {
    /// The keys there are; a new one where there is none.
    pub async fn open(database: Database) -> Result<Self> {
        if stored(&database).await?.is_empty() {
            make(&database).await?;
        }
        let ring = RwLock::new(read(&database).await?);
        Ok(Self { database, ring })
    }

    /// The key to sign with.
    pub fn newest(&self) -> Arc<Key> {
        self.ring().newest.clone()
    }

    /// The key of this name.
    pub async fn find(&self, id: &str) -> Result<Option<Arc<Key>>> {
        if let Some(key) = self.known(id) {
            return Ok(Some(key));
        }
        self.read_again(PATIENCE).await?;
        Ok(self.known(id))
    }

    /// The public keys.
    pub async fn jwks(&self) -> Result<Jwks> {
        self.read_again(PATIENCE).await?;
        Ok(Jwks { keys: self.ring().all().map(|key| key.jwk()).collect() })
    }

    /// Makes a new key, which signs from now on, and forgets those that were replaced long ago.
    pub async fn rotate(&self) -> Result<()> {
        let keys = stored(&self.database).await?;
        let long_ago = self.database.clock().now() - KEPT;
        let replaced = keys.windows(2).filter(|pair| pair[0].created_at < long_ago);
        let old: Vec<String> = replaced.map(|pair| pair[1].id.clone()).collect();
        Entity::delete_many()
            .filter(Column::Id.is_in(old))
            .exec(&self.database.installation().await?)
            .await?;
        make(&self.database).await?;
        self.read_again(TimeDelta::zero()).await
    }

    fn known(&self, id: &str) -> Option<Arc<Key>> {
        self.ring().all().find(|key| key.id == id).cloned()
    }

    async fn read_again(&self, patience: TimeDelta) -> Result<()> {
        if self.database.clock().now() - self.ring().read_at < patience {
            return Ok(());
        }
        let ring = read(&self.database).await?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    fn ring(&self) -> std::sync::RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Key {
    fn jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP",
            crv: "Ed25519",
            usage: "sig",
            alg: "EdDSA",
            kid: self.id.clone(),
            x: self.public.clone(),
        }
    }
}

/// A node that starts at the same time may have made one too, so the newest is looked up, not remembered.
async fn read(database: &Database) -> Result<Ring> {
    let read_at = database.clock().now();
    let keys: Result<Vec<_>> =
        stored(database).await?.iter().map(|row| key(row).map(Arc::new)).collect();
    let mut keys = keys?.into_iter();
    let newest = keys.next().ok_or_else(|| Error::internal("there is no signing key"))?;
    Ok(Ring { newest, older: keys.collect(), read_at })
}

/// Newest first.
async fn stored(database: &Database) -> Result<Vec<Model>> {
    let all = Entity::find().order_by_desc(Column::CreatedAt).order_by_desc(Column::Id);
    Ok(all.all(&database.installation().await?).await?)
}

async fn make(database: &Database) -> Result<()> {
    let refused = |_| Error::internal("no key could be made");
    let pair = Ed25519KeyPair::generate().map_err(refused)?;
    let private = pair.to_pkcs8().map_err(refused)?;
    let public = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
    let row = Model {
        id: thumbprint(&public),
        private_key: Secret::new(BASE64_STANDARD.encode(private)),
        public_key: public,
        created_at: database.clock().now(),
    };
    let insert = Entity::insert(row.into_active_model());
    insert.exec_without_returning(&database.installation().await?).await?;
    Ok(())
}

/// RFC 7638.
fn thumbprint(public: &str) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
    BASE64_URL_SAFE_NO_PAD.encode(sha256(jwk.as_bytes()))
}

fn key(row: &Model) -> Result<Key> {
    let refused = || Error::internal(format!("the signing key {} cannot be read", row.id));
    // Revealed to sign with.
    let private = BASE64_STANDARD.decode(row.private_key.reveal()).map_err(|_| refused())?;
    Ed25519KeyPair::from_pkcs8(&private).map_err(|_| refused())?;
    Ok(Key {
        id: row.id.clone(),
        signing: EncodingKey::from_ed_der(&private),
        verifying: DecodingKey::from_ed_components(&row.public_key).map_err(|_| refused())?,
        public: row.public_key.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        let public = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        assert_eq!(thumbprint(public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
