//! Numbers and names as charts write them.

use rapport_entity::Money;

/// A number in groups of three: `12,345`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number < 0 { format!("−{grouped}") } else { grouped }
}

/// A number in so few letters that it fits anywhere: `950`, `12.3k`, `4.56M`.
pub fn compact(number: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let sign = if number < 0.0 { "−" } else { "" };
    let size = number.abs();
    match UNITS.into_iter().find(|(unit, _)| size >= *unit) {
        Some((unit, name)) => format!("{sign}{}{name}", three(size / unit)),
        None if size.fract() == 0.0 => format!("{sign}{size}"),
        None => format!("{sign}{}", three(size)),
    }
}

/// With three digits that count.
fn three(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// An amount and its currency: `EUR 12.3k`.
pub fn amount(money: &Money) -> String {
    let number: f64 = money.amount.to_string().parse().unwrap_or(0.0);
    format!("{} {}", money.currency.as_str(), compact(number))
}

/// The same with a sign, of something that has changed.
pub fn change(money: &Money) -> String {
    let number: f64 = money.amount.to_string().parse().unwrap_or(0.0);
    let plus = if number > 0.0 { "+" } else { "" };
    format!("{plus}{}", compact(number))
}

/// A number with one digit after the point, where it is small.
pub fn short(number: f64) -> String {
    if number < 9.95 { format!("{number:.1}") } else { format!("{number:.0}") }
}

/// A part in percent: `45 %`, `0.4 %`.
pub fn percent(part: f64) -> String {
    let hundred = part * 100.0;
    match hundred {
        0.0 => "0 %".to_owned(),
        ..1.0 => format!("{hundred:.1} %"),
        _ => format!("{hundred:.0} %"),
    }
}

/// Text with so many letters at most, and none that XML cannot hold.
pub fn shortened(text: &str, most: usize) -> String {
    let plain = |letter: char| match letter {
        letter if letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}') => ' ',
        letter => letter,
    };
    let mut letters: Vec<char> = text.chars().map(plain).take(most + 1).collect();
    if letters.len() > most {
        letters.truncate(most.saturating_sub(1));
        letters.push('…');
    }
    letters.into_iter().collect()
}

/// Text as it stands within XML.
pub fn within_xml(text: &str) -> String {
    shortened(text, 400).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_names_fit() {
        assert_eq!(grouped(-1234567), "−1,234,567");
        assert_eq!(grouped(999), "999");
        let compact: Vec<String> =
            [0.0, 950.0, 0.5, 12_345.0, -4_560_000.0, 1e15].into_iter().map(compact).collect();
        assert_eq!(compact, ["0", "950", "0.50", "12.3k", "−4.56M", "1000T"]);
        assert_eq!([0.0, 0.004, 0.456, 1.0].map(percent), ["0 %", "0.4 %", "46 %", "100 %"]);
        assert_eq!([0.04, 9.94, 9.96].map(short), ["0.0", "9.9", "10"]);
        assert_eq!(shortened("a\u{1}b", 5), "a b");
        assert_eq!([0.04, 9.94, 9.96].map(short), ["0.0", "9.9", "10"]);
        assert_eq!(shortened("abcdef", 5), "abcd…");
        assert_eq!(within_xml("<a&b>"), "&lt;a&amp;b&gt;");
    }
}
