//! A quote on paper.

use anyhow::Result;
use krilla::image::Image;
use rapport_domain::sales::quotes::papers::QuotePaper;
use rapport_entity::{Percentage, sales::quote::Status, sales::quote_line::QuoteLine};

use crate::{
    money::{amount, percent, quantity, with_currency},
    page::{MARGIN, Paper, TEXT, WIDTH},
    table::{Column, Table},
    text::{INK, RED, Style},
};

/// How wide what stands on the right is.
const RIGHT: f32 = 200.0;

/// A quote as PDF, on as many pages of A4 as it takes.
///
/// # Errors
/// Where the PDF cannot be written, which is a fault of ours.
pub fn quote(of: &QuotePaper) -> Result<Vec<u8>> {
    let mut paper = Paper::new();
    head(&mut paper, of);
    addressed(&mut paper, of);
    title(&mut paper, of);
    if let Some(introduction) = &of.introduction {
        paper.write(introduction.as_str(), Style::PLAIN);
        paper.skip(10.0);
    }
    lines(&mut paper, of);
    totals(&mut paper, of);
    if let Some(terms) = &of.terms {
        paper.skip(16.0);
        paper.write(terms.as_str(), Style::PLAIN.sized(8.5));
    }
    let footer = of.footer.as_ref().map(|text| text.as_str());
    paper.finish(&name(of), of.company.as_str(), footer)
}

fn name(of: &QuotePaper) -> String {
    match of.quote.revision {
        1 => format!("Quote {}", of.quote.number),
        revision => format!("Quote {}, revision {revision}", of.quote.number),
    }
}

/// The picture on the left, who offers on the right.
fn head(paper: &mut Paper, of: &QuotePaper) {
    let image = of.logo.as_ref().and_then(|logo| {
        let data = logo.content.clone().into();
        match logo.media_type.as_str() {
            "image/png" => Image::from_png(data, true).ok(),
            _ => Image::from_jpeg(data, true).ok(),
        }
    });
    let picture = image.map_or(0.0, |image| paper.picture(image, (MARGIN, MARGIN), (180.0, 56.0)));
    let x = WIDTH - MARGIN - 280.0;
    let style = Style::PLAIN.sized(13.0).bold().right();
    let text = paper.write_at(of.company.as_str(), style, (x, MARGIN, 280.0));
    paper.y = MARGIN + picture.max(text) + 28.0;
}

/// Who is to buy on the left, numbers and days on the right.
fn addressed(paper: &mut Paper, of: &QuotePaper) {
    let (top, width) = (paper.y, TEXT - RIGHT - 40.0);
    let mut left = top;
    left += paper.write_at(of.customer.as_str(), Style::PLAIN.bold(), (MARGIN, left, width));
    let contact = of.contact.as_ref().map(|contact| contact.as_str());
    for line in contact.into_iter().chain(of.address.iter().map(String::as_str)) {
        left += paper.write_at(line, Style::PLAIN, (MARGIN, left, width));
    }
    let mut facts = vec![
        ("Number", of.quote.number.clone()),
        ("Date", of.day.to_string()),
        ("Valid until", of.quote.valid_until.to_string()),
    ];
    if let Some(owner) = &of.owner {
        facts.push(("Your contact", owner.as_str().to_owned()));
    }
    let (x, mut right) = (WIDTH - MARGIN - RIGHT, top);
    for (label, value) in facts {
        paper.write_at(label, Style::PLAIN.grey(), (x, right, 80.0));
        right += paper.write_at(&value, Style::PLAIN.right(), (x + 80.0, right, RIGHT - 80.0));
    }
    paper.y = left.max(right) + 26.0;
}

fn title(paper: &mut Paper, of: &QuotePaper) {
    paper.write(&name(of), Style::PLAIN.sized(17.0).bold());
    paper.write(of.quote.name.as_str(), Style::PLAIN.sized(11.0));
    if of.quote.status == Status::Draft {
        paper.write("Draft: not yet an offer", Style { color: RED, ..Style::PLAIN.bold() });
    }
    paper.skip(12.0);
}

fn lines(paper: &mut Paper, of: &QuotePaper) {
    let is_given = |rate: fn(&QuoteLine) -> Percentage| {
        of.lines.iter().any(|line| rate(line) != Percentage::ZERO)
    };
    let (discounts, taxes) = (is_given(|line| line.discount), is_given(|line| line.tax_rate));
    let number = Style::PLAIN.right();
    let column = |head, width, style| Column { head, width, style };
    let mut columns = vec![
        column("#", 26.0, Style::PLAIN.grey()),
        column("Description", 0.0, Style::PLAIN),
        column("Quantity", 56.0, number),
        column("Unit price", 72.0, number),
    ];
    if discounts {
        columns.push(column("Discount", 52.0, number));
    }
    if taxes {
        columns.push(column("Tax", 42.0, number));
    }
    columns.push(column("Amount", 78.0, number));
    let table = Table::begin(paper, columns);
    for line in &of.lines {
        let mut cells = vec![
            line.position.to_string(),
            line.description.as_str().to_owned(),
            quantity(line.quantity),
            amount(&line.unit_price),
        ];
        if discounts {
            cells.push(percent(line.discount));
        }
        if taxes {
            cells.push(percent(line.tax_rate));
        }
        cells.push(amount(&line.net));
        table.row(paper, &cells);
    }
}

/// What it comes to; never torn apart.
fn totals(paper: &mut Paper, of: &QuotePaper) {
    let mut rows = Vec::new();
    if !of.taxes.is_empty() {
        rows.push(("Net".to_owned(), with_currency(&of.quote.amount)));
        for (rate, tax) in &of.taxes {
            rows.push((format!("Tax {}", percent(*rate)), with_currency(tax)));
        }
    }
    let height = 20.0 * (rows.len() as f32 + 1.0) + 12.0;
    if !paper.fits(height) {
        paper.turn();
    }
    paper.skip(10.0);
    for (label, value) in rows {
        total(paper, &label, &value, Style::PLAIN);
    }
    paper.bar((WIDTH - MARGIN - RIGHT - 40.0, paper.y + 2.0, RIGHT + 40.0, 0.8), INK);
    paper.skip(6.0);
    total(
        paper,
        "Total",
        &with_currency(&of.quote.amount_with_tax),
        Style::PLAIN.sized(11.5).bold(),
    );
}

fn total(paper: &mut Paper, label: &str, value: &str, style: Style) {
    let (x, y) = (WIDTH - MARGIN - RIGHT - 40.0, paper.y);
    paper.write_at(label, style, (x, y, 90.0));
    let height = paper.write_at(value, style.right(), (x + 90.0, y, RIGHT - 50.0 - 4.0));
    paper.skip(height + 3.0);
}
