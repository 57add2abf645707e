use chrono::{DateTime, Utc};
use rapport_entity::{
    identity::role::Verb,
    log::event::ActorKind,
    rule::{Membership, Relation, Rule},
    segmentation::segment,
};
use sea_orm::{
    DbBackend,
    sea_query::{Alias, BinOper, Condition, Expr, ExprTrait, Keyword, Query, SelectStatement},
};

use uuid::Uuid;

use super::{
    aggregate,
    compare::comparison,
    held::value_of,
    sample::sampled,
    value::{Unfit, window},
};
use crate::kernel::{
    catalogue::{Catalogue, Field, Relation as Way, catalogue},
    database::is_among,
    error::{Error, Faults, Result},
    policy::Actor,
};

/// How large a rule may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits;

impl Limits {
    /// How deep a rule may nest.
    pub const DEPTH: usize = 10;
    /// How many conditions a rule may have.
    pub const NODES: usize = 200;
    /// How many rules a group of rules may have.
    pub const GROUP: usize = 50;
    /// How many values a list of values may have.
    pub const VALUES: usize = 200;
    /// How many values all the lists of a rule may have together; a database binds only so many.
    pub const ALL_VALUES: usize = 5000;
    /// How many characters a text may have that is compared with.
    pub const TEXT: usize = 2000;
    /// How many characters a text may have that is looked for within another.
    pub const PART: usize = 200;
}

/// For whom and over what a rule is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Who asks: related records that they may not read do not count.
    pub actor: &'a Actor,
    /// Whose SQL.
    pub backend: DbBackend,
    /// The moment that is now.
    pub now: DateTime<Utc>,
    /// The only customers that the answer is wanted for, of a rule on customers; everybody where `None`.
    /// The meaning is the same, but relations are looked up for these alone.
    pub touched: Option<&'a [Uuid]>,
}

/// The condition, on rows of `table`, that the rule holds.
///
/// # Errors
/// Names everything in the rule that is wrong, by its place under `at`.
pub fn compile(
    rule: &Rule,
    of: &Catalogue,
    table: &str,
    scope: Scope<'_>,
    at: &str,
) -> Result<Condition> {
    let mut compiler = Compiler::new(scope);
    let condition = compiler.rule(rule, of, &Alias::new(table), at, 0);
    compiler.check(at).map(|()| condition)
}

/// A walk over a rule, which collects every fault on the way.
pub(super) struct Compiler<'a> {
    pub scope: Scope<'a>,
    faults: Faults,
    nodes: usize,
    values: usize,
    tables: usize,
    wanted: Option<Wanted>,
    too_large: bool,
    forbidden: Option<&'static str>,
}

impl<'a> Compiler<'a> {
    /// One that has compiled nothing yet.
    pub fn new(scope: Scope<'a>) -> Self {
        Self {
            scope,
            faults: Faults::default(),
            nodes: 0,
            values: 0,
            tables: 0,
            wanted: scope.touched.map(|_| Wanted::Touched),
            too_large: false,
            forbidden: None,
        }
    }

    /// Whether all that was compiled, at a place, is sound.
    pub fn check(mut self, at: &str) -> Result<()> {
        if let Some(resource) = self.forbidden {
            return Err(Error::Forbidden { verb: "read", resource });
        }
        if self.too_large {
            self.faults.conflict(at, TOO_LARGE);
        }
        self.faults.check()
    }

    /// Something that no rule may say.
    pub fn fault(&mut self, at: impl Into<String>, detail: impl ToString) {
        self.faults.invalid(at, detail);
    }

    /// What is sound in itself, but not together.
    pub fn conflict(&mut self, at: impl Into<String>, detail: impl ToString) {
        self.faults.conflict(at, detail);
    }

    /// A value that cannot be read, or that does not fit this workspace.
    pub fn refuse(&mut self, at: impl Into<String>, why: Unfit) {
        match why {
            Unfit::Wrong(detail) => self.faults.invalid(at, detail),
            Unfit::Here(detail) => self.faults.conflict(at, detail),
        }
    }

