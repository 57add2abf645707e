//! Answers at rest. Some show a secret once, so none is kept in clear: it is sealed with a key made from the client's own,
//! of which only a hash is kept.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    rand,
};

use super::Answer;
use crate::{
    identity::sha256,
    kernel::{Error, Result},
};

/// The answer, sealed: the nonce, and then what only the key opens.
pub fn seal(key: &str, answer: &Answer) -> Result<Vec<u8>> {
    let head = serde_json::to_vec(answer).map_err(|err| Error::Internal(err.into()))?;
    let length = u32::try_from(head.len()).map_err(|err| Error::Internal(err.into()))?;
    let mut text = [&length.to_be_bytes()[..], &head, &answer.body].concat();
    let mut nonce = [0; NONCE_LEN];
    rand::fill(&mut nonce).map_err(failed)?;
    let sealed = Nonce::assume_unique_for_key(nonce);
    secret(key)?.seal_in_place_append_tag(sealed, Aad::empty(), &mut text).map_err(failed)?;
    Ok([&nonce[..], &text].concat())
}

/// What was sealed.
pub fn open(key: &str, sealed: &[u8]) -> Result<Answer> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(unsound)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(failed)?;
    let mut text = text.to_vec();
    let text = secret(key)?.open_in_place(nonce, Aad::empty(), &mut text).map_err(failed)?;
    let (length, text) = text.split_first_chunk::<4>().ok_or_else(unsound)?;
    let (head, body) =
        text.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(unsound)?;
    let answer: Answer = serde_json::from_slice(head).map_err(|err| Error::Internal(err.into()))?;
    Ok(Answer { body: body.to_vec(), ..answer })
}

fn secret(key: &str) -> Result<LessSafeKey> {
    let bytes = sha256(format!("rapport idempotency answer {key}").as_bytes());
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).map_err(failed)?))
}

fn failed(_: Unspecified) -> Error {
    Error::internal("an answer could not be sealed or opened")
}

fn unsound() -> Error {
    Error::internal("an answer that was kept is not whole")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_its_key_alone() {
        let headers = vec![("location".to_owned(), "/api/v1/customers/1".to_owned())];
        let answer = Answer { status: 201, headers, body: b"{\"secret\":1}".to_vec() };
        let sealed = seal("k1", &answer).unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(open("k1", &sealed).unwrap(), answer);
        assert!(open("k2", &sealed).is_err());
        assert!(open("k1", &sealed[..sealed.len() - 1]).is_err());
        assert!(open("k1", b"").is_err());
    }
}
