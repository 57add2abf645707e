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
}
