//! Access tokens that are not ours, or no longer, or not for this (RFC 8725, ASVS V9).

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use serde_json::{Value as Json, json};

use super::*;

fn encoded(json: &Json) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn decoded(part: &str) -> Json {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn with(json: &Json, changes: Json) -> Json {
    let mut json = json.clone();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Json::String(text) if text == "-" => json.as_object_mut().map(|o| o.remove(name)),
            value => json.as_object_mut().map(|o| o.insert(name.clone(), value.clone())),
        };
    }
    json
}

/// A genuine token, and what it takes to make others like it.
struct Forger {
    header: Json,
    claims: Json,
    parts: [String; 3],
    ours: EncodingKey,
    theirs: EncodingKey,
    their_jwk: Json,
    secrets: Vec<Vec<u8>>,
    now: i64,
}

impl Forger {
    async fn new(world: &World) -> Self {
        let genuine = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let parts: Vec<String> = genuine.access_token.split('.').map(str::to_owned).collect();
        let jwk = world.auth.jwks().await.expect("keys").keys.remove(0);
        let theirs = Ed25519KeyPair::generate().expect("a key");
        let x = BASE64_URL_SAFE_NO_PAD.encode(theirs.public_key());
        let public = BASE64_URL_SAFE_NO_PAD.decode(&jwk.x).expect("base64url");
        Self {
            header: decoded(&parts[0]),
            claims: decoded(&parts[1]),
            ours: world.auth.signing_key().signing.clone(),
            theirs: EncodingKey::from_ed_der(theirs.to_pkcs8().expect("a key").as_ref()),
            their_jwk: json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x }),
            secrets: vec![
                public,
                jwk.x.clone().into_bytes(),
                serde_json::to_vec(&jwk).expect("JSON"),
                jwk.kid.into_bytes(),
                Vec::new(),
            ],
            parts: parts.try_into().expect("three parts"),
            now: world.clock.now().timestamp(),
        }
    }

    fn signed(&self, header: &Json, claims: &Json, key: &EncodingKey, alg: Algorithm) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = sign(message.as_bytes(), key, alg).expect("signed");
        format!("{message}.{signature}")
    }

    fn ours(&self, header: Json, claims: Json) -> String {
        let (header, claims) = (with(&self.header, header), with(&self.claims, claims));
        self.signed(&header, &claims, &self.ours, Algorithm::EdDSA)
    }

    fn theirs(&self, header: Json) -> String {
        let header = with(&self.header, header);
        self.signed(&header, &self.claims, &self.theirs, Algorithm::EdDSA)
    }

    /// Another algorithm than ours, or none.
    fn algorithms(&self) -> Vec<String> {
        let mut all = Vec::new();
        for alg in [
            "none",
            "None",
            "NONE",
            "nOnE",
            "",
            "-",
            "HS256",
            "RS256",
            "PS512",
            "ES256",
            "ES384",
            "EdDsa",
            "Ed25519",
            "EdDSA,none",
        ] {
            let head = encoded(&with(&self.header, json!({ "alg": alg })));
            all.push(format!("{head}.{}.", self.parts[1]));
            all.push(format!("{head}.{}.{}", self.parts[1], self.parts[2]));
        }
        for secret in &self.secrets {
            let key = EncodingKey::from_secret(secret);
            for alg in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let header = with(&self.header, json!({ "alg": alg }));
                all.push(self.signed(&header, &self.claims, &key, alg));
            }
        }
        all
    }

    /// Another key than ours, or a header that asks for more than to choose among ours.
    fn headers(&self) -> Vec<String> {
        let jwk = &self.their_jwk;
        let theirs = [
            json!({}),
            json!({ "kid": "-" }),
            json!({ "kid": "theirs" }),
            json!({ "jwk": jwk }),
            json!({ "jwk": jwk, "kid": "-" }),
            json!({ "jku": "https://evil.example/jwks.json" }),
            json!({ "x5u": "https://evil.example/cert.pem" }),
            json!({ "x5c": ["MIIB"] }),
        ];
        let ours = [
            json!({ "kid": "-" }),
            json!({ "kid": "theirs" }),
            json!({ "kid": "" }),
            json!({ "kid": 0 }),
            json!({ "kid": null }),
            json!({ "kid": "../../../dev/null" }),
            json!({ "kid": "' or 1=1 --" }),
            json!({ "jwk": jwk }),
            json!({ "jku": "https://evil.example/jwks.json" }),
            json!({ "x5u": "https://evil.example/cert.pem" }),
            json!({ "x5c": ["MIIB"] }),
            json!({ "crit": ["exp"] }),
            json!({ "crit": [] }),
            json!({ "crit": ["b64"], "b64": false }),
            json!({ "zip": "DEF" }),
            json!({ "cty": "JWT" }),
            json!({ "typ": "JWT" }),
            json!({ "typ": "-" }),
            json!({ "typ": "logout+jwt" }),
        ];
        let theirs = theirs.map(|header| self.theirs(header));
        let ours = ours.map(|header| self.ours(header, json!({})));
        theirs.into_iter().chain(ours).collect()
    }

    /// Claims that are not those of a token of ours for now, though our key signed them.
    fn claims(&self) -> Vec<String> {
        let now = self.now;
        [
            json!({ "exp": now }),
            json!({ "exp": now - 1, "iat": now - 901 }),
            json!({ "exp": "-" }),
            json!({ "exp": null }),
            json!({ "exp": (now + 60).to_string() }),
            json!({ "exp": now as f64 + 60.5 }),
            json!({ "exp": -1 }),
            json!({ "exp": u64::MAX }),
            json!({ "exp": i64::MAX }),
            json!({ "exp": now + 901 }),
            json!({ "exp": now + 86_400 }),
            json!({ "iat": now + 60 }),
            json!({ "iat": i64::MIN }),
            json!({ "iat": "-" }),
            json!({ "nbf": now + 60 }),
            json!({ "nbf": "soon" }),
            json!({ "iss": "evil" }),
            json!({ "iss": "-" }),
            json!({ "iss": ["rapport", "evil"] }),
            json!({ "iss": "Rapport" }),
            json!({ "aud": "evil" }),
            json!({ "aud": "-" }),
            json!({ "aud": ["rapport-api", "evil"] }),
            json!({ "aud": [] }),
            json!({ "sub": user::Id::new() }),
            json!({ "sub": "-" }),
            json!({ "sub": "ada@demo.example" }),
            json!({ "wid": workspace::Id::new() }),
            json!({ "wid": "-" }),
            json!({ "sid": rapport_entity::identity::session::Id::new() }),
            json!({ "sid": "-" }),
            json!({ "jti": 1 }),
            json!({ "more": "x".repeat(4096) }),
        ]
        .map(|claims| self.ours(json!({}), claims))
        .into_iter()
        .collect()
    }

    /// Text that is not quite the token.
    fn shapes(&self) -> Vec<String> {
        let [header, claims, signature] = &self.parts;
        let admin = encoded(&with(&self.claims, json!({ "sub": user::Id::new() })));
        let mut flipped = BASE64_URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        flipped[10] ^= 1;
        let flipped = BASE64_URL_SAFE_NO_PAD.encode(flipped);
        // The last character carries four bits that mean nothing.
        let respelt = match signature.as_bytes().last() {
            Some(b'A') => "B",
            Some(b'Q') => "R",
            Some(b'g') => "h",
            _ => "x",
        };
        let cut = &signature[..signature.len() - 1];
        [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            "...".to_owned(),
            "null".to_owned(),
            "ünï.cö.dé".to_owned(),
            header.clone(),
            format!("{header}.{claims}"),
            format!("{header}.{claims}."),
            format!("{header}..{signature}"),
            format!(".{claims}.{signature}"),
            format!("{claims}.{header}.{signature}"),
            format!("{header}.{claims}.{signature}.{signature}"),
            format!("{header}.{header}.{claims}.{signature}.x"),
            format!("{header}.{admin}.{signature}"),
            format!("{header}.{claims}.{flipped}"),
            format!("{header}.{claims}.{cut}"),
            format!("{header}.{claims}.{cut}{respelt}"),
            format!("{header}.{claims}.{signature}x"),
            format!("{header}.{claims}.{signature}="),
            format!("{header}.{claims}.{signature}=="),
            format!("{header}.{claims}.{signature} "),
            format!("{header}.{claims}.{signature}\n"),
            format!("{header}.{claims}.{signature}\0"),
            format!(" {header}.{claims}.{signature}"),
            format!("Bearer {header}.{claims}.{signature}"),
            format!("{header}.{claims}.{}", "A".repeat(86)),
            format!("{header}.{claims}.{signature}").to_lowercase(),
            format!("{header}={claims}={signature}"),
            json!({ "protected": header, "payload": claims, "signature": signature }).to_string(),
            format!("{header}.{claims}.{signature}{}", "A".repeat(100_000)),
        ]
        .into_iter()
        .collect()
    }
}

