//! Why a rule holds of a record, or does not: what comes of each part of it, and the values that part looks at. One
//! statement asks for all of them.

use chrono::{DateTime, SecondsFormat, Utc};
use rapport_entity::{
    Currency, Money,
    rule::{Comparison, Relation, Rule},
    values::of_thousandths,
};
use sea_orm::{
    QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement},
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{
    aggregate::{Seen, seen},
    compile::{Compiler, Scope},
    sample::place_of,
};
use crate::kernel::{
    catalogue::{Catalogue, Field, FieldKind, Held},
    database::as_text,
    error::Result,
};

/// What came of a part of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Where the part is in the rule: a JSON pointer.
    pub at: String,
    /// What it is: the name of its member.
    pub kind: &'static str,
    /// Whether it holds; `None` where whoever asks may not know.
    pub holds: Option<bool>,
    /// The values that it looked at, by their names.
    pub values: Map<String, Json>,
    /// What came of the parts that it is made of.
    pub parts: Vec<Outcome>,
}

/// A rule, and the columns that say what comes of its parts.
pub struct Explanation<'r> {
    rule: &'r Rule,
    columns: Vec<Column>,
}

/// What is asked of the database for one part of a rule.
struct Column {
    at: String,
    holds: Expr,
    seen: Vec<Value>,
}

/// A value that a part of a rule looks at.
struct Value {
    name: String,
    text: Expr,
    kind: FieldKind,
    /// The currency, or the column that says which.
    currency: Option<Currency>,
    currency_of: Option<Expr>,
}

impl<'r> Explanation<'r> {
    /// Asks about a rule on records of a kind. What the actor may not know of is left out: `is_known` says whether they may
    /// know all that a part is about.
    pub fn new(
        rule: &'r Rule,
        of: &Catalogue,
        scope: Scope<'_>,
        is_known: impl Fn(&Rule) -> bool,
    ) -> Self {
        let mut columns = Vec::new();
        leaves(rule, "", &mut |rule, at| {
            if is_known(rule) {
                columns.extend(column(rule, of, scope, at));
            }
        });
        Self { rule, columns }
    }

    /// Adds the columns to a statement about one record.
    pub fn select(&self, statement: &mut SelectStatement) {
        for (n, column) in self.columns.iter().enumerate() {
            statement.expr_as(column.holds.clone(), Alias::new(format!("c{n}")));
            for (m, value) in column.seen.iter().enumerate() {
                statement.expr_as(value.text.clone(), Alias::new(format!("c{n}v{m}")));
                if let Some(currency) = &value.currency_of {
                    statement.expr_as(currency.clone(), Alias::new(format!("c{n}v{m}c")));
                }
            }
        }
    }

    /// What came of the rule.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub fn read(&self, row: &QueryResult) -> Result<Outcome> {
        self.outcome(self.rule, "".to_owned(), row)
    }

    fn outcome(&self, rule: &Rule, at: String, row: &QueryResult) -> Result<Outcome> {
        let place = at.clone();
        let parts = |kind: &'static str, rules: &[Rule]| -> Result<Vec<Outcome>> {
            let each = rules.iter().enumerate();
            each.map(|(n, rule)| self.outcome(rule, format!("{place}/{kind}/{n}"), row)).collect()
        };
        let (holds, parts) = match rule {
            Rule::All(rules) => {
                let parts = parts("all", rules)?;
                (every(&parts, true), parts)
            }
            Rule::Any(rules) => {
                let parts = parts("any", rules)?;
                (every(&parts, false).map(|none| !none), parts)
            }
            Rule::Not(rule) => {
                let part = self.outcome(rule, format!("{place}/not"), row)?;
                (part.holds.map(|holds| !holds), vec![part])
            }
            leaf => return self.leaf(leaf, at, row),
        };
        Ok(Outcome { at, kind: name(rule), holds, values: Map::new(), parts })
    }

    fn leaf(&self, rule: &Rule, at: String, row: &QueryResult) -> Result<Outcome> {
        let kind = name(rule);
        let found = self.columns.iter().enumerate().find(|(_, column)| column.at == at);
        let Some((n, column)) = found else {
            return Ok(Outcome { at, kind, holds: None, values: Map::new(), parts: Vec::new() });
        };
        let holds: i32 = row.try_get("", &format!("c{n}"))?;
        let mut values = Map::new();
        for (m, value) in column.seen.iter().enumerate() {
            let text: Option<String> = row.try_get("", &format!("c{n}v{m}"))?;
            let currency = match &value.currency_of {
                Some(_) => row.try_get("", &format!("c{n}v{m}c"))?,
                None => value.currency.as_ref().map(|currency| currency.as_str().to_owned()),
            };
            values.insert(value.name.clone(), wire(text, &value.kind, currency));
        }
        Ok(Outcome { at, kind, holds: Some(holds == 1), values, parts: Vec::new() })
    }
}

/// Whether every one is so, where it is known: one that is not decides it.
fn every(parts: &[Outcome], so: bool) -> Option<bool> {
    if parts.iter().any(|part| part.holds == Some(!so)) {
        return Some(false);
    }
    parts.iter().all(|part| part.holds.is_some()).then_some(true)
}

/// Visits the parts of a rule that are made of no others.
fn leaves<'r>(rule: &'r Rule, at: &str, visit: &mut impl FnMut(&'r Rule, &str)) {
    match rule {
        Rule::All(rules) | Rule::Any(rules) => {
            for (n, part) in rules.iter().enumerate() {
                leaves(part, &format!("{at}/{}/{n}", name(rule)), visit);
            }
        }
        Rule::Not(part) => leaves(part, &format!("{at}/not"), visit),
        leaf => visit(leaf, at),
    }
}

