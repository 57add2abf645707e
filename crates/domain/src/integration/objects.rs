//! The store of files that belong to records: a directory, or a bucket of S3. Nodes of one installation share it. What is in
//! it is named by numbers of ours, never by what somebody else has called it.

use std::{
    io,
    path::{Path as Directory, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::{
    ObjectStore, ObjectStoreExt, WriteMultipart, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path,
};
use rapport_entity::identity::workspace;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::kernel::{Error, Result};

/// The usual largest file: 25 MiB.
pub const LARGEST_OBJECT: u64 = 25 << 20;

/// So many bytes tell what a file is.
const HEAD: usize = 8 * 1024;

/// So many parts of a file are on their way to the store at once.
const AT_ONCE: usize = 2;

/// Where files of records are, and how large one may be. Cheap to copy.
#[derive(Clone, Debug)]
pub struct Objects(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    most: u64,
}

#[derive(Debug)]
enum Place {
    /// A directory, which is made when it is needed.
    Directory(PathBuf, OnceCell<LocalFileSystem>),
    /// A bucket, and what the names of all objects in it begin with.
    Bucket(Box<dyn ObjectStore>, Path),
}

/// What was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// The first of them.
    pub head: Vec<u8>,
}

impl Default for Objects {
    fn default() -> Self {
        Self::directory("rapport-objects".into(), LARGEST_OBJECT)
    }
}

impl Objects {
    /// Files in a directory, of at most so many bytes each.
    pub fn directory(directory: PathBuf, most: u64) -> Self {
        Self(Arc::new(Inner { place: Place::Directory(directory, OnceCell::new()), most }))
    }

    /// Files where a setting says: `s3://BUCKET/PREFIX`, with what the environment says of it (`AWS_REGION`,
    /// `AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID` …), or a directory.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is neither, or what S3 needs is missing.
    pub fn at(place: &str, most: u64) -> Result<Self> {
        let Some(address) = place.strip_prefix("s3://") else {
            return match place.contains("://") {
                true => {
                    Err(Error::invalid("/storage", "must be a directory or s3://BUCKET/PREFIX"))
                }
                false => Ok(Self::directory(place.into(), most)),
            };
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build();
        let store = store.map_err(|err| Error::invalid("/storage", err.to_string()))?;
        let place = Place::Bucket(Box::new(store), Path::from(prefix));
        Ok(Self(Arc::new(Inner { place, most })))
    }

    /// The most bytes of a file.
    pub fn most(&self) -> u64 {
        self.0.most
    }

    /// Stores what is sent, as it comes. Where it does not come to its end there is nothing.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Unavailable`] where it cannot be stored; whatever `body` fails with.
    pub async fn receive<B: AsRef<[u8]>, E: From<Error>>(
        &self,
        workspace: workspace::Id,
        id: Uuid,
        body: impl Stream<Item = Result<B, E>>,
    ) -> Result<Received, E> {
        let at = self.path(workspace, id);
        let upload = self.store().await?.put_multipart(&at).await.map_err(unavailable)?;
        let mut upload = WriteMultipart::new(upload);
        match self.pour(&mut upload, body).await {
            Ok(received) => {
                upload.finish().await.map_err(unavailable)?;
                Ok(received)
            }
            Err(err) => {
                // What the store keeps of it all the same, it forgets by itself.
                let _ = upload.abort().await;
                Err(err)
            }
        }
    }

    async fn pour<B: AsRef<[u8]>, E: From<Error>>(
        &self,
        to: &mut WriteMultipart,
        body: impl Stream<Item = Result<B, E>>,
    ) -> Result<Received, E> {
        let (mut bytes, mut head, mut digest) = (0_u64, Vec::new(), Context::new(&SHA256));
        let mut body = std::pin::pin!(body);
        while let Some(part) = body.next().await {
            let part = part?;
            let part = part.as_ref();
            bytes += part.len() as u64;
            if bytes > self.0.most {
                return Err(Error::TooLarge(self.0.most).into());
            }
            digest.update(part);
            head.extend(part.iter().take(HEAD - head.len()));
            to.wait_for_capacity(AT_ONCE).await.map_err(unavailable)?;
            to.write(part);
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest.finish().as_ref());
        Ok(Received { bytes, sha256, head })
    }

    /// What is stored, a part at a time.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is no longer there.
    pub async fn read(
        &self,
        workspace: workspace::Id,
        id: Uuid,
    ) -> Result<impl Stream<Item = io::Result<Vec<u8>>> + Send + use<>> {
        match self.store().await?.get(&self.path(workspace, id)).await {
            Ok(found) => {
                let parts = found.into_stream();
                Ok(parts.map_ok(|part| part.to_vec()).map_err(io::Error::other))
            }
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound("file")),
            Err(err) => Err(unavailable(err)),
        }
    }

    /// Removes what is stored, where it is there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn remove(&self, workspace: workspace::Id, id: Uuid) -> Result<()> {
        match self.store().await?.delete(&self.path(workspace, id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(err) => Err(unavailable(err)),
        }
    }

    async fn store(&self) -> Result<&dyn ObjectStore> {
        match &self.0.place {
            Place::Bucket(store, _) => Ok(store.as_ref()),
            Place::Directory(directory, made) => {
                let store = made.get_or_try_init(|| async { open(directory).await });
                Ok(store.await?)
            }
        }
    }

    fn path(&self, workspace: workspace::Id, id: Uuid) -> Path {
        let begin = match &self.0.place {
            Place::Bucket(_, prefix) => prefix.clone(),
            Place::Directory(..) => Path::default(),
        };
        begin.join(workspace.to_string()).join(id.to_string())
    }
}

async fn open(directory: &Directory) -> Result<LocalFileSystem> {
    tokio::fs::create_dir_all(directory).await.map_err(unavailable)?;
    let store = LocalFileSystem::new_with_prefix(directory).map_err(unavailable)?;
    Ok(store.with_fsync(true))
}

fn unavailable(err: impl Into<anyhow::Error>) -> Error {
    Error::Unavailable(err.into().context("the store of files"))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn parts(parts: &[&[u8]]) -> impl Stream<Item = Result<Vec<u8>>> {
        stream::iter(parts.iter().map(|part| Ok(part.to_vec())).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn what_is_stored_is_read_until_it_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let objects = Objects::at(directory.path().join("objects").to_str().unwrap(), 6).unwrap();
        let (of, id) = (workspace::Id::default(), Uuid::now_v7());
        let received = objects.receive(of, id, parts(&[b"abc", b"", b"def"])).await.unwrap();
        assert_eq!((received.bytes, received.head.as_slice()), (6, b"abcdef".as_slice()));
        let read: Vec<Vec<u8>> = objects.read(of, id).await.unwrap().try_collect().await.unwrap();
        assert_eq!(read.concat(), b"abcdef");
        objects.remove(of, id).await.unwrap();
        objects.remove(of, id).await.unwrap();
        assert!(matches!(objects.read(of, id).await.map(drop), Err(Error::NotFound(_))));
    }

    #[tokio::test]
    async fn of_what_is_too_large_or_breaks_off_nothing_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let objects = Objects::directory(directory.path().to_owned(), 6);
        let (of, id) = (workspace::Id::default(), Uuid::now_v7());
        let large = objects.receive(of, id, parts(&[b"abcd", b"efg"])).await;
        assert!(matches!(large, Err(Error::TooLarge(6))));
        let broken = [Ok(b"abc".to_vec()), Err(Error::Malformed("gone".to_owned()))];
        assert!(objects.receive(of, id, stream::iter(broken)).await.is_err());
        assert!(matches!(objects.read(of, id).await.map(drop), Err(Error::NotFound(_))));
    }

    #[test]
    fn only_directories_and_buckets_are_places() {
        assert!(Objects::at("ftp://files.example/", 1).is_err());
        assert!(Objects::at("some/where", 1).is_ok());
    }
}
