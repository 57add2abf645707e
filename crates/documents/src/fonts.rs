//! The fonts that papers are set in: ours, and those that the operator adds for other scripts.

use std::{
    fs, io,
    path::Path,
    sync::{LazyLock, Mutex, PoisonError},
};

use parley::{
    FontContext,
    fontique::{Blob, Collection, CollectionOptions, SourceCache},
};

const REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");

/// What fonts there are, and the families in the order in which a letter is looked for.
#[derive(Clone)]
pub struct Fonts {
    pub context: FontContext,
    pub families: Vec<String>,
}

static FONTS: LazyLock<Mutex<Fonts>> = LazyLock::new(|| Mutex::new(Fonts::ours()));

impl Fonts {
    fn ours() -> Self {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let collection = Collection::new(options);
        let context = FontContext { collection, source_cache: SourceCache::default() };
        let mut fonts = Self { context, families: Vec::new() };
        for font in [REGULAR, BOLD] {
            fonts.add(font.to_vec());
        }
        fonts
    }

    /// The fonts there are now.
    pub fn now() -> Self {
        FONTS.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&mut self, font: Vec<u8>) -> bool {
        let collection = &mut self.context.collection;
        let added = collection.register_fonts(Blob::from(font), None);
        for (family, _) in &added {
            if let Some(name) = collection.family_name(*family).map(str::to_owned)
                && !self.families.contains(&name)
            {
                self.families.push(name);
            }
        }
        !added.is_empty()
    }
}

/// Adds the fonts of a folder (TrueType, OpenType and collections of them), in the order of their names: a letter that ours
/// do not have is taken from the first that has it. Says how many files that were.
///
/// # Errors
/// Where the folder or a file cannot be read, or a file named as a font is none.
pub fn add_fonts(folder: &Path) -> io::Result<usize> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| {
        let kind = file.extension().and_then(|kind| kind.to_str()).map(str::to_lowercase);
        matches!(kind.as_deref(), Some("ttf" | "otf" | "ttc" | "otc"))
    });
    files.sort();
    for file in &files {
        let font = fs::read(file)?;
        if !FONTS.lock().unwrap_or_else(PoisonError::into_inner).add(font) {
            let why = format!("{} is no font", file.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
    }
    Ok(files.len())
}