#[tokio::test]
async fn every_forgery_is_refused_and_the_genuine_token_is_not() {
    for world in World::each().await {
        let forger = Forger::new(&world).await;
        let forgeries =
            [forger.algorithms(), forger.headers(), forger.claims(), forger.shapes()].concat();
        assert!(forgeries.len() >= 77, "{}", forgeries.len());
        let genuine = forger.parts.join(".");
        for _ in 0..2 {
            for forgery in &forgeries {
                assert_ne!(*forgery, genuine);
                assert!(is_unknown(world.auth.ctx(forgery).await), "{forgery}");
            }
            assert!(world.auth.ctx(&genuine).await.is_ok());
        }
        assert!(world.auth.ctx(&forger.ours(json!({}), json!({}))).await.is_ok(), "the forger can");
        world.close().await;
    }
}

#[tokio::test]
async fn a_token_of_another_installation_is_refused() {
    let others = World::each().await;
    for (world, other) in World::each().await.into_iter().zip(others) {
        let theirs = other.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        assert!(is_unknown(world.ctx(&theirs).await));
        world.close().await;
        other.close().await;
    }
}

#[tokio::test]
async fn old_keys_are_good_for_what_they_signed_and_other_nodes_learn_of_new_ones() {
    for world in World::each().await {
        let database = world.auth.database().clone();
        let node = Auth::new(database, Settings::default()).await.expect("keys");
        let before = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        world.clock.advance(TimeDelta::seconds(2));
        world.auth.rotate_keys().await.expect("rotated");
        let after = world.sign_in("ada@demo.example", PASSWORD).await.expect("signed in");
        let keys = world.auth.jwks().await.expect("keys").keys;
        assert_eq!(keys.len(), 2);
        assert_eq!(
            decoded(after.access_token.split('.').next().expect("a header"))["kid"],
            keys[0].kid
        );
        for tokens in [&before, &after] {
            assert!(world.ctx(tokens).await.is_ok());
            assert!(node.ctx(&tokens.access_token).await.is_ok());
        }
        assert!(
            !serde_json::to_string(&keys).expect("JSON").contains("\"d\""),
            "public halves only"
        );
        world.clock.advance(TimeDelta::days(2));
        world.auth.rotate_keys().await.expect("rotated");
        assert_eq!(world.auth.jwks().await.expect("keys").keys.len(), 2, "the oldest is forgotten");
        world.close().await;
    }
}
