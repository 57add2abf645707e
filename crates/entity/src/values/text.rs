use std::{net::IpAddr, sync::LazyLock};

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, NaiveTime};
use ipnet::IpNet;
use regex::Regex;
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::Invalid;

/// Defines a text type whose validator and published schema are made from the same length and pattern,
/// so that the contract cannot differ from what is accepted.
macro_rules! text {
    ($(#[doc = $doc:literal])+ $name:ident: $min:literal..=$max:literal, $pattern:literal, $example:literal) => {
        $(#[doc = $doc])+
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        $(#[doc = $doc])+
        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(text.try_into()?),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }

        impl $name {
            /// The pattern (ECMA 262 and Rust alike) that every value matches.
            pub const PATTERN: &'static str = $pattern;
            /// The most characters (Unicode code points) a value has.
            pub const MAX: usize = $max;

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
                check_length(&text, $min, $max)?;
                match PATTERN.as_ref() {
                    Some(pattern) if pattern.is_match(&text) => Ok(Self(text)),
                    _ => Err(Invalid(concat!("must match ", $pattern).to_owned())),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),+).trim()))
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .pattern(Some($pattern))
                    .examples([$example])
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

text! {
    /// The name of a record: 1 to 200 characters.
    Name: 1..=200, r"^[^\u0000]*$", "Acme Corporation"
}
text! {
    /// A short text such as an industry, a city or a job title: 1 to 100 characters.
    Label: 1..=100, r"^[^\u0000]*$", "Retail"
}
text! {
    /// A long text such as a note: up to 10,000 characters.
    Text: 0..=10000, r"^[^\u0000]*$", "Prefers to be called in the morning."
}
text! {
    /// An e-mail address, at most 254 characters (RFC 5321), ASCII.
    Email: 3..=254, r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$", "ada@demo.example"
}
text! {
    /// What somebody signs in with as their e-mail address. One that is malformed is merely nobody's.
    LoginEmail: 1..=254, r"^[^\u0000]*$", "ada@demo.example"
}
text! {
    /// A telephone number in E.164 form: `+`, country code, number.
    Phone: 8..=16, r"^\+[1-9][0-9]{6,14}$", "+4930901820"
}
text! {
    /// A web address with the scheme http or https.
    Url: 10..=2000, r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?([/?#][!-~]*)?$", "https://acme.example"
}
text! {
    /// Where pages are served from, as browsers say it: scheme, host and, where it is not the usual one, port.
    Origin: 8..=255, r"^https?://[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?$", "https://www.acme.example"
}
text! {
    /// A word that records are marked with: 1 to 50 characters, no comma or semicolon.
    Tag: 1..=50, r"^[^\u0000,;]*$", "vip"
}
text! {
    /// What a custom field is called in requests, answers and rules: letters and digits, beginning with a small letter.
    CustomKey: 1..=40, r"^[a-z][A-Za-z0-9]*$", "shoeSize"
}
text! {
    /// A product's stock keeping unit, unique in the workspace.
    Sku: 1..=100, r"^[!-~]([ -~]*[!-~])?$", "GTX-PRO"
}
text! {
    /// The id a record has in another system.
    ExternalId: 1..=200, r"^[^\u0000-\u001F/\\]*$", "0012-A"
}
text! {
    /// The name of a system that records come from.
    Source: 1..=63, r"^[a-z0-9][a-z0-9_-]*$", "erp"
}
text! {
    /// What customers agree to, or not: a short name such as `newsletter` or `profiling`.
    Purpose: 1..=63, r"^[a-z0-9][a-z0-9_-]*$", "newsletter"
}
text! {
    /// How somebody is reached: an address, a number or a name, of up to 500 characters.
    Reach: 1..=500, r"^[^\u0000]*$", "+4930901820"
}
text! {
    /// A short name: a workspace's, used to sign in; a lifecycle stage's, used by programs.
    Slug: 2..=63, r"^[a-z0-9][a-z0-9-]*[a-z0-9]$", "demo"
}

text! {
    /// What service requests and programs call a service status: small letters, digits, `_` and `-`.
    StatusKey: 1..=63, r"^[a-z0-9][a-z0-9_-]*$", "waiting_for_customer"
}
text! {
    /// What something is called that agents can do: small letters, digits, `_` and `-`.
    SkillKey: 1..=63, r"^[a-z0-9][a-z0-9_-]*$", "networks"
}
text! {
    /// A language (BCP 47): small letters, then what narrows it.
    LanguageCode: 2..=35, r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "de-AT"
}
text! {
    /// What an e-mail is called in its headers (`Message-ID`), at most 998 characters, ASCII without blanks.
    MailId: 3..=998, r"^[!-~]+$", "<b1c2@mail.acme.example>"
}

text! {
    /// The addresses that begin alike: an IPv4 or IPv6 address, `/`, and how many bits count (CIDR).
    Network: 4..=43, r"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}/(3[0-2]|[12]?[0-9])|(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:(:[0-9a-fA-F]{1,4}){1,6}|:((:[0-9a-fA-F]{1,4}){1,7}|:))/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$", "192.0.2.0/24"
}

text! {
    /// Which events: all (`*`), all of a kind of record (`rapport.customer.*`), or those of one type
    /// (`rapport.customer.updated.v1`).
    EventType: 1..=100, r"^(\*|rapport\.[a-z]+(_[a-z]+)*\.(\*|[a-z]+(_[a-z]+)*\.v1))$", "rapport.customer.*"
}
text! {
    /// How long something goes on, in whole hours: `PT0H` to `PT168H` (ISO 8601).
    Hours: 4..=6, r"^PT([0-9]|[1-9][0-9]|1[0-5][0-9]|16[0-8])H$", "PT24H"
}

text! {
    /// How long something goes on, in whole days: `P1D` to `P99999D` (ISO 8601).
    Days: 3..=7, r"^P[1-9][0-9]{0,4}D$", "P365D"
}
text! {
    /// A month, `YYYY-MM`.
    Month: 7..=7, r"^[0-9]{4}-(0[1-9]|1[0-2])$", "2026-11"
}
text! {
    /// What formulas and rules call a score: a small letter, then letters and digits.
    ScoreKey: 1..=40, r"^[a-z][A-Za-z0-9]*$", "rfm"
}
text! {
    /// An arithmetic expression over a customer's numbers: 1 to 1,000 characters.
    Expression: 1..=1000, r"^[ -~\n]*$", "0.5 * orders.count + 2 * log(orders.sum)"
}

text! {
    /// What stands between the cells of a file: one ASCII character, and no quotation mark.
    Delimiter: 1..=1, r"^[\t !#-~]$", ";"
}
text! {
    /// How days are written, as for `strftime`: 1 to 50 characters.
    DateFormat: 1..=50, r"^(%[YymdejbBhUWaAuwGgVDFxv%]|[ -$&-~])*$", "%d.%m.%Y"
}

text! {
    /// A stretch of time before or after now, ISO 8601: `-P90D` is ninety days ago, `P1Y6M` in a year and a half,
    /// `-PT12H` twelve hours ago. Units are years, months, weeks, days, hours and minutes, in this order.
    Shift: 3..=26, r"^[+-]?P(([0-9]{1,3}W|[0-9]{1,3}Y([0-9]{1,3}M)?([0-9]{1,5}D)?|[0-9]{1,3}M([0-9]{1,5}D)?|[0-9]{1,5}D)(T([0-9]{1,5}H([0-9]{1,5}M)?|[0-9]{1,5}M))?|T([0-9]{1,5}H([0-9]{1,5}M)?|[0-9]{1,5}M))$", "-P90D"
}
text! {
    /// A length of time, ISO 8601, as [`Shift`] without a sign: `P90D`.
    Span: 3..=25, r"^P(([0-9]{1,3}W|[0-9]{1,3}Y([0-9]{1,3}M)?([0-9]{1,5}D)?|[0-9]{1,3}M([0-9]{1,5}D)?|[0-9]{1,5}D)(T([0-9]{1,5}H([0-9]{1,5}M)?|[0-9]{1,5}M))?|T([0-9]{1,5}H([0-9]{1,5}M)?|[0-9]{1,5}M))$", "P90D"
}
text! {
    /// A time of day, hours and minutes, wherever somebody is: `00:00` to `23:59`.
    TimeOfDay: 5..=5, r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "09:00"
}
text! {
    /// A time of day at which something begins or ends, as a clock on the wall shows it: `00:00` to `24:00`.
    ClockTime: 5..=5, r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "08:30"
}
text! {
    /// How much time within business hours, in hours and minutes (ISO 8601): `PT1M` to `PT99999H59M`. There are no days in it,
    /// because one of business hours is not one of 24.
    OpenTime: 4..=11, r"^PT([1-9][0-9]{0,4}H([1-5]?[0-9]M)?|[1-9][0-9]{0,4}M)$", "PT8H"
}
text! {
    /// So many days before or after today, a year at most: `-P366D` to `P366D` (ISO 8601).
    DayShift: 3..=6, r"^[+-]?P([0-9]|[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])D$", "P7D"
}

pub(crate) fn check_length(text: &str, min: usize, max: usize) -> Result<(), Invalid> {
    match text.chars().take(max + 1).count() {
        n if n < min => Err(Invalid(format!("must have at least {min} characters"))),
        n if n > max => Err(Invalid(format!("must have at most {max} characters"))),
        _ => Ok(()),
    }
}

impl Network {
    /// Whether an address is one of these. An IPv4 address is the same when it is written as an IPv6 one.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.parse::<IpNet>().is_ok_and(|network| network.contains(&address.to_canonical()))
    }
}

impl LoginEmail {
    /// The address as it is compared: [`Email::normalized`], and without blanks around it.
    pub fn normalized(&self) -> String {
        self.0.trim().to_ascii_lowercase()
    }
}

impl Email {
    /// The address as it is compared: domains and, in practice, mailboxes do not tell case apart.
    pub fn normalized(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl EventType {
    /// Whether events of this name in the log, e.g. `customer.updated`, are among them.
    pub fn has(&self, name: &str) -> bool {
        let Some(of) = self.0.strip_prefix("rapport.") else { return true };
        match of.strip_suffix(".*") {
            Some(resource) => name.split_once('.').is_some_and(|(of, _)| of == resource),
            None => of.strip_suffix(".v1") == Some(name),
        }
    }

    /// The kind of record that the events are about; `None` where it may be any.
    pub fn resource(&self) -> Option<&str> {
        self.0.strip_prefix("rapport.")?.split('.').next()
    }
}

impl Month {
    /// The months from the year 0 to this one.
    pub fn number(&self) -> i32 {
        let part = |from: usize, to: usize| self.0.get(from..to).and_then(|part| part.parse().ok());
        part(0, 4).unwrap_or(0) * 12 + part(5, 7).unwrap_or(1) - 1
    }

    /// Its first day.
    pub fn first_day(&self) -> NaiveDate {
        format!("{}-01", self.0).parse().unwrap_or(NaiveDate::MIN)
    }
}

impl OpenTime {
    /// How many minutes.
    pub fn minutes(&self) -> u32 {
        let text = self.0.trim_start_matches("PT").trim_end_matches('M');
        let (hours, minutes) = match text.split_once('H') {
            Some((hours, minutes)) => (hours, minutes),
            None => ("", text),
        };
        let number = |text: &str| text.parse::<u32>().unwrap_or(0);
        number(hours) * 60 + number(minutes)
    }
}

impl Days {
    /// How many.
    pub fn days(&self) -> u64 {
        self.0.trim_start_matches('P').trim_end_matches('D').parse().unwrap_or(1)
    }
}

impl Shift {
    /// One that is reckoned and not read.
    pub(super) fn unchecked(text: String) -> Self {
        Self(text)
    }
}

impl TimeOfDay {
    /// The time, to reckon with.
    pub fn time(&self) -> NaiveTime {
        NaiveTime::parse_from_str(&self.0, "%H:%M").unwrap_or_default()
    }
}

impl Hours {
    /// How many.
    pub fn hours(&self) -> i64 {
        self.0.trim_start_matches("PT").trim_end_matches('H').parse().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_type_is_one_all_of_a_kind_or_all() {
        let has = |types: &str, name: &str| types.parse::<EventType>().unwrap().has(name);
        assert!(has("*", "order.created") && has("rapport.order.*", "order.created"));
        assert!(has("rapport.order.created.v1", "order.created"));
        assert!(!has("rapport.order.created.v1", "order.updated"));
        assert!(!has("rapport.order.*", "order_line.created"));
        for wrong in [
            "",
            "**",
            "order.created",
            "rapport.*",
            "rapport.order.created",
            "rapport.order.created.v2",
            "rapport..*",
        ] {
            assert!(wrong.parse::<EventType>().is_err(), "{wrong}");
        }
        assert_eq!(
            "rapport.webhook_endpoint.*".parse::<EventType>().unwrap().resource(),
            Some("webhook_endpoint")
        );
    }

    #[test]
    fn hours_are_whole_and_at_most_a_week() {
        assert_eq!("PT168H".parse::<Hours>().unwrap().hours(), 168);
        for wrong in ["PT169H", "PT024H", "PT-1H", "P1D", "PT1.5H"] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_example_is_accepted_and_a_nul_is_not() {
        assert!("Acme Corporation".parse::<Name>().is_ok());
        assert!("ada@demo.example".parse::<Email>().is_ok());
        assert!("+4930901820".parse::<Phone>().is_ok());
        assert!("https://acme.example".parse::<Url>().is_ok());
        assert!("GTX-PRO".parse::<Sku>().is_ok());
        assert!("demo".parse::<Slug>().is_ok());
        assert!("a\0b".parse::<Name>().is_err());
    }

    #[test]
    fn every_network_of_the_pattern_can_be_read_and_others_cannot() {
        for text in [
            "0.0.0.0/0",
            "192.0.2.7/32",
            "255.255.255.255/9",
            "::/0",
            "::1/128",
            "1::/99",
            "1:2:3:4:5:6:7:8/64",
            "1:2:3:4:5:6:7::/64",
            "::2:3:4:5:6:7:8/64",
            "1::8/1",
            "1:2::7:8/1",
            "1:2:3::6:7:8/10",
            "1:2:3:4::6:7:8/1",
            "1:2:3::5:6:7:8/1",
            "1::3:4:5:6:7:8/119",
            "FE80::aB/10",
        ] {
            let network = text.parse::<Network>().expect(text);
            assert!(network.0.parse::<IpNet>().is_ok(), "{text}");
        }
        for text in [
            "",
            "192.0.2.7",
            "192.0.2.7/33",
            "192.0.2.07/8",
            "256.0.0.0/8",
            "192.0.2/24",
            "::/129",
            "::1",
            "1:2:3:4:5:6:7:8::/1",
            "1::2::3/1",
            ":1/1",
            "1:/1",
            "::ffff:192.0.2.7/128",
            "12345::/1",
            "10.0.0.0/08",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_not_bytes() {
        assert!("é".repeat(200).parse::<Name>().is_ok());
        assert!("é".repeat(201).parse::<Name>().is_err());
        assert!("".parse::<Name>().is_err());
    }
}
