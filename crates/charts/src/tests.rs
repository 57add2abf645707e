use rapport_domain::insight::{
    funnel::FunnelAnalysis,
    retention::{Cohort, RetentionAnalysis},
    revenue::{RevenueAnalysis, RevenueChange, RevenuePeriod},
    segments::{OverlappingSegment, SegmentOverlap, SegmentRevenue, SegmentStages},
    tenure::{TenureAnalysis, TenureBin},
};
use rapport_entity::Money;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

fn from<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn money(amount: &str) -> Money {
    from(json!({ "amount": amount, "currency": "EUR" }))
}

fn period(customers: i64, revenue: &str) -> RevenuePeriod {
    RevenuePeriod {
        from: from(json!("2026-01-01")),
        to: from(json!("2026-12-31")),
        customers,
        orders: customers,
        revenue: money(revenue),
        orders_per_customer: None,
        revenue_per_order: None,
    }
}

fn revenues(before: &str, after: &str) -> RevenueAnalysis {
    RevenueAnalysis {
        currency: from(json!("EUR")),
        before: period(1, before),
        after: period(2, after),
        change: RevenueChange {
            revenue: money("0"),
            customers: money("20.00"),
            orders_per_customer: money("-5.00"),
            revenue_per_order: money("0"),
        },
    }
}

fn cohort(month: &str, retention: &[f64]) -> Cohort {
    let active = retention.iter().map(|part| (part * 40.0) as i64).collect();
    Cohort { month: from(json!(month)), customers: 40, active, retention: retention.to_vec() }
}

fn overlap_with(name: &str) -> SegmentOverlap {
    let other = OverlappingSegment {
        segment_id: from(json!("019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0")),
        name: from(json!(name)),
        customers: 5,
        common: 3,
        share: 0.3,
        jaccard: 0.25,
    };
    SegmentOverlap { customers: 10, others: vec![other] }
}

/// Charts of all kinds that have nothing to show.
fn nothing(theme: Theme) -> Vec<String> {
    let date = || from(json!("2026-01-01"));
    let none = |bins: Vec<TenureBin>| TenureAnalysis {
        as_of: date(),
        customers: 0,
        mean_days: None,
        median_days: None,
        bins,
    };
    let empty_bin = TenureBin { from_months: 0, to_months: Some(1), customers: 0 };
    let months =
        SegmentRevenue { currency: from(json!("EUR")), revenue: money("0"), months: Vec::new() };
    let no_stages = SegmentStages { customers: 0, stages: Vec::new() };
    let no_funnel = FunnelAnalysis { from: date(), to: date(), stages: Vec::new() };
    [
        revenue(&revenues("0", "0"), theme).map(|svg| svg.replace("+20", "")),
        retention(&RetentionAnalysis { cohorts: Vec::new() }, theme),
        retention(&RetentionAnalysis { cohorts: vec![cohort("2026-01", &[])] }, theme),
        retention(&RetentionAnalysis { cohorts: vec![cohort("2026-01", &[1.0])] }, theme),
        tenure(&none(Vec::new()), theme),
        tenure(&none(vec![empty_bin]), theme),
        funnel(&no_funnel, theme),
        overlap(&SegmentOverlap { customers: 0, others: Vec::new() }, theme),
        segment_revenue(&months, theme),
        stages(&no_stages, theme),
    ]
    .map(Result::unwrap)
    .into()
}

#[test]
fn a_chart_of_nothing_says_so() {
    for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
        for chart in &nothing(theme)[1..] {
            assert!(chart.contains("There is nothing to show yet."), "{chart}");
        }
    }
}

#[test]
fn a_chart_is_as_wide_as_a_telephone_and_has_a_name() {
    let chart = revenue(&revenues("100", "115"), Theme::Light).unwrap();
    assert!(chart.starts_with("<svg width=\"360\""), "{chart}");
    assert!(chart.contains("role=\"img\"><title>What changed revenue."), "{chart}");
    assert!(chart.trim_end().ends_with("</svg>"));
    assert!(!chart.contains("<style>"));
}

#[test]
fn it_is_drawn_as_the_viewer_likes_it() {
    let chart = |theme| overlap(&overlap_with("Others"), theme).unwrap();
    let auto = chart(Theme::Auto);
    assert!(auto.contains("@media (prefers-color-scheme:dark)"));
    assert!(auto.contains("[fill=\"#FFFFFF\"]{fill:#0D1117}"));
    assert!(chart(Theme::Light).contains("fill=\"#FFFFFF\""));
    assert!(!chart(Theme::Dark).contains("#FFFFFF"));
}

#[test]
fn names_cannot_break_out_of_a_chart() {
    let chart = overlap(&overlap_with("</text><script>&\u{1}\u{b}\"'"), Theme::Auto).unwrap();
    assert!(!chart.contains("<script>") && !chart.contains('\u{1}'), "{chart}");
    assert!(chart.contains("&lt;script&gt;&amp;"), "{chart}");
}

#[test]
fn losses_and_wild_numbers_are_drawn_too() {
    let mut of = revenues("-100.00", "9999999999.99");
    of.change.customers = money("-9999999999.99");
    assert!(revenue(&of, Theme::Dark).unwrap().contains("<rect"));
    let cohorts = (1..=12)
        .map(|month| cohort(&format!("2026-{month:02}"), &[1.0, 0.5, 1.5, -1.0, 0.0]))
        .collect();
    let many = retention(&RetentionAnalysis { cohorts }, Theme::Dark).unwrap();
    assert!(many.contains(">\n50\n<"), "{many}");
}
