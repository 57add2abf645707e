//! Automatic persisted queries, as Apollo's clients speak it: a client names a query by its hash, and sends the query
//! itself only when it is told that nobody knows it.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use moka::sync::Cache;
use rapport_entity::identity::workspace;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    answer::{Code, Refusal, refuse},
    params::{Params, malformed},
    text,
};

/// The member of a request's `extensions` that names a query.
pub const EXTENSION: &str = "persistedQuery";

/// How much text is kept for all workspaces together, in bytes.
const CAPACITY: u64 = 8 * 1024 * 1024;

type Hash = [u8; 32];

/// The queries that clients have sent, each workspace's its own.
pub struct Persisted(Cache<(workspace::Id, Hash), Arc<str>>);

/// A query that is to be kept, once it has shown to be one.
pub struct ToKeep(workspace::Id, Hash, Arc<str>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extension {
    version: i64,
    sha256_hash: String,
}

impl Persisted {
    /// None yet.
    pub fn new() -> Self {
        let weigh = |_: &(workspace::Id, Hash), text: &Arc<str>| {
            u32::try_from(text.len()).unwrap_or(u32::MAX).saturating_add(100)
        };
        Self(Cache::builder().weigher(weigh).max_capacity(CAPACITY).build())
    }

    /// Puts the query in that the parameters only name. Where they have it too, it may be kept.
    ///
    /// # Errors
    /// Where it is not known, or is not the one with this hash.
    pub fn find(&self, of: workspace::Id, params: &mut Params) -> Result<Option<ToKeep>, Refusal> {
        let Some(hash) = hash_named_in(&params.extensions)? else { return Ok(None) };
        if params.query.is_empty() {
            let query = self.0.get(&(of, hash)).ok_or_else(not_found)?;
            params.query = query.to_string();
            return Ok(None);
        }
        if params.query.len() > text::LONGEST {
            return Ok(None);
        }
        if digest(&SHA256, params.query.as_bytes()).as_ref() != hash {
            return Err(malformed(["provided sha does not match query"]));
        }
        Ok(Some(ToKeep(of, hash, params.query.as_str().into())))
    }

    /// Keeps a query.
    pub fn keep(&self, ToKeep(of, hash, query): ToKeep) {
        self.0.insert((of, hash), query);
    }
}

fn hash_named_in(extensions: &Map<String, Value>) -> Result<Option<Hash>, Refusal> {
    let Some(extension) = extensions.get(EXTENSION).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let wrong = || malformed(["extensions.persistedQuery must have version 1 and a sha256Hash"]);
    let extension = Extension::deserialize(extension).map_err(|_| wrong())?;
    let hash = unhex(&extension.sha256_hash).filter(|_| extension.version == 1);
    Ok(Some(hash.ok_or_else(wrong)?))
}

fn unhex(text: &str) -> Option<Hash> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    let bytes = digits?.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>();
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

fn not_found() -> Refusal {
    Refusal::of_query(vec![refuse(Code::PersistedQueryNotFound, "PersistedQueryNotFound", None)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HASH: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";

    fn params(query: &str, version: i64, hash: &str) -> Params {
        let extension = json!({ "version": version, "sha256Hash": hash });
        let extensions = Map::from_iter([(EXTENSION.to_owned(), extension)]);
        Params { query: query.to_owned(), extensions, ..Params::default() }
    }

    fn message(outcome: Result<Option<ToKeep>, Refusal>) -> String {
        outcome.err().unwrap().errors.remove(0).message
    }

    #[test]
    fn a_query_is_found_again_by_its_own_workspace() {
        let (persisted, here, there) =
            (Persisted::new(), workspace::Id::new(), workspace::Id::new());
        let unknown = persisted.find(here, &mut params("", 1, HASH));
        assert_eq!(message(unknown), "PersistedQueryNotFound");
        let kept = persisted.find(here, &mut params("{__typename}", 1, HASH)).unwrap().unwrap();
        persisted.keep(kept);
        let mut again = params("", 1, HASH);
        assert!(persisted.find(here, &mut again).unwrap().is_none());
        assert_eq!(again.query, "{__typename}");
        let elsewhere = persisted.find(there, &mut params("", 1, HASH));
        assert_eq!(message(elsewhere), "PersistedQueryNotFound");
    }

    #[test]
    fn a_hash_must_be_the_query_s_own() {
        let persisted = Persisted::new();
        let id = workspace::Id::new();
        let other = persisted.find(id, &mut params("{ __typename }", 1, HASH));
        assert_eq!(message(other), "provided sha does not match query");
        for (version, hash) in [(2, HASH), (1, "abc"), (1, "")] {
            let outcome = persisted.find(id, &mut params("{__typename}", version, hash));
            assert!(message(outcome).contains("version 1 and a sha256Hash"));
        }
        let bad = "é".repeat(32);
        assert!(persisted.find(id, &mut params("{__typename}", 1, &bad)).is_err());
    }
}
