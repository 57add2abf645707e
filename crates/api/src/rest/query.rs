use rapport_domain::Error;

/// The parameters of a query, in order.
///
/// # Errors
/// [`Error::Malformed`] where one is not percent-encoded UTF-8: it is never guessed what was meant.
pub fn pairs(query: &str) -> Result<Vec<(String, String)>, Error> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Some((decoded(name)?, decoded(value)?))
    };
    let pairs: Option<_> = parts.map(pair).collect();
    pairs.ok_or_else(|| Error::Malformed("the query is not percent-encoded UTF-8".to_owned()))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => 16 * digit(rest.next()?)? + digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_percent_encoded_utf_8_or_refused() {
        let read = |query| pairs(query).ok();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("a=b&c=%C3%A9+d"), Some(vec![pair("a", "b"), pair("c", "é d")]));
        assert_eq!(read("a&b="), Some(vec![pair("a", ""), pair("b", "")]));
        assert_eq!(read("a=%ff"), None);
        assert_eq!(read("a=%C3%28"), None);
        assert_eq!(read("a=%2"), None);
        assert_eq!(read("a=%zz"), None);
    }
}
