//! Each analysis as a chart.

use rapport_domain::{
    Result,
    insight::{
        compliance::{ComplianceGroup, ServiceCompliance},
        forecast::Forecast,
        funnel::FunnelAnalysis,
        retention::RetentionAnalysis,
        revenue::{RevenueAnalysis, RevenuePeriod},
        sales::{AgeingAnalysis, PipelineAnalysis, SalesComparison, SalesGroup},
        segments::{
            DayOfSegment, SegmentOverlap, SegmentRetention, SegmentRevenue, SegmentSize,
            SegmentStages,
        },
        targets::{Attainment, AttainmentRow, MeasuredValue},
        tenure::{TenureAnalysis, TenureBin},
    },
};
use rapport_entity::{
    Date, Money,
    sales::{analysis::Dimension, opportunity::Status, target::Measure},
};

use super::{
    area::{Point, area},
    bars::{Bar, bars},
    bullets::{Bullet, bullets},
    canvas::Heading,
    heat::{Row, heat},
    stacked::{Stack, stacked},
    theme::Theme,
    waterfall::{Step, waterfall},
    words::{amount, change, grouped, percent, short},
};

fn heading(title: impl ToString, subtitle: impl ToString) -> Heading {
    Heading { title: title.to_string(), subtitle: subtitle.to_string() }
}

fn units(money: &Money) -> f64 {
    money.amount.to_string().parse().unwrap_or(0.0)
}

/// From the revenue of one period to that of the other, by what the change is made of.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn revenue(of: &RevenueAnalysis, theme: Theme) -> Result<String> {
    let sum = |period: &RevenuePeriod| Step {
        name: format!("{} to {}", period.from, period.to),
        from: 0.0,
        to: units(&period.revenue),
        is_sum: true,
        note: amount(&period.revenue),
    };
    let mut steps = vec![sum(&of.before)];
    let parts = [
        ("Customers", &of.change.customers),
        ("Orders per customer", &of.change.orders_per_customer),
        ("Revenue per order", &of.change.revenue_per_order),
    ];
    let mut at = units(&of.before.revenue);
    for (name, part) in parts {
        let (from, to) = (at, at + units(part));
        let name = name.to_owned();
        steps.push(Step { name, from, to, is_sum: false, note: change(part) });
        at = to;
    }
    steps.push(sum(&of.after));
    let subtitle = "Customers × orders per customer × revenue per order";
    waterfall(&heading("What changed revenue", subtitle), &steps, theme)
}

/// Cohorts by months after the first purchase.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn retention(of: &RetentionAnalysis, theme: Theme) -> Result<String> {
    let rows = of.cohorts.iter().map(|cohort| Row {
        name: cohort.month.to_string(),
        note: grouped(cohort.customers),
        // All of them bought in the first.
        cells: cohort.retention.iter().skip(1).copied().collect(),
    });
    let subtitle = "By month of the first purchase: percent who bought again";
    heat(&heading("Who comes back", subtitle), MONTHS_LATER, 1, &rows.collect::<Vec<_>>(), theme)
}

const MONTHS_LATER: &str = "months later";

/// Cohorts by months after members first came into a segment.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn segment_retention(of: &SegmentRetention, theme: Theme) -> Result<String> {
    let rows = of.cohorts.iter().map(|cohort| Row {
        name: cohort.month.to_string(),
        note: grouped(cohort.customers),
        cells: cohort.retention.clone(),
    });
    let subtitle = "By month of the first entry: percent who are in it";
    let heading = heading("Who stays in the segment", subtitle);
    heat(&heading, MONTHS_LATER, 0, &rows.collect::<Vec<_>>(), theme)
}

/// How many customers have been in a segment, day by day.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn segment_size(of: &SegmentSize, theme: Theme) -> Result<String> {
    let points =
        of.days.iter().map(|day| Point { name: day.day.to_string(), height: day.customers as f64 });
    let last = of.days.last().map_or(0, |day| day.customers);
    let sum = |count: fn(&DayOfSegment) -> i64| grouped(of.days.iter().map(count).sum());
    let (entered, left) = (sum(|day| day.entered), sum(|day| day.left));
    let subtitle = format!("{} members; {entered} entered, {left} left", grouped(last));
    area(&heading("Size of the segment", subtitle), &points.collect::<Vec<_>>(), theme)
}

