//! Secrets that must be read again, unlike passwords, are kept sealed: what leaves the database by way of a single table
//! or one workspace's export is of no use without the installation's key.
//!
//! The keys are the installation's own. They are not made from those that sign access tokens, because these are replaced
//! and forgotten, and what is sealed must be read for years.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    rand,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use rapport_entity::identity::{Secret, sealing_key};
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder};

use super::{
    database::Database,
    error::{Error, Result},
};

/// Seals a secret. `place` is where it is kept; elsewhere it cannot be opened. Not within a transaction.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn seal(database: &Database, place: &str, secret: &[u8]) -> Result<Secret> {
    let key = newest(database).await?;
    let mut text = secret.to_vec();
    let nonce = cipher(&key)?
        .seal_in_place_append_tag(Aad::from(place), &mut text)
        .map_err(|_| Error::internal("a secret cannot be sealed"))?;
    let mut sealed = nonce.as_ref().to_vec();
    sealed.append(&mut text);
    Ok(Secret::new(format!("{}.{}", key.id, BASE64_STANDARD.encode(sealed))))
}

/// Sees to it that there is a key, before anybody is in a transaction and needs one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn prepare(database: &Database) -> Result<()> {
    newest(database).await.map(|_| ())
}

/// Opens what was sealed for a place.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Internal`] where it is not what was sealed.
pub async fn open(database: &Database, place: &str, sealed: &Secret) -> Result<Vec<u8>> {
    let broken = || Error::internal(format!("what is sealed at {place} cannot be opened"));
    // Revealed to be opened.
    let (id, sealed) = sealed.reveal().split_once('.').ok_or_else(broken)?;
    let db = database.lookup().await?;
    let key = sealing_key::Entity::find_by_id(id.to_owned()).one(&db).await?.ok_or_else(broken)?;
    let mut text = BASE64_STANDARD.decode(sealed).map_err(|_| broken())?;
    let mut secret = text.split_off(text.len().min(NONCE_LEN));
    let nonce = Nonce::try_assume_unique_for_key(&text).map_err(|_| broken())?;
    let opened = cipher(&key)?.open_in_place(nonce, Aad::from(place), &mut secret);
    opened.map(|secret| secret.to_vec()).map_err(|_| broken())
}

/// The key to seal with. Nodes that start at the same time may each make one; what is sealed says by which.
async fn newest(database: &Database) -> Result<sealing_key::Model> {
    let newest = sealing_key::Entity::find()
        .order_by_desc(sealing_key::Column::CreatedAt)
        .order_by_desc(sealing_key::Column::Id);
    let known = newest.one(&database.lookup().await?).await?;
    match known {
        Some(key) => Ok(key),
        None => make(database).await,
    }
}

async fn make(database: &Database) -> Result<sealing_key::Model> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system has no random numbers"))?;
    let row = sealing_key::Model {
        id: uuid::Uuid::now_v7().to_string(),
        secret_key: Secret::new(BASE64_STANDARD.encode(bytes)),
        created_at: database.clock().now(),
    };
    let insert = sealing_key::Entity::insert(row.clone().into_active_model());
    insert.exec_without_returning(&database.installation().await?).await?;
    Ok(row)
}

fn cipher(key: &sealing_key::Model) -> Result<RandomizedNonceKey> {
    let broken = || Error::internal(format!("the sealing key {} cannot be read", key.id));
    // Revealed to seal and open with.
    let bytes = BASE64_STANDARD.decode(key.secret_key.reveal()).map_err(|_| broken())?;
    RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stores;

    #[tokio::test]
    async fn a_secret_is_opened_where_it_was_sealed_and_nowhere_else() {
        for store in stores().await {
            let sealed = seal(&store.database, "here", b"hush").await.unwrap();
            assert_ne!(sealed, seal(&store.database, "here", b"hush").await.unwrap());
            assert_eq!(open(&store.database, "here", &sealed).await.unwrap(), b"hush");
            assert!(open(&store.database, "there", &sealed).await.is_err());
            // Revealed to be tampered with.
            let text = sealed.reveal();
            for wrong in ["", ".", "x.y", &text[..text.len() - 8], &text[..40]] {
                assert!(open(&store.database, "here", &Secret::new(wrong.into())).await.is_err());
            }
            store.close().await;
        }
    }
}
