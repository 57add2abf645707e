use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    identity::auth::Auth,
    kernel::Expected,
    records,
    sales::quotes::{
        links::{self, AcceptQuoteLink, DeclineQuoteLink, OpenQuoteLink, QuoteLink, SharedQuote},
        margins::{self, QuoteMargin},
        ordering::{self, OrderQuote},
        quotes::{self, NewQuote, QuotePatch},
        states::{self, AcceptQuote, DeclineQuote},
    },
};
use rapport_entity::{
    rule::Rule,
    sales::{
        quote::{self, Entity, Id, Model},
        quote_line::QuoteLine,
    },
};

use super::{Opportunity, Order};
use crate::{
    approvals::Approval,
    connection::{Args, Connected, list},
    customers::{Contact, CustomValue, Customer, custom_values},
    identity::User,
    rows::{ApprovalsOfQuote, ContextExt, QuoteLinesOf},
};

/// What is offered to a customer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Quote {
    #[graphql(flatten)]
    row: quote::Quote,
}

impl From<Model> for Quote {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

#[ComplexObject]
impl Quote {
    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "quote", &self.row.custom)
    }

    /// Who is to buy.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// The person it is addressed to.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }

    /// The opportunity it is made for.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        Ok(ctx.load(self.row.opportunity_id).await?.map(Opportunity::from))
    }

    /// The user who has it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }

    /// What is offered.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<QuoteLine>> {
        let lines = ctx.load_many(QuoteLinesOf(self.row.id)).await?;
        let currency = &self.row.amount.currency;
        Ok(lines.into_iter().map(|line| QuoteLine::new(line, currency)).collect())
    }

    /// What is left of it once it is paid what its products cost: for whoever may know what they cost.
    async fn margin(&self, ctx: &Context<'_>) -> Result<Option<QuoteMargin>> {
        Ok(Some(margins::get(ctx.me()?, self.row.id).await?))
    }

    /// The approvals that have been asked for, the newest 20.
    async fn approvals(&self, ctx: &Context<'_>) -> Result<Vec<Approval>> {
        let rows = ctx.load_many(ApprovalsOfQuote(self.row.id)).await?;
        Ok(rows.into_iter().map(Approval::from).collect())
    }
}

impl From<quote::Quote> for Quote {
    fn from(row: quote::Quote) -> Self {
        Self { row }
    }
}

#[derive(Default)]
pub struct QuoteQuery;

#[Object]
impl QuoteQuery {
    /// Quotes, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn quotes(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Quote>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One quote.
    async fn quote(&self, ctx: &Context<'_>, id: Id) -> Result<Quote> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// What is left of a quote once it is paid what its products cost: for whoever may know what they cost.
    async fn quote_margin(&self, ctx: &Context<'_>, id: Id) -> Result<QuoteMargin> {
        Ok(margins::get(ctx.me()?, id).await?)
    }

    /// A quote, as the customer sees it who has a link to it.
    async fn open_quote_link(
        &self,
        ctx: &Context<'_>,
        input: OpenQuoteLink,
    ) -> Result<SharedQuote> {
        Ok(links::open(ctx.data::<Auth>()?, &input).await?)
    }
}

#[derive(Default)]
pub struct QuoteMutation;

#[Object]
impl QuoteMutation {
    /// Make a quote.
    async fn create_quote(&self, ctx: &Context<'_>, input: NewQuote) -> Result<Quote> {
        Ok(quotes::create(ctx.me()?, input).await?.quote.into())
    }

    /// Change a quote: what is left out stays, null clears.
    async fn update_quote(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: QuotePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Quote> {
        let expected = Expected::of(if_version, base_version);
        Ok(quotes::update(ctx.me()?, id, expected, input).await?.quote.into())
    }

    /// Delete a quote. It can be restored.
    async fn delete_quote(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Quote> {
        Ok(quotes::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted quote back.
    async fn restore_quote(&self, ctx: &Context<'_>, id: Id) -> Result<Quote> {
        Ok(quotes::restore(ctx.me()?, id).await?.quote.into())
    }

    /// Send a draft: from now on the customer can accept it, and what they see stays as it is. Everything that is missing is named.
    async fn send_quote(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Quote> {
        Ok(states::send(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Write down that the customer has accepted, as they told us.
    async fn accept_quote(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: AcceptQuote,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Quote> {
        Ok(states::accept(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Write down that the customer has declined, as they told us.
    async fn decline_quote(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: DeclineQuote,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Quote> {
        Ok(states::decline(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Take a quote back that the customer has. One that is withdrawn stays so.
    async fn withdraw_quote(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Quote> {
        Ok(states::withdraw(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Make a draft of the next revision of a quote, with the same lines and prices. When it is sent, it takes the place of those before it.
    async fn revise_quote(&self, ctx: &Context<'_>, id: Id) -> Result<Quote> {
        Ok(states::revise(ctx.me()?, id).await?.quote.into())
    }

    /// Make an order of a quote that the customer has accepted, with the same lines and prices. A quote is ordered once.
    async fn order_quote(&self, ctx: &Context<'_>, id: Id, input: OrderQuote) -> Result<Order> {
        let made = ordering::order(ctx.me()?, id, input).await?;
        Ok(made.into())
    }

    /// Make a link for the customer to a quote that was sent: its token is shown this once. A link that was made before is
    /// good no longer.
    async fn create_quote_link(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<QuoteLink> {
        Ok(links::create(ctx.me()?, id, if_version.into()).await?)
    }

    /// Accept a quote, as the customer who has a link to it. Whoever does it twice has done it once.
    async fn accept_quote_link(
        &self,
        ctx: &Context<'_>,
        input: AcceptQuoteLink,
    ) -> Result<SharedQuote> {
        Ok(links::accept(ctx.data::<Auth>()?, input).await?)
    }

    /// Decline a quote, as the customer who has a link to it. Whoever does it twice has done it once.
    async fn decline_quote_link(
        &self,
        ctx: &Context<'_>,
        input: DeclineQuoteLink,
    ) -> Result<SharedQuote> {
        Ok(links::decline(ctx.data::<Auth>()?, input).await?)
    }
}