/// How many customers have been here for how long.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn tenure(of: &TenureAnalysis, theme: Theme) -> Result<String> {
    let all = of.customers.max(1) as f64;
    let rows = of.bins.iter().map(|bin| Bar {
        name: tenure_of(bin),
        length: bin.customers as f64,
        part: 1.0,
        note: format!("{} · {}", grouped(bin.customers), percent(bin.customers as f64 / all)),
    });
    let median = of.median_days.map(|days| format!(", median {days:.0} days")).unwrap_or_default();
    let subtitle = format!("{} customers{median}", grouped(of.customers));
    bars(&heading("Time since the first purchase", subtitle), &rows.collect::<Vec<_>>(), theme)
}

fn tenure_of(bin: &TenureBin) -> String {
    let said = |months: i32| match (months % 12, months / 12) {
        (0, years @ 1..) => (years, "years"),
        _ => (months, "months"),
    };
    let (from, unit) = said(bin.from_months);
    match bin.to_months.map(said) {
        None => format!("{from} {unit} and more"),
        Some((1, "months")) => "less than a month".to_owned(),
        Some((to, other)) if other == unit => format!("{from} to {to} {unit}"),
        Some((to, other)) => format!("{from} {unit} to {to} {other}"),
    }
    .replace(" 1 years", " 1 year")
}

/// The stays in each stage, and how many of them led on.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn funnel(of: &FunnelAnalysis, theme: Theme) -> Result<String> {
    let rows = of.stages.iter().map(|stage| {
        let on = stage.conversion.map(|part| format!(" · {} on", percent(part)));
        let days = stage.median_days.map(|days| format!(" · {} d", short(days)));
        let note = [Some(grouped(stage.entered)), on, days].into_iter().flatten().collect();
        Bar {
            name: stage.name.to_string(),
            length: stage.entered as f64,
            part: stage.conversion.unwrap_or(0.0),
            note,
        }
    });
    let subtitle = format!("Entered {} to {}; moved on; median days", of.from, of.to);
    bars(&heading("From stage to stage", subtitle), &rows.collect::<Vec<_>>(), theme)
}

/// The segments that members of one are in too.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn overlap(of: &SegmentOverlap, theme: Theme) -> Result<String> {
    let rows = of.others.iter().map(|other| Bar {
        name: other.name.to_string(),
        length: 1.0,
        part: other.share,
        note: format!("{} · {}", grouped(other.common), percent(other.share)),
    });
    let subtitle = format!("Of {} members, who are in which other", grouped(of.customers));
    bars(&heading("Overlap with other segments", subtitle), &rows.collect::<Vec<_>>(), theme)
}

/// What members of a segment bought in each month.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn segment_revenue(of: &SegmentRevenue, theme: Theme) -> Result<String> {
    let rows = of.months.iter().map(|month| Bar {
        name: month.month.to_string(),
        length: units(&month.revenue),
        part: 1.0,
        note: format!("{} · {} orders", amount(&month.revenue), grouped(month.orders)),
    });
    let subtitle = format!("{} in all, by those who are members now", amount(&of.revenue));
    bars(&heading("Revenue of the segment", subtitle), &rows.collect::<Vec<_>>(), theme)
}

/// In which stages the members of a segment are.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn stages(of: &SegmentStages, theme: Theme) -> Result<String> {
    let rows = of.stages.iter().map(|stage| Bar {
        name: stage.name.as_ref().map_or_else(|| "in no stage".to_owned(), ToString::to_string),
        length: stage.customers as f64,
        part: 1.0,
        note: format!("{} · {}", grouped(stage.customers), percent(stage.share)),
    });
    let subtitle = format!("{} members", grouped(of.customers));
    bars(&heading("Lifecycle stages of the segment", subtitle), &rows.collect::<Vec<_>>(), theme)
}

/// What is won of what is closed, by whatever it is looked at; of the lost, how many for what.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn comparison(of: &SalesComparison, theme: Theme) -> Result<String> {
    let days = period(of.from, of.to);
    let groups = of.groups.iter().take(MOST_BARS);
    let Some(status) = of.status else {
        let rows = groups.filter(|group| group.figures.won + group.figures.lost > 0).map(won);
        let subtitle = format!("Part that was won of what was closed{days}");
        let title = format!("Win rate by {}", dimension(of.by));
        return bars(&heading(title, subtitle), &rows.collect::<Vec<_>>(), theme);
    };
    let all: i64 = of.groups.iter().map(|group| group.figures.opportunities).sum();
    let others = of.others.as_ref().map_or(0, |others| others.figures.opportunities);
    let rows = groups.map(|group| Bar {
        name: group_name(group.name.as_ref(), group.key.as_ref()),
        length: group.figures.opportunities as f64,
        part: 1.0,
        note: counted(group, (all + others).max(1), status),
    });
    let what = match status {
        Status::Open => "Open",
        Status::Won => "Won",
        Status::Lost => "Lost",
    };
    let subtitle = format!("{} opportunities{days}", grouped(all + others));
    let title = format!("{what} by {}", dimension(of.by));
    bars(&heading(title, subtitle), &rows.collect::<Vec<_>>(), theme)
}