fn name(rule: &Rule) -> &'static str {
    match rule {
        Rule::All(_) => "all",
        Rule::Any(_) => "any",
        Rule::Not(_) => "not",
        Rule::Compare(_) => "compare",
        Rule::Relation(_) => "relation",
        Rule::Segment(_) => "segment",
        Rule::Sample(_) => "sample",
    }
}

/// What is asked for a part of a rule; nothing where the actor may not ask it.
fn column(rule: &Rule, of: &Catalogue, scope: Scope<'_>, at: &str) -> Option<Column> {
    let table = Alias::new(&of.table);
    let mut compiler = Compiler::new(scope);
    let condition = compiler.rule(rule, of, &table, "", 0);
    let seen = match rule {
        Rule::Compare(compare) => compared(&compiler, compare, of, &table).into_iter().collect(),
        Rule::Relation(relation) => related(&mut compiler, relation, of),
        Rule::Sample(sample) => vec![Value {
            name: "place".to_owned(),
            text: text_of(place_of(&sample.seed, of, &table, &compiler), scope),
            kind: FieldKind::Integer,
            currency: None,
            currency_of: None,
        }],
        _ => Vec::new(),
    };
    compiler.check("").ok()?;
    let holds: Expr = CaseStatement::new().case(condition, 1).finally(0).into();
    Some(Column { at: at.to_owned(), holds, seen })
}

fn compared(
    compiler: &Compiler<'_>,
    rule: &Comparison,
    of: &Catalogue,
    table: &Alias,
) -> Option<Value> {
    let field = compiler.field(of, &rule.field)?;
    let value = compiler.value_of(field, table);
    let is_money = field.kind == FieldKind::Money;
    Some(Value {
        name: field.name.clone(),
        text: match is_raw_id(field) {
            true => as_text(value, true, compiler.scope.backend),
            false => text_of(value, compiler.scope),
        },
        kind: field.kind.clone(),
        currency: match &field.kind {
            FieldKind::MoneyIn(currency) => Some(currency.clone()),
            _ => None,
        },
        currency_of: is_money.then(|| Expr::col((table.clone(), Alias::new("currency")))),
    })
}

/// Whether a field holds an id as the database does, and not as text.
fn is_raw_id(field: &Field) -> bool {
    field.kind == FieldKind::Id && matches!(field.held, Held::Column(_))
}

fn related(compiler: &mut Compiler<'_>, rule: &Relation, of: &Catalogue) -> Vec<Value> {
    let Some(related) = compiler.related(rule, of, "", 0) else { return Vec::new() };
    let seen = seen(compiler, rule, related.target, &related.alias);
    let value = |Seen { name, value, kind, currency }: Seen| {
        let text = text_of(value, compiler.scope);
        let one = related.rows.clone().expr(text).take();
        let currency = match &kind {
            FieldKind::MoneyIn(currency) => Some(currency.clone()),
            _ => currency,
        };
        let text = Expr::SubQuery(None, Box::new(one.into()));
        Value { name: name.to_owned(), text, kind, currency, currency_of: None }
    };
    seen.into_iter().map(value).collect()
}

fn text_of(value: Expr, scope: Scope<'_>) -> Expr {
    as_text(value, false, scope.backend)
}

/// A statement about one record.
pub fn about(of: &Catalogue, id: Uuid) -> SelectStatement {
    let column = |name: &str| Expr::col((Alias::new(&of.table), Alias::new(name)));
    Query::select().from(Alias::new(&of.table)).and_where(column(of.id).eq(id)).take()
}

/// A value as it is on the wire.
fn wire(text: Option<String>, kind: &FieldKind, currency: Option<String>) -> Json {
    let Some(text) = text else { return Json::Null };
    match kind {
        FieldKind::Integer | FieldKind::Number => number(&text),
        FieldKind::Thousandths => decimal(text),
        FieldKind::Boolean => Json::Bool(matches!(text.as_str(), "1" | "t" | "true")),
        FieldKind::Time => time(&text).unwrap_or(Json::String(text)),
        FieldKind::Id => text.parse::<Uuid>().map_or(Json::String(text), |id| json!(id)),
        FieldKind::Choices(_) => serde_json::from_str(&text).unwrap_or(Json::String(text)),
        FieldKind::Money | FieldKind::MoneyIn(_) => {
            let currency = currency.and_then(|currency| currency.parse::<Currency>().ok());
            let minor = text.parse::<f64>().map(|minor| minor.round_ties_even() as i64);
            match (minor, currency) {
                (Ok(minor), Some(currency)) => json!(Money::from_minor(minor, currency)),
                _ => number(&text),
            }
        }
        FieldKind::Text(_) | FieldKind::Date => Json::String(text),
    }
}

/// Thousandths as the number with decimals that they are.
fn decimal(text: String) -> Json {
    match text.parse::<f64>() {
        Ok(number) => json!(of_thousandths(number.round_ties_even() as i64)),
        Err(_) => Json::String(text),
    }
}

fn number(text: &str) -> Json {
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(whole), _) => json!(whole),
        (_, Ok(number)) => json!(number),
        _ => Json::String(text.to_owned()),
    }
}

/// Times are text in each database's own way.
fn time(text: &str) -> Option<Json> {
    let formats = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let time = formats.iter().find_map(|format| DateTime::parse_from_str(text, format).ok())?;
    Some(json!(time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::AutoSi, true)))
}
