//! Which media type an answer is to be of.

use actix_web::http::header::{self, HeaderMap};

/// A media type that answers may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status says whether the request was executed.
    GraphQl,
    /// `application/json`: the status is 200 wherever the request is well-formed.
    Json,
}

impl Media {
    /// The `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An answer.
    Answer(Media),
    /// A stream of events.
    Stream,
    /// The page of GraphiQL.
    Page,
    /// Nothing that there is.
    Nothing,
}

/// What a request's `Accept` wants. Without one, and where anything will do, it is JSON.
pub fn wanted(headers: &HeaderMap) -> Wanted {
    let values = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let accept: Vec<&str> = values.collect();
    match accept.is_empty() {
        true => Wanted::Answer(Media::Json),
        false => choose(&accept.join(",")),
    }
}

/// What there is, best first where the client has no preference.
const OFFERS: [(&str, &str, Wanted); 4] = [
    ("application", "json", Wanted::Answer(Media::Json)),
    ("application", "graphql-response+json", Wanted::Answer(Media::GraphQl)),
    ("text", "html", Wanted::Page),
    ("text", "event-stream", Wanted::Stream),
];

/// The offer of the greatest weight (RFC 9110 12.5.1); of those the one that is named first.
fn choose(accept: &str) -> Wanted {
    let ranges: Vec<Range<'_>> = accept.split(',').filter_map(Range::parse).collect();
    if ranges.is_empty() {
        return Wanted::Answer(Media::Json);
    }
    let weighed = OFFERS.iter().filter_map(|(kind, subtype, offer)| {
        let of = |(place, range): (usize, &Range<'_>)| Some((range.fits(kind, subtype)?, place));
        let (_, place) = ranges.iter().enumerate().filter_map(of).max_by_key(|(fit, _)| *fit)?;
        (ranges[place].weight > 0).then_some((ranges[place].weight, place, *offer))
    });
    weighed
        .min_by_key(|(weight, place, _)| (u16::MAX - weight, *place))
        .map_or(Wanted::Nothing, |(_, _, offer)| offer)
}

struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths.
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok())?
        });
        let weight = (weight.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u16;
        Some(Self { kind, subtype, weight })
    }

    /// How closely it names the type; `None` where it does not.
    fn fits(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (range, "*") => range.eq_ignore_ascii_case(kind).then_some(1),
            (range, sub) => {
                (range.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype)).then_some(2)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_is_negotiated() {
        use Wanted::{Answer, Nothing, Page, Stream};
        for (accept, expected) in [
            ("*/*", Answer(Media::Json)),
            ("application/*", Answer(Media::Json)),
            ("application/json", Answer(Media::Json)),
            ("Application/JSON; charset=utf-8", Answer(Media::Json)),
            ("application/graphql-response+json", Answer(Media::GraphQl)),
            ("application/graphql-response+json, application/json;q=0.9", Answer(Media::GraphQl)),
            ("application/json;q=0.5, application/graphql-response+json", Answer(Media::GraphQl)),
            ("application/json, application/graphql-response+json", Answer(Media::Json)),
            ("application/json;q=0, */*", Answer(Media::GraphQl)),
            ("application/graphql-response+json, multipart/mixed", Answer(Media::GraphQl)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Page),
            ("application/json, text/html", Answer(Media::Json)),
            ("text/event-stream", Stream),
            ("text/event-stream, application/json;q=0.5", Stream),
            ("text/plain", Nothing),
            ("text/plain, */*;q=0", Nothing),
            ("", Answer(Media::Json)),
            ("nonsense", Answer(Media::Json)),
        ] {
            assert_eq!(choose(accept), expected, "{accept}");
        }
    }
}
