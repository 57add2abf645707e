use std::{fmt::Display, str::FromStr};

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError,
    body::BoxBody,
    http::header::{
        Accept, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Header, Quality, VARY,
    },
    mime::Mime,
};
use rapport_charts::Theme;
use rapport_domain::{Error, Result, insight::MOST_MONTHS};
use rapport_http::problem::ApiError;
use serde::{Serialize, de::DeserializeOwned};

use crate::query::{each, unknown, within};

/// An analysis, as JSON, or as a chart to those who want one.
pub struct Charted<T> {
    analysis: T,
    draw: fn(&T, Theme) -> Result<String>,
    theme: Theme,
}

impl<T> Charted<T> {
    /// An analysis, and how it is drawn.
    pub fn new(analysis: T, draw: fn(&T, Theme) -> Result<String>, theme: Theme) -> Self {
        Self { analysis, draw, theme }
    }
}

impl<T: Serialize> Responder for Charted<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .append_header((VARY, "Accept"));
        if !wants_chart(req) {
            return response.json(self.analysis);
        }
        match (self.draw)(&self.analysis, self.theme) {
            Ok(svg) => response
                .insert_header((CONTENT_TYPE, "image/svg+xml"))
                // It has a style sheet of its own, and nothing else.
                .insert_header((
                    CONTENT_SECURITY_POLICY,
                    "default-src 'none'; style-src 'unsafe-inline'",
                ))
                .body(svg),
            Err(err) => ApiError::from(err).error_response(),
        }
    }
}

/// Whether a chart is wanted rather than JSON: of what is accepted what is liked best, and of that the first.
fn wants_chart(req: &HttpRequest) -> bool {
    let Ok(Accept(accepted)) = Accept::parse(req) else { return false };
    let is_chart = |range: &Mime| match (range.type_().as_str(), range.subtype().as_str()) {
        ("image", "svg" | "*") => Some(true),
        ("application", "json" | "*") | ("*", "*") => Some(false),
        _ => None,
    };
    let liked = accepted.iter().filter(|range| range.quality > Quality::ZERO);
    let known = liked.filter_map(|range| Some((range.quality, is_chart(&range.item)?)));
    let best = known.rev().max_by_key(|(quality, _)| *quality);
    best.is_some_and(|(_, is_chart)| is_chart)
}

/// A value of a parameter.
///
/// # Errors
/// [`Error::Invalid`] at the parameter's name.
pub fn read<T: FromStr<Err: Display>>(name: &str, value: &str) -> Result<Option<T>> {
    value.parse().map(Some).map_err(|err| Error::invalid(format!("/{name}"), err))
}

/// A value of a parameter that is one of several words.
///
/// # Errors
/// [`Error::Invalid`] at the parameter's name.
pub fn word<T: DeserializeOwned>(name: &str, value: &str) -> Result<T> {
    let text = serde_json::Value::String(value.to_owned());
    serde_json::from_value(text).map_err(|err| Error::invalid(format!("/{name}"), err))
}

/// For how many months cohorts are followed.
///
/// # Errors
/// [`Error::Invalid`] at `/months`.
pub fn whole_months(value: &str) -> Result<i32> {
    let most = MOST_MONTHS.unsigned_abs().into();
    within("months", value, 1, most).map(|months| months as i32)
}

/// Hands each parameter of a query but `theme` to `set`, and gives back the theme.
///
/// # Errors
/// [`Error::Malformed`]; [`Error::Invalid`].
pub fn themed(query: &str, mut set: impl FnMut(&str, &str) -> Result<()>) -> Result<Theme> {
    let mut theme = Theme::Auto;
    each(query, |name, value| {
        match name {
            "theme" => theme = value.parse().map_err(|why| Error::invalid("/theme", why))?,
            _ => set(name, value)?,
        }
        Ok(())
    })?;
    Ok(theme)
}

/// The theme of a query that has no other parameters.
///
/// # Errors
/// [`Error::Malformed`]; [`Error::Invalid`].
pub fn theme_alone(query: &str) -> Result<Theme> {
    themed(query, |name, _| Err(unknown(name)))
}
