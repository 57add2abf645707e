//! What the schema's scalars accept.

use async_graphql::{InputType, Pos, Value};
use chrono::{DateTime, Utc};
use rapport_entity::{
    ClockTime, ConversionRate, Count, CountryCode, Currency, Custom, CustomKey, Date, DayCount,
    DayShift, Days, Email, EventType, Expression, ExternalId, Hours, Id, Int64, Label,
    LanguageCode, LoginEmail, MailId, Month, MonthCount, MonthOfYear, Name, Network, OpenTime,
    Origin, Percent, Percentage, Phone, Points, Priority, Probability, Purpose, Quantity, Reach,
    RequestLimit, RfmScore, ScoreKey, Seconds, Shift, SkillKey, SkillLevel, Sku, Slug, Source,
    Span, StatusKey, Tag, Text, TimeOfDay, TimeZone, Url, Year,
    customers::customer,
    identity::{ApiKeyScope, NewPassword, Password, Token},
    integration::{DateFormat, Delimiter},
    values::Amount,
};

/// Why a scalar refuses a value; `None` where it takes it, or where nothing is known of the scalar.
pub fn refusal(scalar: &str, value: &Value) -> Option<String> {
    let refusal = CHECKS.iter().find(|(name, _)| *name == scalar)?.1;
    refusal(value.clone())
}

type Check = fn(Value) -> Option<String>;

const CHECKS: [(&str, Check); 69] = [
    ("Amount", check::<Amount>),
    ("ApiKeyScope", check::<ApiKeyScope>),
    ("Boolean", check::<bool>),
    ("ClockTime", check::<ClockTime>),
    ("Count", check::<Count>),
    ("CountryCode", check::<CountryCode>),
    ("Currency", check::<Currency>),
    ("Custom", check::<Custom>),
    ("CustomKey", check::<CustomKey>),
    ("DateFormat", check::<DateFormat>),
    ("DateTime", check::<DateTime<Utc>>),
    ("DayCount", check::<DayCount>),
    ("Days", check::<Days>),
    ("DayShift", check::<DayShift>),
    ("Delimiter", check::<Delimiter>),
    ("Email", check::<Email>),
    ("EventType", check::<EventType>),
    ("Expression", check::<Expression>),
    ("ExternalId", check::<ExternalId>),
    ("Float", check::<f64>),
    ("Hours", check::<Hours>),
    ("ID", check::<async_graphql::ID>),
    ("Int", check::<i32>),
    ("Int64", check::<Int64>),
    ("Label", check::<Label>),
    ("LanguageCode", check::<LanguageCode>),
    ("LoginEmail", check::<LoginEmail>),
    ("Date", check::<Date>),
    ("MailId", check::<MailId>),
    ("MonthCount", check::<MonthCount>),
    ("RequestLimit", check::<RequestLimit>),
    ("StatusKey", check::<StatusKey>),
    ("Month", check::<Month>),
    ("MonthOfYear", check::<MonthOfYear>),
    ("Name", check::<Name>),
    ("Network", check::<Network>),
    ("NewPassword", check::<NewPassword>),
    ("OpenTime", check::<OpenTime>),
    ("Origin", check::<Origin>),
    ("Password", check::<Password>),
    ("ConversionRate", check::<ConversionRate>),
    ("Probability", check::<Probability>),
    ("Percentage", check::<Percentage>),
    ("Points", check::<Points>),
    ("Priority", check::<Priority>),
    ("Percent", check::<Percent>),
    ("Phone", check::<Phone>),
    ("Purpose", check::<Purpose>),
    ("Quantity", check::<Quantity>),
    ("Reach", check::<Reach>),
    ("RfmScore", check::<RfmScore>),
    ("ScoreKey", check::<ScoreKey>),
    ("Seconds", check::<Seconds>),
    ("Shift", check::<Shift>),
    ("SkillKey", check::<SkillKey>),
    ("SkillLevel", check::<SkillLevel>),
    ("Sku", check::<Sku>),
    ("Slug", check::<Slug>),
    ("Source", check::<Source>),
    ("Span", check::<Span>),
    ("String", check::<String>),
    ("Tag", check::<Tag>),
    ("Text", check::<Text>),
    ("TimeOfDay", check::<TimeOfDay>),
    ("TimeZone", check::<TimeZone>),
    ("Token", check::<Token>),
    ("UUID", check::<Id<customer::Entity>>),
    ("Url", check::<Url>),
    ("Year", check::<Year>),
];

fn check<T: InputType>(value: Value) -> Option<String> {
    let err = T::parse(Some(value)).err()?;
    let message = err.into_server_error(Pos::default()).message;
    // Where it is, the fault's pointer says.
    let reason =
        message.strip_prefix("Failed to parse \"").and_then(|rest| rest.split_once("\": "));
    Some(reason.map_or(message.as_str(), |(_, reason)| reason).to_owned())
}
