//! The secret of an API key. It is random, so that a quick hash of it can be kept; it says whose workspace it belongs to,
//! so that it can be looked up behind the workspace's wall; and it ends with a checksum, so that whoever finds it lying
//! about, in a repository or a log, can tell it from a text that merely begins so.

use aws_lc_rs::rand;
use rapport_entity::identity::workspace;
use uuid::Uuid;

use super::tokens::sha256;
use crate::kernel::{Error, Result};

/// Begins every API key.
const PREFIX: &str = "rap_live_";

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many letters the workspace's id takes.
const WORKSPACE: usize = 22;
/// How many letters are random: 178 bits.
const RANDOM: usize = 30;
/// How many letters a CRC-32 takes.
const CHECKSUM: usize = 6;

/// The secret of a key.
pub struct ApiKeySecret {
    /// The workspace.
    pub workspace: workspace::Id,
    /// The secret as it is handed out.
    pub text: String,
}

impl ApiKeySecret {
    /// A new one.
    pub fn new(workspace: workspace::Id) -> Result<Self> {
        let mut text = PREFIX.to_owned();
        text += &letters(workspace.uuid().as_u128(), WORKSPACE);
        text += &random_letters()?;
        text += &checksum(&text);
        Ok(Self { workspace, text })
    }

    /// Whether a bearer's token is meant to be one.
    pub fn is_meant(token: &str) -> bool {
        token.starts_with(PREFIX)
    }

    /// One that was handed out, if it looks like one.
    pub fn parse(text: &str) -> Option<Self> {
        let (before, sum) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
        let all = before.strip_prefix(PREFIX)?;
        let is_whole = all.len() == WORKSPACE + RANDOM
            && all.bytes().all(|letter| letter.is_ascii_alphanumeric())
            && sum == checksum(before);
        let workspace = number(all.get(..WORKSPACE).filter(|_| is_whole)?)?;
        Some(Self { workspace: Uuid::from_u128(workspace).into(), text: text.to_owned() })
    }

    /// What is kept of it.
    pub fn hash(&self) -> Vec<u8> {
        sha256(self.text.as_bytes()).to_vec()
    }

    /// Its last letters, by which people tell keys apart.
    pub fn hint(&self) -> String {
        self.text.get(self.text.len() - 4..).unwrap_or_default().to_owned()
    }
}

fn checksum(text: &str) -> String {
    letters(crc32fast::hash(text.as_bytes()).into(), CHECKSUM)
}

/// A number as so many letters.
fn letters(mut number: u128, count: usize) -> String {
    let mut letters = vec![LETTERS[0]; count];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[(number % 62) as usize];
        number /= 62;
    }
    letters.into_iter().map(char::from).collect()
}

fn number(letters: &str) -> Option<u128> {
    letters.bytes().try_fold(0_u128, |number, letter| {
        let digit = LETTERS.iter().position(|known| *known == letter)?;
        number.checked_mul(62)?.checked_add(digit as u128)
    })
}

/// Bytes above the last multiple of 62 are passed over, so that no letter comes more often than another.
fn random_letters() -> Result<String> {
    let mut letters = String::with_capacity(RANDOM);
    while letters.len() < RANDOM {
        let mut bytes = [0; 2 * RANDOM];
        rand::fill(&mut bytes).map_err(|_| Error::internal("no random numbers"))?;
        let fair = bytes.into_iter().filter(|byte| *byte < 248);
        let missing = RANDOM - letters.len();
        letters.extend(fair.take(missing).map(|byte| char::from(LETTERS[usize::from(byte % 62)])));
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_names_its_workspace_and_no_two_are_alike() {
        for workspace in [workspace::Id::new(), Uuid::nil().into(), Uuid::max().into()] {
            let one = ApiKeySecret::new(workspace).expect("random numbers");
            let two = ApiKeySecret::new(workspace).expect("random numbers");
            assert_ne!(one.text, two.text);
            assert_eq!(one.text.len(), PREFIX.len() + WORKSPACE + RANDOM + CHECKSUM);
            let read = ApiKeySecret::parse(&one.text).expect("ours");
            assert_eq!((read.workspace, read.hash()), (workspace, one.hash()));
            assert!(one.text.ends_with(&one.hint()) && one.hint().len() == 4);
        }
    }

    #[test]
    fn a_letter_that_is_wrong_missing_or_too_many_is_noticed() {
        let secret = ApiKeySecret::new(workspace::Id::new()).expect("random numbers").text;
        for at in 0..secret.len() {
            let mut other = secret.clone().into_bytes();
            other[at] = if other[at] == b'x' { b'y' } else { b'x' };
            let other = String::from_utf8(other).expect("letters");
            assert!(ApiKeySecret::parse(&other).is_none(), "{other}");
        }
        assert!(ApiKeySecret::parse(&secret[1..]).is_none());
        assert!(ApiKeySecret::parse(&format!("{secret}0")).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,80}", tail in "[0-9A-Za-z]{0,70}") {
            prop_assert!(ApiKeySecret::parse(&text).is_none());
            let text = format!("{PREFIX}{tail}");
            prop_assert!(ApiKeySecret::parse(&text).is_none());
        }

        /// A number that does not fit an id, with the checksum right.
        #[test]
        fn no_workspace_is_no_secret(tail in "z{22}[0-9A-Za-z]{30}") {
            let text = format!("{PREFIX}{tail}");
            let text = format!("{text}{}", checksum(&text));
            prop_assert!(ApiKeySecret::parse(&text).is_none());
        }
    }
}
