/// Some seconds as ISO 8601 has them, a day being 24 hours: `P12DT4H`; none are `PT0S`.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let parts = [(seconds / 3600 % 24, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')];
    let said = |(count, unit): (i64, char)| (count > 0).then(|| format!("{count}{unit}"));
    let days = said((seconds / 86_400, 'D')).unwrap_or_default();
    let time: String = parts.into_iter().filter_map(said).collect();
    match (days.is_empty(), time.is_empty()) {
        (true, true) => "PT0S".to_owned(),
        (false, true) => format!("P{days}"),
        (_, false) => format!("P{days}T{time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_none_of_is_left_out() {
        let day = 86_400;
        for (seconds, text) in [
            (0, "PT0S"),
            (-5, "PT0S"),
            (59, "PT59S"),
            (3_600, "PT1H"),
            (day, "P1D"),
            (12 * day + 4 * 3_600, "P12DT4H"),
            (400 * day + 3_661, "P400DT1H1M1S"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
