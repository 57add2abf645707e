//! What a file is, by its first bytes. What its sender or its name say is not looked at: browsers would believe it too.

/// The media type of what begins so.
pub fn media_type(head: &[u8]) -> &'static str {
    match infer::get(head) {
        Some(known) => known.mime_type(),
        None if is_text(head) => "text/plain",
        None => "application/octet-stream",
    }
}

/// Whether a browser may show it: pictures that are nothing but pictures. Whatever else, such as HTML and SVG, could run
/// something in our name, is only ever saved.
pub fn is_shown(media_type: &str) -> bool {
    ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&media_type)
}

/// Whether it reads as UTF-8; a character may be cut off at the end.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(err) if err.error_len().is_none() => {
            let (valid, _) = head.split_at(err.valid_up_to());
            std::str::from_utf8(valid).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_file_says_what_it_is() {
        for (head, kind) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xff\xd8\xff\xe0....", "image/jpeg"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"<!DOCTYPE html><script>", "text/html"),
            (b"  <html><body>", "text/html"),
            (b"#!/bin/sh\nrm", "text/x-shellscript"),
            (b"Dear all,\r\n\xc3\xa9", "text/plain"),
            (b"cut off \xc3", "text/plain"),
            (b"\xff\xfe\x00\x01", "application/octet-stream"),
            (b"a\x00b", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(media_type(head), kind, "{head:?}");
        }
    }

    #[test]
    fn what_may_run_something_is_not_shown() {
        let drawing: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>";
        let declared: &[u8] = b"<?xml version=\"1.0\"?><svg/>";
        for head in
            [drawing, declared, b"<html>", b"MZ\x90\x00", b"\x7fELF\x02\x01\x01", b"%PDF-1.4"]
        {
            assert!(!is_shown(media_type(head)), "{}", media_type(head));
        }
        assert!(is_shown(media_type(b"\x89PNG\r\n\x1a\n....")));
    }
}
