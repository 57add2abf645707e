//! How service goes, as charts.

use rapport_domain::{
    Result,
    insight::service::{
        BacklogAnalysis, ComplaintAnalysis, ComplaintGroup, SatisfactionAnalysis,
        SatisfactionGroup, ServiceAnalysis, ServiceFigures, ServiceGroup,
    },
};
use rapport_entity::service::survey::Kind;

use super::{
    area::{Point, area},
    bars::{Bar, bars},
    canvas::Heading,
    theme::Theme,
    words::{amount, grouped, percent},
};

/// The most bars of a chart.
const MOST: usize = 30;

fn heading(title: &str, subtitle: String) -> Heading {
    Heading { title: title.to_owned(), subtitle }
}

fn name(name: Option<&String>, key: Option<&String>) -> String {
    name.or(key).cloned().unwrap_or_else(|| "none".to_owned())
}

/// How many requests there are of what, how many of them are done, and how long that took.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn service(of: &ServiceAnalysis, theme: Theme) -> Result<String> {
    let rows: Vec<Bar> = of.groups.iter().take(MOST).map(requests).collect();
    let (all, open) = (grouped(of.total.opened), grouped(of.total.open));
    let subtitle = format!("{all} · {open} open · {} to {}", of.from, of.to);
    bars(&heading("Service requests, the strong part done", subtitle), &rows, theme)
}

fn requests(group: &ServiceGroup) -> Bar {
    let figures = &group.figures;
    Bar {
        name: name(group.name.as_ref(), group.key.as_ref()),
        length: figures.opened as f64,
        part: figures.done as f64 / figures.opened.max(1) as f64,
        note: said(figures),
    }
}

fn said(figures: &ServiceFigures) -> String {
    let median =
        figures.resolution.p50_seconds.map(|seconds| format!(" · median {}", long(seconds)));
    let late = match figures.breached {
        0 => String::new(),
        _ => format!(" · {} late", percent(figures.breach_rate.unwrap_or_default())),
    };
    format!(
        "{} · {} open{}{late}",
        grouped(figures.opened),
        grouped(figures.open),
        median.unwrap_or_default()
    )
}

/// How long something took, in the largest unit that there are two of.
fn long(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How many requests were open at the end of each month.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn backlog(of: &BacklogAnalysis, theme: Theme) -> Result<String> {
    let points = of
        .months
        .iter()
        .map(|month| Point { name: month.month.to_string(), height: month.backlog as f64 });
    let opened: i64 = of.months.iter().map(|month| month.opened).sum();
    let done: i64 = of.months.iter().map(|month| month.done).sum();
    let last = of.months.last().map_or(0, |month| month.backlog);
    let subtitle =
        format!("{} open; {} came in, {} done", grouped(last), grouped(opened), grouped(done));
    area(&heading("Open service requests", subtitle), &points.collect::<Vec<_>>(), theme)
}

/// Why customers complain: the causes in their order, and how much of all they make together.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn complaints(of: &ComplaintAnalysis, theme: Theme) -> Result<String> {
    let rows: Vec<Bar> = of.groups.iter().take(MOST).map(complained).collect();
    let total = &of.total;
    let subtitle = format!(
        "{}, {} of them open, {} · {} to {}",
        grouped(total.complaints),
        grouped(total.open),
        amount(&total.cost),
        of.from,
        of.to
    );
    bars(&heading("Complaints", subtitle), &rows, theme)
}

fn complained(group: &ComplaintGroup) -> Bar {
    let figures = &group.figures;
    let together = percent(group.cumulative_share);
    Bar {
        name: name(group.name.as_ref(), group.key.as_ref()),
        length: figures.complaints as f64,
        part: 1.0,
        note: format!(
            "{} · {together} with those above · {}",
            grouped(figures.complaints),
            amount(&figures.cost)
        ),
    }
}

/// How many of those who answered are content.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn satisfaction(of: &SatisfactionAnalysis, theme: Theme) -> Result<String> {
    let answered = of.groups.iter().filter(|group| group.figures.answered > 0);
    let rows: Vec<Bar> = answered.take(MOST).map(|group| content(group, of.kind)).collect();
    let total = &of.total;
    let rate = total.response_rate.map(|rate| format!(" ({} of those asked)", percent(rate)));
    let subtitle = format!(
        "{} · {} answers{} · {} to {}",
        index(of.kind, total.index),
        grouped(total.answered),
        rate.unwrap_or_default(),
        of.from,
        of.to
    );
    let title = match of.kind {
        Kind::Csat => "Customers who are content",
        Kind::Nps => "Customers who would recommend us",
        Kind::Ces => "Customers for whom it was easy",
    };
    bars(&heading(title, subtitle), &rows, theme)
}

fn content(group: &SatisfactionGroup, kind: Kind) -> Bar {
    let figures = &group.figures;
    Bar {
        name: name(group.name.as_ref(), group.key.as_ref()),
        length: 1.0,
        part: figures.good as f64 / figures.answered.max(1) as f64,
        note: format!("{} · {} answers", index(kind, figures.index), grouped(figures.answered)),
    }
}

fn index(kind: Kind, index: Option<f64>) -> String {
    let Some(index) = index else { return "no answers".to_owned() };
    match kind {
        Kind::Nps => format!("NPS {index:+.0}"),
        Kind::Csat => format!("CSAT {index:.0} %"),
        Kind::Ces => format!("CES {index:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_units_that_people_use() {
        let all = [59, 120, 7_199, 7_200, 172_800].map(long);
        assert_eq!(all, ["59 s", "2 min", "119 min", "2 h", "2 days"]);
        assert_eq!(index(Kind::Nps, Some(-12.4)), "NPS -12");
        assert_eq!(index(Kind::Csat, Some(75.0)), "CSAT 75 %");
    }
}