/// The most bars of a chart.
const MOST_BARS: usize = 30;

fn won(group: &SalesGroup) -> Bar {
    let figures = &group.figures;
    let rate = figures.win_rate.unwrap_or(0.0);
    let closed = grouped(figures.won + figures.lost);
    Bar {
        name: group_name(group.name.as_ref(), group.key.as_ref()),
        length: 1.0,
        part: rate,
        note: format!("{} of {closed} · {}", percent(rate), amount(&figures.won_value)),
    }
}

fn counted(group: &SalesGroup, all: i64, status: Status) -> String {
    let figures = &group.figures;
    let value = match status {
        Status::Open => &figures.open_value,
        Status::Won => &figures.won_value,
        Status::Lost => &figures.lost_value,
    };
    let part = figures.opportunities as f64 / all as f64;
    format!("{} · {} · {}", grouped(figures.opportunities), percent(part), amount(value))
}

fn group_name(name: Option<&String>, key: Option<&String>) -> String {
    name.or(key).cloned().unwrap_or_else(|| "none".to_owned())
}

fn period(from: Option<Date>, to: Option<Date>) -> String {
    match (from, to) {
        (None, None) => String::new(),
        (Some(from), None) => format!(", since {from}"),
        (None, Some(to)) => format!(", until {to}"),
        (Some(from), Some(to)) => format!(", {from} to {to}"),
    }
}

fn dimension(by: Dimension) -> &'static str {
    match by {
        Dimension::Owner => "owner",
        Dimension::Team => "team",
        Dimension::Pipeline => "pipeline",
        Dimension::Stage => "stage",
        Dimension::Product => "product",
        Dimension::ProductCategory => "product category",
        Dimension::LeadSource => "lead source",
        Dimension::Campaign => "campaign",
        Dimension::CloseReason => "reason",
        Dimension::Competitor => "competitor",
        Dimension::CustomerIndustry => "industry",
        Dimension::CustomerCountry => "country",
        Dimension::MonthClosed => "month",
    }
}

/// The stays in each stage of a pipeline, and how many of them led on.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn pipeline(of: &PipelineAnalysis, theme: Theme) -> Result<String> {
    let rows = of.stages.iter().map(|stage| {
        let on = stage.conversion.map(|part| format!(" · {} on", percent(part)));
        let days = stage.median_days.map(|days| format!(" · {} d", short(days)));
        Bar {
            name: stage.name.to_string(),
            length: stage.entered as f64,
            part: stage.conversion.unwrap_or(0.0),
            note: [Some(grouped(stage.entered)), on, days].into_iter().flatten().collect(),
        }
    });
    let subtitle = format!("Entered{}; moved on or won; median days", period(of.from, of.to));
    bars(&heading(&of.name, subtitle), &rows.collect::<Vec<_>>(), theme)
}

/// How long the open opportunities have been in their stages, the longest first.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn ageing(of: &AgeingAnalysis, theme: Theme) -> Result<String> {
    let rows = of.stages.iter().map(|stage| {
        let within = |from: i32, to: i32| -> f64 {
            let these = stage.buckets.iter().filter(|of| (from..to).contains(&of.from_days));
            these.map(|bucket| bucket.count as f64).sum()
        };
        let name = stage.name.as_ref().map_or_else(|| "Stage".to_owned(), ToString::to_string);
        Stack {
            name,
            parts: [within(90, i32::MAX), within(30, 90), within(14, 30), within(0, 14)],
            note: format!("{} stalled", grouped(stage.stalled)),
        }
    });
    let subtitle = "Open opportunities by days in their stage".to_owned();
    stacked(&heading("Ageing", subtitle), AGES, &rows.collect::<Vec<_>>(), theme)
}

const AGES: [&str; 4] = ["90 +", "30 to 90", "14 to 30", "under 14"];

