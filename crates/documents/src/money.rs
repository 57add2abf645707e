//! Amounts, as they stand on paper: with groups of three digits.

use rapport_entity::{Money, Percentage, Quantity};

/// `1,234.50`.
pub fn amount(money: &Money) -> String {
    grouped(&money.amount.to_string())
}

/// `1,234.50 EUR`.
pub fn with_currency(money: &Money) -> String {
    format!("{} {}", amount(money), money.currency)
}

/// `12.5 %`.
pub fn percent(rate: Percentage) -> String {
    format!("{} %", String::from(rate))
}

/// `1,000`.
pub fn quantity(of: Quantity) -> String {
    grouped(&String::from(of))
}

fn grouped(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", number),
    };
    let (whole, decimals) = match number.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (number, None),
    };
    let mut text = String::from(sign);
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(decimals) = decimals {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("1234567.50", "1,234,567.50"),
            ("-100.005", "\u{2212}100.005"),
            ("-1000", "\u{2212}1,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
