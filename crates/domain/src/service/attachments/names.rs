use rapport_entity::Name;

use crate::kernel::{Error, Result};

/// Where nothing is left of a name.
const NAMELESS: &str = "file";

/// What a file is called: without folders, characters that do not show or turn the direction of writing, and dots at its
/// ends. A name that is too long loses its middle, so that its ending stays.
pub fn cleaned(said: Option<&str>) -> Result<Name> {
    let said = said.unwrap_or_default();
    let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control() && !turns(*c)).collect();
    let shown = shown.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let name = if shown.is_empty() { NAMELESS.to_owned() } else { shortened(shown) };
    name.parse().map_err(Error::internal)
}

/// Characters without a width of their own, some of which have `gpj.exe` shown as `exe.jpg`.
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn shortened(name: &str) -> String {
    const ENDING: usize = 40;
    let all: Vec<char> = name.chars().collect();
    match all.len().checked_sub(Name::MAX) {
        None | Some(0) => name.to_owned(),
        Some(_) => {
            let (begin, end) = (Name::MAX - ENDING, all.len() - ENDING);
            all.iter().take(begin).chain(all.iter().skip(end)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_lose_what_is_not_theirs() {
        for (said, name) in [
            (Some("../../etc/passwd"), "passwd"),
            (Some("C:\\Users\\ada\\Bild 1.PNG"), "Bild 1.PNG"),
            (Some(" .bashrc"), "bashrc"),
            (Some("in\u{202e}gpj.exe"), "ingpj.exe"),
            (Some("a\r\nb\0.txt"), "ab.txt"),
            (Some(".."), "file"),
            (Some("folder/"), "file"),
            (None, "file"),
        ] {
            assert_eq!(cleaned(said).unwrap().as_str(), name);
        }
        let long = cleaned(Some(&format!("{}.tar.gz", "n".repeat(300)))).unwrap();
        assert!(long.as_str().ends_with(".tar.gz") && long.as_str().chars().count() == 200);
    }

    proptest! {
        #[test]
        fn every_name_comes_out_clean(said in ".{0,400}") {
            let name = cleaned(Some(&said)).unwrap();
            prop_assert!(!name.as_str().contains(['/', '\\', '\n', '\0']));
            prop_assert_eq!(cleaned(Some(name.as_str())).unwrap(), name);
        }
    }
}
