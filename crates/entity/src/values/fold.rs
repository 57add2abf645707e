use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text as people compare it: without accents, in lower case. Both databases sort and search by this,
/// because neither folds beyond ASCII in the same way as the other.
pub fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// The words (runs of letters and digits, folded) of some texts, each once, joined by a space:
/// what full-text search indexes and what it looks for.
pub fn search_terms<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut terms: Vec<String> = Vec::new();
    for text in texts {
        for term in fold(text).split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty()) {
            let term: String = term.chars().take(64).collect();
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    terms.join(" ")
}

/// How much of a long text is searched, in characters: each word takes a row of an index, and what a text is about is
/// mostly said at its beginning.
const SEARCHED: usize = 1_000;

/// The part of a long text that is searched.
pub fn beginning(text: &str) -> &str {
    text.char_indices().nth(SEARCHED).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_matter() {
        assert_eq!(
            search_terms(["Élodie O'Neill", "elodie@x.example"]),
            "elodie o neill x example"
        );
    }

    #[test]
    fn a_long_text_is_searched_at_its_beginning() {
        assert_eq!(beginning("short"), "short");
        let long = "é".repeat(1_001);
        assert_eq!(beginning(&long), &long[..2_000]);
    }
}
