//! Cells that no spreadsheet takes for a formula.

use std::borrow::Cow;

/// What makes a spreadsheet take a cell for a formula, at its beginning.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as it is written to a cell: one that a spreadsheet would take for a formula has a `'` before it. So has one that
/// looks as if it had been given one, so that [`plain`] gives back every text as it was. Numbers are no formulas.
pub fn inert(text: &str) -> Cow<'_, str> {
    match is_formula(text.trim_start_matches('\'')) && !is_number(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// A text as it was before [`inert`].
pub fn plain(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) && !is_number(rest) => rest,
        _ => text,
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(FORMULA)
}

/// Digits, with a sign before and a point in between: amounts, and telephone numbers.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_made_inert_and_numbers_left_alone() {
        for formula in
            ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/C calc'!A0", "-", "+49 30"]
        {
            assert_eq!(inert(formula), format!("'{formula}"));
        }
        for harmless in ["", "Acme", "+4930901820", "-12.50", "-7", "'quoted'", "O'Neill", "1-2"] {
            assert_eq!(inert(harmless), harmless);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(text in "['=+@0-9a.\t-]{0,6}") {
            let cell = inert(&text);
            prop_assert_eq!(plain(&cell), text.as_str());
        }

        #[test]
        fn nothing_inert_begins_like_a_formula(text in "['=+@0-9a.\t-]{0,6}") {
            let cell = inert(&text);
            prop_assert!(!cell.starts_with(FORMULA) || is_number(&cell));
        }
    }
}
