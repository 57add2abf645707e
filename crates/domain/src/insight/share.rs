/// One count to another, such as a part to its whole; none where there is nothing to compare with.
pub fn share(count: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| count as f64 / of as f64)
}

/// The same of many.
pub fn shares(counts: &[i64], of: i64) -> Vec<f64> {
    counts.iter().filter_map(|count| share(*count, of)).collect()
}
