//! Passwords: how they are kept (argon2id) and which are refused (NIST SP 800-63B: by length and by being well known,
//! never by composition).

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
    time::Duration,
};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use rapport_entity::{
    Email, Slug,
    identity::{NewPassword, Password, Secret},
    values::fold,
};
use tokio::sync::Semaphore;

use crate::kernel::{Error, Result};

/// How long a try waits for its turn before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// As many at once as there are processors: each takes 19 MiB, and more at once are no faster.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Arc::new(Semaphore::new(processors))
});

/// Verified where there is no account, so that it takes as long as where there is. Nobody knows its password.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$UmFwcG9ydCdzIGRlY295IQ\
                     $k3pG0h7mVQ0bY1qkWq0m3S2w9cJ8oWvT4uL5xR6yZ7A";

/// What is kept of a password: argon2id with a salt of its own and OWASP's parameters (19 MiB, 2 passes, 1 lane).
///
/// # Errors
/// [`Error::Unavailable`] where too many are waiting.
pub async fn hash(password: NewPassword) -> Result<Secret> {
    at_leisure(move || {
        // Revealed to be hashed.
        let hash = Argon2::default().hash_password(password.reveal().as_bytes());
        let hash: argon2::password_hash::phc::PasswordHash =
            hash.map_err(|_| Error::internal("a password could not be hashed"))?;
        Ok(Secret::new(hash.to_string()))
    })
    .await
}

/// Whether a password is the one that was kept. Where none was kept it is not, after the same time.
///
/// # Errors
/// [`Error::Unavailable`] where too many are waiting.
pub async fn verify(password: Password, kept: Option<Secret>) -> Result<bool> {
    at_leisure(move || {
        // Revealed to be compared.
        let hash = kept.as_ref().map_or(DECOY, Secret::reveal);
        let hash = PasswordHash::new(hash)
            .map_err(|_| Error::internal("a kept password hash cannot be read"))?;
        let right = Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok();
        Ok(right && kept.is_some())
    })
    .await
}

/// Off the threads that answer requests.
async fn at_leisure<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let turn = tokio::time::timeout(PATIENCE, TURNS.clone().acquire_owned()).await;
    let turn = turn
        .map_err(|_| Error::Unavailable(anyhow::anyhow!("too many passwords are being checked")))?
        .map_err(|closed| Error::Internal(closed.into()))?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(|err| Error::Internal(err.into()))?
}

/// Passwords that everybody tries first, folded; shorter ones are refused for their length.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// How many characters must be left without the address and the workspace's name.
const OWN: usize = 8;

/// How many different characters there must be.
const DIFFERENT: usize = 5;

/// Refuses a password that is easily guessed.
///
/// # Errors
/// [`Error::Invalid`] at `pointer`.
pub fn check(pointer: &str, password: &NewPassword, email: &Email, slug: &Slug) -> Result<()> {
    // Revealed to be compared with those that are well known.
    let password = fold(password.reveal());
    let local = email.as_str().split('@').next().unwrap_or_default();
    let known = [email.as_str(), local, slug.as_str()];
    let rest = known.iter().fold(password.clone(), |rest, word| rest.replace(&fold(word), ""));
    let detail = if is_common(&password) {
        "is one of the passwords that are tried first"
    } else if password.chars().collect::<HashSet<_>>().len() < DIFFERENT {
        "has too few different characters"
    } else if rest.chars().count() < OWN {
        "is made of the e-mail address or the workspace's name"
    } else {
        return Ok(());
    };
    Err(Error::invalid(pointer, detail))
}

/// A common password stays one with digits and signs around it, and when it is repeated.
fn is_common(password: &str) -> bool {
    let letters = password.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(password) || COMMON.contains(letters) || COMMON.contains(half(letters))
}

fn half(word: &str) -> &str {
    let (first, second) = word.split_at(word.floor_char_boundary(word.len() / 2));
    if first == second { first } else { word }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(password: &str) -> bool {
        let email = "ada.lovelace@demo.example".parse().expect("an address");
        let slug = "demo".parse().expect("a slug");
        let password = password.parse().expect("long enough");
        check("/password", &password, &email, &slug).is_err()
    }

    #[test]
    fn what_is_guessed_first_is_refused_whatever_is_hung_on_it() {
        for password in [
            "123456789012",
            "Password1234!",
            "passwordpassword",
            "qwertyuiop123",
            "aaaaaaaaaaaaaaaa",
            "ababababababab",
            "Ada.Lovelace1",
            "ada.lovelace@demo.example",
            "demo-demo-demo-demo",
        ] {
            assert!(refused(password), "{password}");
        }
    }

    #[test]
    fn other_passwords_are_taken_however_they_are_made() {
        for password in ["a horse, a battery, a staple", "demo canadian maple", "ïó¶łŧæß→øþæſðđ"]
        {
            assert!(!refused(password), "{password}");
        }
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_the_decoy_by_nothing() {
        let password = "correct horse battery";
        let hash = hash(password.parse().expect("long enough")).await.expect("a hash");
        let start = "$argon2id$v=19$m=19456,t=2,p=1$";
        assert!(hash.reveal().starts_with(start) && DECOY.starts_with(start));
        let tried = |text: &str| text.parse::<Password>().expect("a password");
        assert!(verify(tried(password), Some(hash.clone())).await.expect("verified"));
        assert!(!verify(tried("correct horse batterx"), Some(hash)).await.expect("verified"));
        assert!(!verify(tried(password), None).await.expect("verified"));
    }

    proptest! {
        #[test]
        fn any_password_is_judged_without_a_panic(password in ".{12,128}") {
            if let Ok(password) = password.parse() {
                let email = "a@b.example".parse().expect("an address");
                let _ = check("/password", &password, &email, &"ab".parse().expect("a slug"));
            }
        }
    }
}
