use rapport_entity::rule::Comparison;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};
use serde_json::Value as Json;

use super::{
    compile::{Compiler, Limits, never, not},
    value::operand,
};
use crate::kernel::{
    catalogue::{Catalogue, Field, Held},
    database::has_member,
};

/// The condition on a field of which a record has several values: `eq` and `in` mean that it is among them, or one of
/// those is.
pub fn choices(
    compiler: &mut Compiler<'_>,
    rule: &Comparison,
    field: &Field,
    of: &Catalogue,
    table: &Alias,
    at: &str,
) -> Condition {
    let mut several = Several { compiler, field, of, table, at };
    let one = std::slice::from_ref::<Json>;
    let conditions = [
        rule.eq.as_ref().map(|value| several.any_of(one(value), "eq")),
        rule.ne.as_ref().map(|value| not(several.any_of(one(value), "ne"))),
        rule.one_of.as_ref().map(|values| several.any_of(values, "in")),
        rule.not_in.as_ref().map(|values| not(several.any_of(values, "notIn"))),
        rule.exists.map(|exists| several.exists(exists)),
    ];
    let ordered = [&rule.lt, &rule.lte, &rule.gt, &rule.gte].into_iter().any(Option::is_some);
    if ordered || rule.contains.is_some() || rule.starts_with.is_some() {
        compiler.fault(at, "this field can be compared with eq, ne, in, notIn and exists only");
        return never();
    }
    let given: Vec<Condition> = conditions.into_iter().flatten().collect();
    if given.is_empty() {
        compiler.fault(at, "has no operator");
    }
    given.into_iter().fold(Condition::all(), Condition::add)
}

struct Several<'c, 'a, 'f> {
    compiler: &'c mut Compiler<'a>,
    field: &'f Field,
    of: &'f Catalogue,
    table: &'f Alias,
    at: &'f str,
}

impl Several<'_, '_, '_> {
    fn any_of(&mut self, values: &[Json], operator: &str) -> Condition {
        let at = format!("{}/{operator}", self.at);
        if values.len() > Limits::VALUES {
            self.compiler.fault(at, format!("has more than {} values", Limits::VALUES));
            return never();
        }
        let mut known = Vec::new();
        for value in values {
            self.compiler.count_value();
            match operand(self.field, value, self.compiler.scope) {
                Ok(operand) => known.push(operand.value),
                Err(why) => self.compiler.refuse(at.clone(), why),
            }
        }
        match (&self.field.held, known.is_empty()) {
            (_, true) => never(),
            (Held::Comparable(key), _) => {
                let column = || Expr::col((self.table.clone(), Alias::new("comparable")));
                let backend = self.compiler.scope.backend;
                let has = |value| has_member(column(), key, value, backend);
                known.into_iter().fold(Condition::any(), |any, value| any.add(has(value)))
            }
            _ => self.tagged(known),
        }
    }

    /// That the record is among those that have one of these tags.
    fn tagged(&self, tags: Vec<sea_orm::Value>) -> Condition {
        let column = |name: &str| Expr::col((Alias::new("record_tag"), Alias::new(name)));
        let tagged = Query::select()
            .expr(column("record_id"))
            .from(Alias::new("record_tag"))
            .and_where(column("workspace_id").eq(self.compiler.scope.actor.workspace))
            .and_where(column("resource").eq(self.of.name))
            .and_where(column("tag").is_in(tags))
            .to_owned();
        let id = Expr::col((self.table.clone(), Alias::new(self.of.id)));
        Condition::all().add(id.in_subquery(tagged))
    }

    fn exists(&self, exists: bool) -> Condition {
        let value = self.compiler.value_of(self.field, self.table);
        Condition::all().add(if exists { value.is_not_null() } else { value.is_null() })
    }
}
