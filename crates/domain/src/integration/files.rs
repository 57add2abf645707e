//! The directory with the files of imports and exports. Nodes of one installation share it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::{Stream, StreamExt, stream};
use rapport_entity::identity::workspace;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::kernel::{Error, Result};

/// Where the files are, and how large one may be that is sent to us. Cheap to copy.
#[derive(Clone, Debug)]
pub struct Files(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    most: u64,
}

/// What a file of a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was sent to be imported.
    Upload,
    /// The rows that were not imported.
    Errors,
    /// What could not be undone.
    Conflicts,
    /// What was exported.
    Export,
}

impl Part {
    fn suffix(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Errors => "errors.csv",
            Self::Conflicts => "conflicts.csv",
            Self::Export => "export",
        }
    }
}

/// The usual largest file: 1 GiB.
pub const LARGEST: u64 = 1 << 30;

impl Default for Files {
    fn default() -> Self {
        Self::new("rapport-files".into(), LARGEST)
    }
}

impl Files {
    /// Files in a directory, which is made when it is needed; those that are sent to us of at most so many bytes.
    pub fn new(directory: PathBuf, most: u64) -> Self {
        Self(Arc::new(Inner { directory, most }))
    }

    /// Where a file is.
    pub fn path(&self, workspace: workspace::Id, id: Uuid, part: Part) -> PathBuf {
        let directory = self.0.directory.join(workspace.to_string());
        directory.join(format!("{id}.{}", part.suffix()))
    }

    /// The most bytes of a file that is sent to us.
    pub fn most(&self) -> u64 {
        self.0.most
    }

    /// Writes what is sent to a file, as it comes. Where it does not come to its end there is no file.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Unavailable`] where the file cannot be written; whatever `body` fails with.
    pub async fn receive<B: AsRef<[u8]>, E: From<Error>>(
        &self,
        workspace: workspace::Id,
        id: Uuid,
        body: impl Stream<Item = Result<B, E>>,
    ) -> Result<u64, E> {
        let path = self.path(workspace, id, Part::Upload);
        let mut file = Unfinished::create(&path).await?;
        let mut bytes = 0_u64;
        let mut body = std::pin::pin!(body);
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            bytes += chunk.as_ref().len() as u64;
            if bytes > self.0.most {
                return Err(Error::TooLarge(self.0.most).into());
            }
            file.write(chunk.as_ref()).await?;
        }
        file.finish(&path).await?;
        Ok(bytes)
    }

    /// Removes a file, where it is there.
    pub async fn remove(&self, workspace: workspace::Id, id: Uuid, part: Part) {
        let _ = tokio::fs::remove_file(self.path(workspace, id, part)).await;
    }

    /// Removes the files that have not been written to for so long.
    pub fn sweep(&self, age: Duration) -> io::Result<()> {
        for directory in entries(&self.0.directory)? {
            for file in entries(&directory)? {
                let changed = fs::metadata(&file).and_then(|file| file.modified());
                if changed.is_ok_and(|changed| is_older(changed, age)) {
                    let _ = fs::remove_file(file);
                }
            }
        }
        Ok(())
    }
}

/// The time is that of the file system, whose files it is about.
#[expect(clippy::disallowed_methods, reason = "it is compared with the times of files")]
fn is_older(changed: SystemTime, age: Duration) -> bool {
    SystemTime::now().duration_since(changed).is_ok_and(|since| since > age)
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(err) => Err(err),
    }
}

/// A file that has another name until it is whole, and is gone where it does not come to that.
struct Unfinished {
    file: tokio::io::BufWriter<tokio::fs::File>,
    path: Option<PathBuf>,
}

impl Unfinished {
    async fn create(whole: &Path) -> Result<Self> {
        let path = whole.with_extension("part");
        let made = async {
            if let Some(directory) = path.parent() {
                tokio::fs::create_dir_all(directory).await?;
            }
            tokio::fs::File::create(&path).await
        };
        let file = tokio::io::BufWriter::with_capacity(256 * 1024, made.await.map_err(unwritable)?);
        Ok(Self { file, path: Some(path) })
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).await.map_err(unwritable)
    }

    async fn finish(mut self, whole: &Path) -> Result<()> {
        self.file.flush().await.map_err(unwritable)?;
        self.file.get_ref().sync_data().await.map_err(unwritable)?;
        if let Some(path) = self.path.take() {
            tokio::fs::rename(path, whole).await.map_err(unwritable)?;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = fs::remove_file(path);
        }
    }
}

/// A file that grows along with what is recorded of it. Where both differ, because the program has ended between the
/// two, what is recorded is right: the file is cut back to it.
pub(crate) struct Growing {
    path: PathBuf,
    file: Option<File>,
}

impl Growing {
    /// The file at a path; it is made when something is written.
    pub fn at(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Writes after the bytes that are recorded. How many there are then.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn append(&mut self, recorded: i64, bytes: &[u8]) -> Result<i64> {
        if bytes.is_empty() {
            return Ok(recorded);
        }
        self.write(recorded.unsigned_abs(), bytes).map_err(unwritable)?;
        Ok(recorded + bytes.len() as i64)
    }

    fn write(&mut self, recorded: u64, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                if let Some(directory) = self.path.parent() {
                    fs::create_dir_all(directory)?;
                }
                let open =
                    OpenOptions::new().create(true).truncate(false).write(true).open(&self.path);
                self.file.insert(open?)
            }
        };
        file.set_len(recorded)?;
        file.seek(SeekFrom::Start(recorded))?;
        file.write_all(bytes)?;
        file.sync_data()
    }
}

/// The bytes of a file up to what is recorded of it, a part at a time.
///
/// # Errors
/// [`Error::NotFound`] where the file is no longer kept.
pub(crate) fn read(
    path: PathBuf,
    recorded: i64,
) -> Result<impl Stream<Item = io::Result<Vec<u8>>> + Send> {
    let left = recorded.unsigned_abs();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Err(Error::NotFound("file")),
        Err(err) => return Err(unwritable(err)),
    };
    Ok(stream::try_unfold((file, left), |(file, left)| async move {
        let part = tokio::task::spawn_blocking(move || part(file, left)).await;
        part.map_err(io::Error::other)?
    }))
}

/// As [`read`]; where nothing is recorded, `empty`.
///
/// # Errors
/// [`Error::NotFound`] where the file is no longer kept.
pub(crate) fn read_or(
    path: PathBuf,
    recorded: i64,
    empty: &str,
) -> Result<impl Stream<Item = io::Result<Vec<u8>>> + Send + use<>> {
    let nothing = (recorded == 0).then(|| Ok(empty.as_bytes().to_vec()));
    let file = if recorded == 0 { None } else { Some(read(path, recorded)?) };
    let (nothing, file) = (stream::iter(nothing), stream::iter(file));
    Ok(nothing.chain(file.flatten()))
}

const PART: u64 = 64 * 1024;

type Next = Option<(Vec<u8>, (File, u64))>;

fn part(mut file: File, left: u64) -> io::Result<Next> {
    let mut bytes = Vec::new();
    let read = Read::take(&mut file, left.min(PART)).read_to_end(&mut bytes)? as u64;
    Ok((read > 0).then(|| (bytes, (file, left - read))))
}

pub(crate) fn unwritable(err: io::Error) -> Error {
    Error::Unavailable(anyhow::Error::new(err).context("the files of imports and exports"))
}
