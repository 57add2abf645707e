//! What an e-mail says, as far as it is of use: read by `mail-parser`, cut to what we keep.

use std::borrow::Cow;

use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders};
use rapport_entity::{Email, MailId, Name, Text};

use crate::kernel::{Error, Result};

/// The most parts of an e-mail.
const MOST_PARTS: usize = 200;

/// The most files that are taken of one.
const MOST_FILES: usize = 20;

/// The most e-mails that one is taken to answer.
const MOST_REFERENCES: usize = 100;

/// Stands where something was cut off.
const CUT: &str = "\n[…]";

/// An e-mail.
#[derive(Debug)]
pub struct Mail {
    /// Its `Message-ID`.
    pub id: Option<MailId>,
    /// Its `In-Reply-To`.
    pub in_reply_to: Option<MailId>,
    /// Its `References`, the last ones where there are too many.
    pub references: Vec<MailId>,
    /// Who has sent it.
    pub from: Option<Email>,
    /// What the sender is called.
    pub name: Option<Name>,
    /// What it is about.
    pub subject: Name,
    /// What it says, as plain text, quotations and all.
    pub text: Text,
    /// Whether a program has sent it by itself: an absence note, a bounce, a mailing.
    pub is_automatic: bool,
    /// The files that came with it.
    pub files: Vec<File>,
}

/// A file that came with an e-mail.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// What it is called.
    pub name: Option<String>,
    /// What is in it.
    pub content: Vec<u8>,
}

impl Mail {
    /// Reads an e-mail as it went over the wire (RFC 5322).
    ///
    /// # Errors
    /// [`Error::Malformed`] where it is none, or has too many parts.
    pub fn read(raw: &[u8]) -> Result<Self> {
        let none = || Error::Malformed("the body is no e-mail".to_owned());
        let mail = MessageParser::default().parse(raw).ok_or_else(none)?;
        if mail.parts.len() > MOST_PARTS {
            return Err(Error::Malformed(format!("the e-mail has more than {MOST_PARTS} parts")));
        }
        let sender = mail.from().and_then(|from| from.first());
        let mut references = ids(mail.references());
        let surplus = references.len().saturating_sub(MOST_REFERENCES);
        Ok(Self {
            id: mail.message_id().and_then(id),
            in_reply_to: ids(mail.in_reply_to()).into_iter().next(),
            references: references.split_off(surplus),
            from: sender.and_then(|from| from.address()?.trim().parse().ok()),
            name: sender.and_then(|from| cut(from.name()?, Name::MAX, "").trim().parse().ok()),
            subject: named(mail.subject().unwrap_or_default())?,
            text: said(&mail)?,
            is_automatic: is_automatic(&mail),
            files: files(&mail),
        })
    }

    /// The e-mails that this one may answer, the nearest first.
    pub fn answers(&self) -> Vec<MailId> {
        let mut answers: Vec<MailId> = self.in_reply_to.clone().into_iter().collect();
        for id in self.references.iter().rev() {
            if !answers.contains(id) {
                answers.push(id.clone());
            }
        }
        answers
    }
}

/// An id as it is written in a header.
fn id(bare: &str) -> Option<MailId> {
    let bare = bare.trim().trim_start_matches('<').trim_end_matches('>');
    format!("<{bare}>").parse().ok()
}

fn ids(header: &HeaderValue<'_>) -> Vec<MailId> {
    match header {
        HeaderValue::Text(text) => id(text).into_iter().collect(),
        HeaderValue::TextList(texts) => texts.iter().filter_map(|text| id(text)).collect(),
        _ => Vec::new(),
    }
}

/// A text of at most so many characters, without what no text may hold.
fn cut(text: &str, most: usize, end: &str) -> String {
    let clean: String = text.chars().filter(|c| *c != '\0').collect();
    match clean.chars().count() > most {
        true => {
            let begin = clean.chars().take(most.saturating_sub(end.chars().count()));
            begin.chain(end.chars()).collect()
        }
        false => clean,
    }
}

fn named(subject: &str) -> Result<Name> {
    let subject = cut(subject.trim(), Name::MAX, "");
    let subject = if subject.is_empty() { "(no subject)".to_owned() } else { subject };
    subject.parse().map_err(Error::internal)
}

/// What is said, in plain text; HTML is turned into it where there is nothing else.
fn said(mail: &Message<'_>) -> Result<Text> {
    let text = mail.body_text(0).unwrap_or(Cow::Borrowed(""));
    let text = text.replace("\r\n", "\n");
    let text = if text.trim().is_empty() { "(no text)" } else { text.trim_end() };
    cut(text, Text::MAX, CUT).parse().map_err(Error::internal)
}