    /// A field of a resource, one of the workspace's own among them.
    pub fn field<'f>(&self, of: &'f Catalogue, name: &str) -> Option<&'f Field>
    where
        'a: 'f,
    {
        self.scope.actor.field(of, name)
    }

    /// The value of a field in a row of a table.
    pub fn value_of(&self, field: &Field, table: &Alias) -> Expr {
        value_of(field, &field.held, table, self.scope.backend)
    }

    /// Counts a value of the rule.
    pub fn count_value(&mut self) {
        self.values += 1;
        self.too_large |= self.values > Limits::ALL_VALUES;
    }

    pub fn rule(
        &mut self,
        rule: &Rule,
        of: &Catalogue,
        table: &Alias,
        at: &str,
        depth: usize,
    ) -> Condition {
        self.nodes += 1;
        let more = self.own();
        if depth > Limits::DEPTH + more || self.nodes > Limits::NODES + more {
            self.too_large = true;
            return never();
        }
        match rule {
            Rule::All(rules) => {
                self.group(rules, Condition::all(), of, table, &format!("{at}/all"), depth)
            }
            Rule::Any(rules) if rules.is_empty() => never(),
            Rule::Any(rules) => {
                self.group(rules, Condition::any(), of, table, &format!("{at}/any"), depth)
            }
            Rule::Not(rule) => not(self.rule(rule, of, table, &format!("{at}/not"), depth + 1)),
            Rule::Compare(compare) => {
                comparison(self, compare, of, table, &format!("{at}/compare"))
            }
            Rule::Relation(relation) => {
                self.relation(relation, of, table, &format!("{at}/relation"), depth)
            }
            Rule::Segment(membership) => self.membership(membership, of, table, at),
            Rule::Sample(sample) => sampled(self, sample, of, table, &format!("{at}/sample")),
        }
    }

    /// What Rapport itself puts around rules that are as large as they may be.
    fn own(&self) -> usize {
        if self.scope.actor.kind == ActorKind::System { 10 } else { 0 }
    }

    fn group(
        &mut self,
        rules: &[Rule],
        group: Condition,
        of: &Catalogue,
        table: &Alias,
        at: &str,
        depth: usize,
    ) -> Condition {
        if rules.len() > Limits::GROUP {
            self.fault(at, format!("has more than {} rules", Limits::GROUP));
            return never();
        }
        rules.iter().enumerate().fold(group, |group, (n, rule)| {
            group.add(self.rule(rule, of, table, &format!("{at}/{n}"), depth + 1))
        })
    }

    /// Relations are compiled into `IN (SELECT key .. GROUP BY key HAVING ..)`, which a database answers
    /// for everybody in one pass over the related rows.
    fn relation(
        &mut self,
        rule: &Relation,
        of: &Catalogue,
        table: &Alias,
        at: &str,
        depth: usize,
    ) -> Condition {
        let Some(Related { mut rows, alias, way, target }) = self.related(rule, of, at, depth)
        else {
            return never();
        };
        let key = Expr::col((alias.clone(), Alias::new(way.to)));
        rows.expr(key.clone());
        let having = aggregate::having(self, rule, target, &alias, at);
        let ours = Expr::col((table.clone(), Alias::new(way.from)));
        match having {
            aggregate::Having::Any => Condition::all().add(ours.in_subquery(rows)),
            aggregate::Having::Some(having) => {
                rows.add_group_by([key]).cond_having(having);
                Condition::all().add(ours.in_subquery(rows))
            }
            // It holds of nothing at all too: everybody except those of whose records it does not hold.
            aggregate::Having::AlsoOfNone(having) => {
                rows.and_where(key.clone().is_not_null());
                rows.add_group_by([key]).cond_having(not(having));
                not(Condition::all().add(ours.in_subquery(rows)))
            }
        }
    }

    /// The related records that a rule is about, in a statement that selects nothing of them yet.
    pub fn related<'c>(
        &mut self,
        rule: &Relation,
        of: &'c Catalogue,
        at: &str,
        depth: usize,
    ) -> Option<Related<'c>> {
        let Some(relation) = of.relation(&rule.name) else {
            let known: Vec<_> = of.relations.iter().map(|relation| relation.name).collect();
            self.fault(format!("{at}/name"), format!("is none of {}", known.join(", ")));
            return None;
        };
        let target = (relation.target)();
        self.tables += 1;
        let alias = Alias::new(format!("r{}", self.tables));
        let key = Expr::col((alias.clone(), Alias::new(relation.to)));
        let mut related = self.readable(target, &alias)?;
        let wanted = self.wanted.clone();
        if let Some(wanted) = &wanted {
            related.and_where(self.is_wanted(key, relation, of, wanted));
        }
        if let Some(within) = &rule.within {
            related.cond_where(window(
                self,
                within,
                relation.date,
                target,
                &alias,
                &format!("{at}/within"),
            ));
        }
        if let Some(filter) = &rule.filter {
            self.wanted = wanted.as_ref().map(|wanted| self.next_wanted(wanted, relation, of));
            related.cond_where(self.rule(
                filter,
                target,
                &alias,
                &format!("{at}/filter"),
                depth + 1,
            ));
        }
        self.wanted = wanted;
        Some(Related { rows: related, alias, way: relation, target })
    }

    /// That related records belong to rows that the answer is wanted for, so that no others are looked up.
    fn is_wanted(&mut self, key: Expr, relation: &Way, of: &Catalogue, wanted: &Wanted) -> Expr {
        let touched = self.scope.touched.unwrap_or_default();
        match wanted {
            Wanted::Touched if relation.from == of.id => is_among(key, touched, self.scope.backend),
            Wanted::Touched => {
                let (mut rows, alias) = self.within_workspace(of);
                let id = Expr::col((alias.clone(), Alias::new(of.id)));
                rows.and_where(is_among(id, touched, self.scope.backend));
                key.in_subquery(rows.expr(Expr::col((alias, Alias::new(relation.from)))).take())
            }
            Wanted::Of(rows, alias) => {
                let from = Expr::col((alias.clone(), Alias::new(relation.from)));
                key.in_subquery(rows.clone().expr(from).take())
            }
        }
    }

    /// The rows at the other end of a relation from rows that the answer is wanted for.
    fn next_wanted(&mut self, wanted: &Wanted, relation: &Way, of: &Catalogue) -> Wanted {
        let (mut rows, alias) = self.within_workspace((relation.target)());
        let key = Expr::col((alias.clone(), Alias::new(relation.to)));
        rows.and_where(self.is_wanted(key, relation, of, wanted));
        Wanted::Of(Box::new(rows), alias)
    }

    fn within_workspace(&mut self, of: &Catalogue) -> (SelectStatement, Alias) {
        self.tables += 1;
        let alias = Alias::new(format!("r{}", self.tables));
        let workspace = Expr::col((alias.clone(), Alias::new(of.workspace)));
        let rows = Query::select()
            .from_as(Alias::new(&of.table), alias.clone())
            .and_where(workspace.eq(self.scope.actor.workspace))
            .take();
        (rows, alias)
    }

    /// The rows of a related resource that the actor may read and that are not deleted.
    fn readable(&mut self, target: &'static Catalogue, alias: &Alias) -> Option<SelectStatement> {
        let Some(rows) = self.scope.actor.rows(target, alias, Verb::Read) else {
            self.forbidden = Some(target.read_as);
            return None;
        };
        let is_there = |column| Expr::col((alias.clone(), Alias::new(column))).is_null();
        let query = Query::select()
            .from_as(Alias::new(&target.table), alias.clone())
            .cond_where(rows)
            .and_where_option(target.deleted_at.map(is_there))
            .to_owned();
        Some(query)
    }

    fn membership(
        &mut self,
        rule: &Membership,
        of: &Catalogue,
        table: &Alias,
        at: &str,
    ) -> Condition {
        if of.name != "customer" {
            self.fault(format!("{at}/segment"), "only customers are members of segments");
            return never();
        }
        self.tables += 1;
        let alias = Alias::new(format!("r{}", self.tables));
        let column = |name: &str| Expr::col((alias.clone(), Alias::new(name)));
        let segment = Alias::new(format!("{}s", alias.0));
        let Some(mut known) = self.readable(catalogue::<segment::Entity>(), &segment) else {
            return never();
        };
        known.expr(Expr::col((segment, Alias::new("id"))));
        let members = Query::select()
            .expr(column("customer_id"))
            .from_as(Alias::new("segment_member"), alias.clone())
            .and_where(column("workspace_id").eq(self.scope.actor.workspace))
            .and_where(column("segment_id").eq(rule.id))
            .and_where(column("segment_id").in_subquery(known))
            .to_owned();
        Condition::all().add(Expr::col((table.clone(), Alias::new(of.id))).in_subquery(members))
    }
}

/// Related records that a rule is about.
pub(super) struct Related<'c> {
    /// They, with no column selected.
    pub rows: SelectStatement,
    /// What they are called there.
    pub alias: Alias,
    /// How one comes to them.
    pub way: &'c Way,
    /// What they are.
    pub target: &'static Catalogue,
}

const TOO_LARGE: &str =
    "the rule is too large: at most 10 levels, 200 conditions and 5000 values in all";

/// The rows of a table that the answer is wanted for.
#[derive(Clone)]
enum Wanted {
    /// The customers that are asked for.
    Touched,
    /// Those of this statement, which selects no column yet, under its name.
    Of(Box<SelectStatement>, Alias),
}

/// What holds of no row.
pub(super) fn never() -> Condition {
    Condition::any().add(Expr::val(1).eq(0))
}

/// What does not hold, where not knowing counts as not holding.
pub(crate) fn not(condition: Condition) -> Condition {
    let truth = Expr::Keyword(Keyword::Custom("TRUE".into()));
    Condition::all().add(Expr::from(condition).binary(BinOper::IsNot, truth))
}
