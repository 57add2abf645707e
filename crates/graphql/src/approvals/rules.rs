use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    approvals::rules::{self, ApprovalRulePatch, NewApprovalRule},
    kernel::Expected,
    records,
};
use rapport_entity::{
    approvals::approval_rule::{Entity, Id, Model, Step},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// What needs approval, and whose.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ApprovalRule {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ApprovalRule {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ApprovalRule {
    /// What holds of a record that needs the approval, of the shape of the input `Rule`.
    async fn condition(&self) -> Json<&Rule> {
        Json(&self.row.condition)
    }

    /// Who must agree, one after the other, each of the shape of the input `ApprovalStepInput`.
    async fn steps(&self) -> Json<&[Step]> {
        Json(&self.row.steps.0)
    }
}

#[derive(Default)]
pub struct ApprovalRuleQuery;

#[Object]
impl ApprovalRuleQuery {
    /// Approval rules, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn approval_rules(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ApprovalRule>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One approval rule.
    async fn approval_rule(&self, ctx: &Context<'_>, id: Id) -> Result<ApprovalRule> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ApprovalRuleMutation;

#[Object]
impl ApprovalRuleMutation {
    /// Make an approval rule.
    async fn create_approval_rule(
        &self,
        ctx: &Context<'_>,
        input: NewApprovalRule,
    ) -> Result<ApprovalRule> {
        Ok(rules::create(ctx.me()?, input).await?.into())
    }

    /// Change an approval rule: what is left out stays, null clears.
    async fn update_approval_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ApprovalRulePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ApprovalRule> {
        let expected = Expected::of(if_version, base_version);
        Ok(rules::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an approval rule. It can be restored.
    async fn delete_approval_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ApprovalRule> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted approval rule back.
    async fn restore_approval_rule(&self, ctx: &Context<'_>, id: Id) -> Result<ApprovalRule> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