/// Programs that send by themselves say so (RFC 3834), or are known by what they send: bounces have no sender to answer to.
fn is_automatic(mail: &Message<'_>) -> bool {
    let header = |name: &'static str| {
        let raw = mail.header_raw(name).unwrap_or_default();
        raw.trim().to_ascii_lowercase()
    };
    let submitted = header("Auto-Submitted");
    let is_submitted = !submitted.is_empty() && !submitted.starts_with("no");
    let is_bulk = ["bulk", "junk", "list", "auto_reply"].contains(&header("Precedence").as_str());
    let is_report = mail.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind.subtype().is_some_and(|kind| kind.eq_ignore_ascii_case("report"))
    });
    is_submitted || is_bulk || is_report || header("Return-Path") == "<>"
}

fn files(mail: &Message<'_>) -> Vec<File> {
    let all = mail.attachments().filter(|part| !part.contents().is_empty());
    let file = |part: &mail_parser::MessagePart<'_>| File {
        name: match part.attachment_name() {
            Some(name) => Some(name.to_owned()),
            None if part.is_message() => Some("message.eml".to_owned()),
            None => None,
        },
        content: part.contents().to_vec(),
    };
    all.take(MOST_FILES).map(file).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAIL: &str = "From: \"Ann Lee\" <Ann@Globex.example>\r\nTo: help@acme.example\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n\
        Message-ID: <a1@globex.example>\r\nIn-Reply-To: <ours-2@acme.example>\r\n\
        References: <ours-1@acme.example>\r\n <ours-2@acme.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
        <p>It is <b>dark</b>.</p><script>alert(1)</script>\r\n--b\r\nContent-Type: application/pdf; name=\"x.pdf\"\r\n\
        Content-Disposition: attachment; filename=\"../bill.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n";

    #[test]
    fn an_email_is_read() {
        let mail = Mail::read(MAIL.as_bytes()).unwrap();
        assert_eq!(mail.id.as_ref().map(MailId::as_str), Some("<a1@globex.example>"));
        let answers: Vec<String> = mail.answers().into_iter().map(String::from).collect();
        assert_eq!(answers, ["<ours-2@acme.example>", "<ours-1@acme.example>"]);
        assert_eq!(mail.from.as_ref().map(Email::as_str), Some("Ann@Globex.example"));
        assert_eq!((mail.name.unwrap().as_str(), mail.subject.as_str()), ("Ann Lee", "Caf\u{e9}"));
        assert!(mail.text.as_str().contains("It is dark"), "{}", mail.text.as_str());
        assert!(!mail.text.as_str().contains(['<', '>']), "{}", mail.text.as_str());
        assert!(!mail.is_automatic);
        assert_eq!(
            mail.files,
            [File { name: Some("../bill.pdf".to_owned()), content: b"%PDF-".to_vec() }]
        );
    }

    #[test]
    fn what_programs_send_by_themselves_is_known() {
        for header in [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated; owner=x",
            "Precedence: bulk",
            "Return-Path: <>",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        ] {
            let mail = format!("{header}\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nText\r\n");
            assert!(Mail::read(mail.as_bytes()).unwrap().is_automatic, "{header}");
        }
        for header in
            ["Auto-Submitted: no", "Return-Path: <a@b.example>", "Precedence: first-class"]
        {
            let mail = format!("{header}\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nText\r\n");
            assert!(!Mail::read(mail.as_bytes()).unwrap().is_automatic, "{header}");
        }
    }

    #[test]
    fn long_mail_is_cut() {
        let long = "word ".repeat(5_000);
        let mail = format!("From: a@b.example\r\nSubject: {long}\r\n\r\n{long}\r\n");
        let mail = Mail::read(mail.as_bytes()).unwrap();
        assert!(
            mail.text.as_str().ends_with("[…]") && mail.text.as_str().chars().count() == Text::MAX
        );
        assert_eq!(mail.subject.as_str().chars().count(), Name::MAX);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = Mail::read(&raw);
        }

        #[test]
        fn broken_mail_is_read_or_refused(at in 0..MAIL.len(), byte: u8) {
            let mut raw = MAIL.as_bytes().to_vec();
            raw[at] = byte;
            let _ = Mail::read(&raw);
            let _ = Mail::read(&raw[..at]);
        }
    }
}
