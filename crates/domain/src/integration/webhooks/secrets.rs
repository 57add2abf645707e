//! The secrets of endpoints, and what is signed with them (Standard Webhooks 1.0).

use aws_lc_rs::{hmac, rand};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use rapport_entity::{
    identity::{Secret, workspace},
    integration::webhook_endpoint,
};
use uuid::Uuid;

use crate::kernel::{Database, Error, Result, sealing};

/// How many random bytes a secret has; the standard wants 24 to 64.
const LENGTH: usize = 32;

/// A secret as it is shown, once.
pub fn generate() -> Result<Secret> {
    let mut bytes = [0_u8; LENGTH];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system has no random numbers"))?;
    Ok(Secret::new(format!("whsec_{}", BASE64_STANDARD.encode(bytes))))
}

/// A secret as it is kept for an endpoint. Not within a transaction.
pub async fn seal(
    database: &Database,
    workspace: workspace::Id,
    endpoint: webhook_endpoint::Id,
    secret: &Secret,
) -> Result<Secret> {
    // Revealed to be sealed.
    sealing::seal(database, &place(workspace, endpoint), secret.reveal().as_bytes()).await
}

fn place(workspace: workspace::Id, endpoint: webhook_endpoint::Id) -> String {
    format!("webhook_endpoint/{workspace}/{endpoint}")
}

/// The keys that sign for an endpoint: the newest first.
pub struct Keys(Vec<(hmac::Key, Option<DateTime<Utc>>)>);

impl Keys {
    /// Opens those of an endpoint.
    pub async fn open(database: &Database, endpoint: &webhook_endpoint::Model) -> Result<Self> {
        let place = place(endpoint.workspace_id, endpoint.id);
        let mut keys = vec![(key(database, &place, &endpoint.secret).await?, None)];
        if let (Some(secret), Some(until)) =
            (&endpoint.previous_secret, endpoint.previous_secret_expires_at)
        {
            keys.push((key(database, &place, secret).await?, Some(until)));
        }
        Ok(Self(keys))
    }

    /// The header `webhook-signature`: one signature for each secret that is good now.
    pub fn sign(&self, id: Uuid, at: DateTime<Utc>, body: &[u8]) -> String {
        let head = format!("{id}.{}.", at.timestamp());
        let good = self.0.iter().filter(|(_, until)| until.is_none_or(|until| at < until));
        let signatures = good.map(|(key, _)| {
            let mut signing = hmac::Context::with_key(key);
            signing.update(head.as_bytes());
            signing.update(body);
            format!("v1,{}", BASE64_STANDARD.encode(signing.sign()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }

    #[cfg(test)]
    fn of(secrets: &[(&Secret, Option<DateTime<Utc>>)]) -> Self {
        let key =
            |secret: &Secret| hmac::Key::new(hmac::HMAC_SHA256, &bytes(secret.reveal()).unwrap());
        Self(secrets.iter().map(|(secret, until)| (key(secret), *until)).collect())
    }
}

async fn key(database: &Database, place: &str, sealed: &Secret) -> Result<hmac::Key> {
    let broken = || Error::internal(format!("the secret of {place} is none"));
    let text = sealing::open(database, place, sealed).await?;
    let text = std::str::from_utf8(&text).map_err(|_| broken())?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes(text).ok_or_else(broken)?))
}

fn bytes(secret: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use standardwebhooks::Webhook;

    use super::*;

    const BODY: &[u8] = br#"{"type":"rapport.order.updated.v1"}"#;

    /// What the library for receivers does, but for its looking at the clock.
    fn verifies(secret: &Secret, id: Uuid, at: DateTime<Utc>, signature: &str) -> bool {
        // Revealed as to a receiver.
        let webhook = Webhook::new(secret.reveal()).unwrap();
        let expected = webhook.sign(&id.to_string(), at.timestamp(), BODY).unwrap();
        signature.split(' ').any(|signature| signature == expected)
    }

    #[test]
    fn the_library_for_receivers_verifies_what_is_signed() {
        let (secret, other) = (generate().unwrap(), generate().unwrap());
        let id = Uuid::from_u128(7);
        let at = "2026-11-21T12:00:00.9Z".parse().unwrap();
        let signature = Keys::of(&[(&secret, None)]).sign(id, at, BODY);
        assert!(verifies(&secret, id, at, &signature));
        assert!(!verifies(&other, id, at, &signature));
        assert!(!verifies(&secret, Uuid::from_u128(8), at, &signature), "the id is signed");
        assert!(!verifies(&secret, id, at + TimeDelta::seconds(1), &signature), "so is the time");
    }

    #[test]
    fn two_secrets_sign_while_the_older_is_good() {
        let (new, old) = (generate().unwrap(), generate().unwrap());
        let at: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let keys = Keys::of(&[(&new, None), (&old, Some(at + TimeDelta::hours(24)))]);
        let id = Uuid::from_u128(7);
        let both = keys.sign(id, at, BODY);
        assert_eq!(both.split(' ').count(), 2);
        assert!(verifies(&new, id, at, &both) && verifies(&old, id, at, &both));
        let later = at + TimeDelta::hours(24);
        let one = keys.sign(id, later, BODY);
        assert!(verifies(&new, id, later, &one) && !verifies(&old, id, later, &one));
    }

    #[test]
    fn a_secret_has_as_many_bytes_as_the_standard_wants() {
        let secret = generate().unwrap();
        let length = bytes(secret.reveal()).unwrap().len();
        assert!((24..=64).contains(&length));
        assert_ne!(secret, generate().unwrap());
    }
}
