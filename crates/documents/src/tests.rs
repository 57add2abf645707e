use rapport_domain::sales::quotes::papers::QuotePaper;
use rapport_entity::{
    Money,
    identity::workspace_logo,
    sales::quote::{Quote, Status},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::quote;

fn from<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor, from(json!("EUR")))
}

/// A quote of so many lines.
fn paper(lines: i64) -> QuotePaper {
    let line = |n: i64| {
        rapport_entity::sales::quote_line::QuoteLine {
        position: n as i32,
        product_id: None,
        description: from(json!(match n % 3 {
            0 => "Ölwechsel, Größe XL, mit Prüfprotokoll nach den Regeln des Herstellers und Abholung".to_owned(),
            1 => format!("GTX Pro {n}"),
            _ => "Εγκατάσταση / Установка / instalação".to_owned(),
        })),
        quantity: "1500".to_owned().try_into().unwrap(),
        unit_price: money(1_999),
        discount: "12.5".to_owned().try_into().unwrap(),
        discount_limit: None,
        tax_rate: "19".to_owned().try_into().unwrap(),
        net: money(2_623_688),
        tax: money(498_501),
    }
    };
    let now = Default::default();
    QuotePaper {
        company: from(json!("Rapport Maschinenbau GmbH & Co. KG")),
        logo: None,
        quote: Quote {
            id: Default::default(),
            number: "Q-2031".to_owned(),
            revision: 2,
            name: from(json!("Machines for the Hamburg plant")),
            customer_id: Default::default(),
            contact_id: None,
            opportunity_id: None,
            owner_id: None,
            status: Status::Draft,
            next: Vec::new(),
            amount: money(2_623_688 * lines),
            tax: money(498_501 * lines),
            amount_with_tax: money((2_623_688 + 498_501) * lines),
            largest_discount: "12.5".to_owned().try_into().unwrap(),
            over_limit: false,
            valid_until: from(json!("2026-12-22")),
            introduction: None,
            terms: None,
            sent_at: None,
            decided_at: None,
            accepted_by: None,
            decline_reason: None,
            revision_of: None,
            source: None,
            external_id: None,
            custom: Default::default(),
            tags: Default::default(),
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        },
        customer: from(json!("Acme Hamburg")),
        address: vec!["Am Sandtorkai 1".to_owned(), "20457 Hamburg".to_owned(), "DE".to_owned()],
        contact: Some(from(json!("Bob Baumeister"))),
        owner: Some(from(json!("Ada Lovelace"))),
        day: from(json!("2026-11-22")),
        introduction: Some(from(json!("Thank you for your enquiry. We are glad to offer:"))),
        lines: (1..=lines).map(line).collect(),
        taxes: vec![("19".to_owned().try_into().unwrap(), money(498_501 * lines))],
        terms: Some(from(json!("Payable within 30 days.\n\nDelivery six weeks after your order."))),
        footer: Some(from(json!(
            "Rapport Maschinenbau GmbH · Amtsgericht Hamburg HRB 1 · IBAN DE00 0000 0000"
        ))),
    }
}

fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let count = text.split("/Count ").nth(1).unwrap();
    count.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn a_quote_takes_as_many_pages_as_its_lines_need() {
    let (none, one, fifty) = (quote(&paper(0)), quote(&paper(1)), quote(&paper(50)));
    let (none, one, fifty) = (none.unwrap(), one.unwrap(), fifty.unwrap());
    assert!(none.starts_with(b"%PDF-1.") && one.ends_with(b"%%EOF"));
    assert_eq!((pages(&none), pages(&one)), (1, 1));
    assert!((2..=4).contains(&pages(&fifty)), "{}", pages(&fifty));
    // Only the letters that are on it are in it.
    assert!(one.len() < 60_000 && fifty.len() < 120_000, "{} {}", one.len(), fifty.len());
}

#[test]
fn whatever_is_written_is_printed_or_left_out_but_never_fails() {
    for text in [
        "\u{0} \u{7f} \u{feff} \u{202e} \u{e0001}",
        "报价单 — 见积书 — عرض سعر — הצעת מחיר — हैलो 👩‍👩‍👧",
        &"x".repeat(100),
        "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    ] {
        let mut of = paper(3);
        of.company = from(json!(text.trim_matches('\u{0}')));
        of.address.push(text.to_owned());
        of.introduction = Some(from(json!(text.replace('\u{0}', "").repeat(20))));
        assert!(quote(&of).unwrap().starts_with(b"%PDF-1."), "{text}");
    }
}

#[test]
fn a_picture_that_cannot_be_read_is_left_out() {
    let mut of = paper(1);
    let logo = |content: &[u8]| workspace_logo::Model {
        workspace_id: Default::default(),
        media_type: "image/png".to_owned(),
        content: content.to_vec(),
    };
    let without = quote(&of).unwrap();
    of.logo = Some(logo(b"\x89PNG\r\n\x1a\nbroken"));
    assert_eq!(quote(&of).unwrap().len(), without.len());
}

/// Writes one to be looked at: `cargo test -p rapport-documents look -- --ignored`.
#[test]
#[ignore = "it writes a file"]
fn look() {
    std::fs::write("/tmp/quote.pdf", quote(&paper(50)).unwrap()).unwrap();
}