/// What is to come in each period, the surest first.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn forecast(of: &Forecast, theme: Theme) -> Result<String> {
    let rows = of.periods.iter().map(|period| {
        let figures = &period.figures;
        let parts = [&figures.closed, &figures.commit, &figures.best_case, &figures.pipeline];
        Stack {
            name: period.name.clone(),
            parts: parts.map(|sum| units(&sum.amount)),
            note: format!("weighted {}", amount(&figures.weighted)),
        }
    });
    let day = of.as_of.format("%Y-%m-%d");
    let title = if of.periods.iter().any(|period| period.outcome.is_some()) {
        format!("Forecast as of {day}")
    } else {
        "Forecast".to_owned()
    };
    let subtitle = format!("In {}, by category", of.currency.as_str());
    stacked(&heading(title, subtitle), CATEGORIES, &rows.collect::<Vec<_>>(), theme)
}

const CATEGORIES: [&str; 4] = ["closed", "commit", "best case", "pipeline"];

/// The most rows that a chart has room for.
const MOST_BULLETS: usize = 40;

/// What was reached beside what is to be.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn attainment(of: &Attainment, theme: Theme) -> Result<String> {
    let shown = of.rows.iter().take(MOST_BULLETS).map(|row| Bullet {
        name: named(row),
        length: measured(&row.actual),
        outlook: outlook(of.measure, row),
        mark: row.target.as_ref().map(measured),
        note: reached(row),
    });
    let title = format!("Attainment {}", of.name);
    let what = match of.measure {
        Measure::WonAmount => format!("won, in {}", of.currency.as_str()),
        Measure::WonCount => "opportunities won".to_owned(),
        Measure::OpportunitiesOpened => "opportunities opened".to_owned(),
        Measure::LeadsConverted => "leads converted".to_owned(),
        Measure::TasksCompleted => "tasks completed".to_owned(),
        Measure::Calls => "calls".to_owned(),
        Measure::Meetings => "meetings".to_owned(),
        Measure::Visits => "visits".to_owned(),
        Measure::Emails => "e-mails".to_owned(),
    };
    let subtitle = format!("{what}; {} of the period is gone", percent(of.elapsed));
    bullets(&heading(title, subtitle), &shown.collect::<Vec<_>>(), theme)
}

fn named(row: &AttainmentRow) -> String {
    let whose = row.name.as_deref().unwrap_or("Everybody");
    match (row.product_id, &row.product_name) {
        (None, _) => whose.to_owned(),
        (Some(_), name) => format!("{whose}: {}", name.as_deref().unwrap_or("a product")),
    }
}

fn measured(value: &MeasuredValue) -> f64 {
    match &value.amount {
        Some(money) => units(money),
        None => value.count.unwrap_or(0) as f64,
    }
}

/// How long the bar may become: what is weighted holds what is won.
fn outlook(measure: Measure, row: &AttainmentRow) -> f64 {
    match (&row.forecast, measure) {
        (Some(forecast), Measure::WonAmount) => units(&forecast.weighted),
        _ => 0.0,
    }
}

fn reached(row: &AttainmentRow) -> String {
    let said = |value: &MeasuredValue| match (&value.amount, value.count) {
        (Some(money), _) => amount(money),
        (None, count) => grouped(count.unwrap_or(0)),
    };
    match (&row.target, row.attainment) {
        (Some(target), Some(part)) => format!("{} of {}", percent(part), said(target)),
        _ => said(&row.actual),
    }
}

/// How much of what was promised was kept, group by group: a bar is as long as there are clocks and deadlines from elsewhere with
/// a verdict.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn compliance(of: &ServiceCompliance, theme: Theme) -> Result<String> {
    let rows: Vec<Bar> =
        of.groups.iter().take(MOST_BULLETS).map(|group| promised(group, of.by.is_some())).collect();
    let subtitle = format!("Kept in time{}", period(Some(of.from), Some(of.to)));
    bars(&heading("Service compliance", subtitle), &rows, theme)
}

fn promised(group: &ComplianceGroup, is_one_of_some: bool) -> Bar {
    let met: i64 = group.clocks.iter().map(|clock| clock.met).sum();
    let clocks = met + group.clocks.iter().map(|clock| clock.breached).sum::<i64>();
    let (kept, late) = (group.promised.met, group.promised.late + group.promised.overdue);
    let all = clocks + kept + late;
    let part = if all > 0 { (met + kept) as f64 / all as f64 } else { 0.0 };
    let name = match is_one_of_some {
        true => group_name(group.name.as_ref(), group.key.as_ref()),
        false => "All".to_owned(),
    };
    let said = |kept: i64, of: i64, what: &str| {
        (of > 0).then(|| format!("{} of {} {what}", percent(kept as f64 / of as f64), grouped(of)))
    };
    let said = [said(met, clocks, "clocks"), said(kept, kept + late, "deadlines")];
    Bar {
        name,
        length: all as f64,
        part,
        note: said.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}
