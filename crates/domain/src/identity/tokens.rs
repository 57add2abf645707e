//! The two kinds of token. Access tokens are JWTs (RFC 9068, EdDSA) that live for minutes; refresh tokens and
//! invitations are random, and only their hashes are kept.

use aws_lc_rs::{digest, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use rapport_entity::identity::{session, user, workspace};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{auth::Settings, keys::Key};
use crate::kernel::{Error, Result};

/// How long an access token is good for.
pub const ACCESS: TimeDelta = TimeDelta::minutes(15);

/// No token of ours is longer; what is longer is not even looked at.
const LONGEST: usize = 4096;

/// How far the clocks of two of our nodes may be apart.
const DRIFT: TimeDelta = TimeDelta::seconds(5);

/// What an access token is (RFC 9068), so that no other kind of JWT is taken for one.
const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: us.
    pub iss: String,
    /// For whom: us.
    pub aud: String,
    /// The user.
    pub sub: user::Id,
    /// The workspace.
    pub wid: workspace::Id,
    /// The session.
    pub sid: session::Id,
    /// When it was issued.
    pub iat: i64,
    /// Before when it is of no use. We do not say, but heed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// From when on it is of no use.
    pub exp: i64,
    /// The token's own id.
    pub jti: Uuid,
}

impl Claims {
    /// For a session, from now on.
    pub fn new(settings: &Settings, session: &session::Model, now: DateTime<Utc>) -> Self {
        Self {
            iss: settings.issuer.clone(),
            aud: settings.audience.clone(),
            sub: session.user_id,
            wid: session.workspace_id,
            sid: session.id,
            iat: now.timestamp(),
            nbf: None,
            exp: (now + ACCESS).timestamp(),
            jti: Uuid::now_v7(),
        }
    }

    /// When the token ends.
    pub fn ends(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or_default()
    }

    fn are_of(&self, now: DateTime<Utc>) -> bool {
        let soon = (now + DRIFT).timestamp();
        let lives = self.exp.checked_sub(self.iat);
        now < self.ends()
            && self.iat <= soon
            && self.nbf.is_none_or(|nbf| nbf <= soon)
            && lives.is_some_and(|seconds| seconds <= ACCESS.num_seconds())
    }
}

/// A signed access token.
pub fn sign(claims: &Claims, key: &Key) -> Result<String> {
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(key.id.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    encode(&header, claims, &key.signing).map_err(|err| Error::Internal(err.into()))
}

/// Which of our keys a token says it is signed with. The header may choose among our keys and nothing else:
/// it names no algorithm but ours, brings no key along, and makes no demands (RFC 8725).
pub fn key_named_in(token: &str) -> Result<String> {
    if token.len() > LONGEST {
        return Err(Error::Unauthenticated);
    }
    let header = decode_header(token).map_err(|_| Error::Unauthenticated)?;
    let plain = Header {
        typ: Some(TYPE.to_owned()),
        kid: header.kid.clone(),
        ..Header::new(Algorithm::EdDSA)
    };
    match header.kid.clone() {
        Some(kid) if header == plain => Ok(kid),
        _ => Err(Error::Unauthenticated),
    }
}

/// What a token says, where it is signed with the key, by us, for us, and now is its time.
pub fn verify(token: &str, key: &Key, settings: &Settings, now: DateTime<Utc>) -> Result<Claims> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    // The time is compared below, with our clock.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &key.verifying, &validation)
        .map_err(|_| Error::Unauthenticated)?
        .claims;
    if claims.are_of(now) { Ok(claims) } else { Err(Error::Unauthenticated) }
}

/// A random token that also says whose workspace it belongs to, so that it can be looked up behind the workspace's wall.
pub struct Opaque {
    /// The workspace.
    pub workspace: workspace::Id,
    /// The token as it is handed out.
    pub text: String,
}

/// Begins every refresh token.
pub const REFRESH: &str = "rap_rt_";
/// Begins every invitation.
pub const INVITATION: &str = "rap_inv_";

const RANDOM: usize = 32;

impl Opaque {
    /// A new one.
    pub fn new(prefix: &str, workspace: workspace::Id) -> Result<Self> {
        let mut random = [0; RANDOM];
        rand::fill(&mut random).map_err(|_| Error::internal("no random numbers"))?;
        let bytes = [workspace.uuid().as_bytes().as_slice(), random.as_slice()].concat();
        Ok(Self { workspace, text: format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)) })
    }

    /// One that was handed out, if it looks like one.
    pub fn parse(prefix: &str, text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(prefix)?).ok()?;
        let workspace: [u8; 16] = bytes.get(..16)?.try_into().ok()?;
        (bytes.len() == 16 + RANDOM)
            .then(|| Self { workspace: Uuid::from_bytes(workspace).into(), text: text.to_owned() })
    }

    /// What is kept of it.
    pub fn hash(&self) -> Vec<u8> {
        sha256(self.text.as_bytes()).to_vec()
    }
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_opaque_token_names_its_workspace_and_no_two_are_alike() {
        let workspace = workspace::Id::new();
        let one = Opaque::new(REFRESH, workspace).expect("random numbers");
        let two = Opaque::new(REFRESH, workspace).expect("random numbers");
        assert_ne!(one.text, two.text);
        let read = Opaque::parse(REFRESH, &one.text).expect("ours");
        assert_eq!((read.workspace, read.hash()), (workspace, one.hash()));
        assert!(Opaque::parse(INVITATION, &one.text).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,120}", tail in "[A-Za-z0-9_-]{0,100}") {
            prop_assert!(Opaque::parse(REFRESH, &text).is_none());
            if let Some(token) = Opaque::parse(REFRESH, &format!("{REFRESH}{tail}")) {
                prop_assert_eq!(token.text.len(), REFRESH.len() + 64);
            }
            prop_assert!(key_named_in(&text).is_err());
        }
    }
}
