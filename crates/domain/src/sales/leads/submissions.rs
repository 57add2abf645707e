//! What strangers send in by forms. Nobody is signed in: the form's key says which workspace it is for, and lets in
//! nothing but a lead or a service request. Whoever sends something is told that it was received, and nothing of what is here.

use std::net::IpAddr;

use async_graphql::{InputObject, SimpleObject};
use chrono::TimeDelta;
use rapport_entity::{
    Count, CountryCode, Email, Label, Moment, Money, Name, Phone, Sku, Text, Url,
    identity::{Token, user, workspace},
    log::event::ActorKind,
    sales::{
        lead_form::{Column, Entity, Model},
        lead_form_submission as submission,
    },
    service::{queue, service_request},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    forms::PREFIX,
    leads::{NewLead, create_in},
};
use crate::{
    facts,
    identity::{Allowance, Auth, Opaque, draw, sha256},
    kernel::{Ctx, Error, Read, Result, Tx},
    service::requests::{Enquiry, enquire},
};

/// How long the same words count as the same enquiry.
const SAME: TimeDelta = TimeDelta::minutes(10);

/// How long the id that a visitor has given is known.
const KNOWN: TimeDelta = TimeDelta::days(30);

/// How much may come from one address.
const OF_ADDRESS: Allowance = Allowance { tries: 30, window: TimeDelta::minutes(1) };

/// How much may come by one form.
const OF_FORM: Allowance = Allowance { tries: 300, window: TimeDelta::minutes(1) };

/// What a visitor sends in by a form.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLeadFormSubmission {
    /// The id that the page has given what is sent: it is taken once, however often it comes.
    pub submission_id: Option<Uuid>,
    /// What the person or the company is called; where left out, as the person's names say, or else the company's, the
    /// e-mail address or the telephone number.
    pub name: Option<Name>,
    /// Given name.
    pub first_name: Option<Label>,
    /// Family name.
    pub last_name: Option<Label>,
    /// The company that they speak for.
    pub company_name: Option<Name>,
    /// What they do there.
    pub job_title: Option<Label>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// Street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// What they need.
    pub need: Option<Text>,
    /// What they can spend.
    pub budget: Option<Money>,
    /// Anything else they say.
    pub description: Option<Text>,
    /// Where it becomes a service request, what it is about in a few words.
    pub subject: Option<Name>,
    /// The number of the product that it is about.
    pub sku: Option<Sku>,
    /// The serial number of what it is about.
    pub serial_number: Option<Label>,
    /// The number of the order that it is about.
    pub order_number: Option<Label>,
    /// A field that people do not see and programs fill in: what comes with it is answered, and not kept.
    pub website: Option<Text>,
    /// How many seconds the form was shown before it was sent.
    pub elapsed_seconds: Option<Count>,
}

/// That something was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct LeadFormReceipt {
    /// Always so.
    pub received: bool,
    /// The number of the service request that it became, where that is what the form makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32, pattern = "^SR-[0-9]+$")]
    pub request_number: Option<String>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub redirect_url: Option<Url>,
}

/// Where something that is sent in comes from.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address.
    pub address: Option<IpAddr>,
    /// The page, as the browser says it.
    pub origin: Option<String>,
}

/// Takes what a visitor sends in by a form, and makes a lead of it. The same again is the same lead, and what a program has
/// sent is none; the answer is the same.
///
/// # Errors
/// [`Error::NotFound`] where there is no such form, or it takes nothing; [`Error::Forbidden`] from another page than it
/// may stand on; [`Error::Throttled`]; [`Error::Invalid`] names everything that is wrong.
pub async fn submit(
    auth: &Auth,
    key: &str,
    from: &Visitor,
    new: NewLeadFormSubmission,
) -> Result<LeadFormReceipt> {
    if let Some(address) = from.address {
        draw(auth.database(), &format!("lead forms from {}", network(address)), OF_ADDRESS).await?;
    }
    let (ctx, form) = opened(auth, key).await?;
    draw(auth.database(), &format!("lead form {}", form.id), OF_FORM).await?;
    check_origin(&form, from)?;
    let request_number = match is_of_a_program(&form, &new) {
        true => {
            reject(&ctx, &form).await?;
            None
        }
        false => ctx.tx(async |tx| take(tx, &form, new.clone()).await).await?,
    };
    Ok(LeadFormReceipt { received: true, request_number, redirect_url: form.redirect_url })
}

/// The form that takes what is sent with a key, and the workspace at work on its behalf.
async fn opened(auth: &Auth, key: &str) -> Result<(Ctx, Model)> {
    const NONE: Error = Error::NotFound("form");
    let key: Token = key.parse().map_err(|_| NONE)?;
    let token = Opaque::parse(PREFIX, key.reveal()).ok_or(NONE)?;
    let which = workspace::Column::Id.eq(token.workspace);
    let company = auth.database().workspace(which).await?.ok_or(NONE)?;
    let ctx = facts::system(auth.database(), &company, ActorKind::Customer).await?;
    let which = Condition::all().add(Column::Key.eq(token.text)).add(Column::Enabled.eq(true));
    let form = ctx.can::<Entity, Read>()?.filtered(which, 1).await?.pop().ok_or(NONE)?;
    Ok((ctx, form))
}

/// One house has all the IPv6 addresses of a network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address => address,
    }
}

/// A browser says which page sends something. Programs say what they like, so that this is no more than a courtesy.
fn check_origin(form: &Model, from: &Visitor) -> Result<()> {
    let allowed = &form.allowed_origins.0;
    let is_allowed = |origin: &String| allowed.iter().any(|one| one.as_str() == origin);
    match &from.origin {
        Some(origin) if !allowed.is_empty() && !is_allowed(origin) => {
            Err(Error::Forbidden { verb: "submit", resource: "form from this page" })
        }
        _ => Ok(()),
    }
}

fn is_of_a_program(form: &Model, new: &NewLeadFormSubmission) -> bool {
    let has_filled_in = new.website.as_ref().is_some_and(|text| !text.as_str().is_empty());
    let least = i64::from(form.minimum_seconds);
    has_filled_in || new.elapsed_seconds.is_some_and(|seconds| i64::from(seconds) < least)
}

async fn reject(ctx: &Ctx, form: &Model) -> Result<()> {
    ctx.tx(async |tx| {
        tx.unheard();
        count(tx, form, Column::RejectedCount).await
    })
    .await
}

/// Makes a lead or a service request, unless the same has come in before. The number of the request, where it is one.
async fn take(tx: &Tx<'_>, form: &Model, new: NewLeadFormSubmission) -> Result<Option<String>> {
    let (hash, known_for) = new.identity();
    let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    // The same twice at once is one after the other.
    tx.one_at_a_time(&format!("lead form {} {name}", form.id)).await?;
    if let Some(there) = has_come(tx, form, &hash).await? {
        tx.unheard();
        return number_of(tx, form, there.record_id).await;
    }
    tx.because(json!({ "leadFormId": form.id }));
    let (record_id, number) = make(tx, form, new).await?;
    let row = submission::Model {
        workspace_id: form.workspace_id,
        form_id: form.id,
        hash,
        record_id,
        submitted_at: tx.now(),
        forget_at: tx.now() + known_for,
    };
    use submission::Column::{FormId, Hash, WorkspaceId};
    tx.rows::<submission::Entity>().upsert(&[row], &[WorkspaceId, FormId, Hash]).await?;
    // Last, so that the form is locked for as short as can be.
    count(tx, form, Column::SubmissionCount).await?;
    Ok(number)
}

/// What the form makes of it: its id and, of a service request, its number.
async fn make(
    tx: &Tx<'_>,
    form: &Model,
    new: NewLeadFormSubmission,
) -> Result<(Uuid, Option<String>)> {
    match form.request_kind {
        Some(kind) => {
            let request = enquire(tx, new.enquiry(kind, form.request_queue_id)).await?;
            Ok((request.id.uuid(), Some(request.number)))
        }
        None => {
            let lead = create_in(tx, new.lead(form, owner(tx, form).await?), None).await?;
            Ok((lead.id.uuid(), None))
        }
    }
}

async fn has_come(tx: &Tx<'_>, form: &Model, hash: &[u8]) -> Result<Option<submission::Model>> {
    let same = submission::Entity::find()
        .filter(submission::Column::FormId.eq(form.id))
        .filter(submission::Column::Hash.eq(hash.to_vec()))
        .filter(submission::Column::ForgetAt.gt(tx.now()));
    Ok(tx.rows::<submission::Entity>().all(same).await?.pop())
}

/// The number of the service request that something has become before.
async fn number_of(tx: &Tx<'_>, form: &Model, record: Uuid) -> Result<Option<String>> {
    if form.request_kind.is_none() {
        return Ok(None);
    }
    let requests = tx.entailed::<service_request::Entity, Read>();
    let found = requests.many(&[service_request::Id::from(record)]).await?.pop();
    Ok(found.map(|request| request.number))
}

/// Whoever gets the form's leads, while they work here.
async fn owner(tx: &Tx<'_>, form: &Model) -> Result<Option<user::Id>> {
    let Some(id) = form.lead_owner_id else { return Ok(None) };
    let found = tx.entailed::<user::Entity, Read>().live(&[id]).await?.pop();
    Ok(found.filter(|user| user.status == user::Status::Active).map(|user| user.id))
}

/// Counts without a version: nobody has changed the form.
async fn count(tx: &Tx<'_>, form: &Model, column: Column) -> Result<()> {
    let this = || Condition::all().add(Column::Id.eq(form.id));
    let forms = tx.rows::<Entity>();
    forms.increase(column, this()).await?;
    if matches!(column, Column::SubmissionCount) {
        forms.set(Column::LastSubmittedAt, Some(tx.now()), this()).await?;
    }
    Ok(())
}

impl NewLeadFormSubmission {
    /// What makes it the same again, as a hash, and for how long: the page's own id of it, or else who says what.
    fn identity(&self) -> (Vec<u8>, TimeDelta) {
        if let Some(id) = self.submission_id {
            return (sha256(format!("id\0{id}").as_bytes()).to_vec(), KNOWN);
        }
        let plain = |text: &str| -> String {
            text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
        };
        let reached = self.email.is_some() || self.phone.is_some();
        let label = |label: &Option<Label>| label.as_ref().map(|label| plain(label.as_str()));
        let name = |name: &Option<Name>| name.as_ref().map(|name| plain(name.as_str()));
        let text = |text: &Option<Text>| text.as_ref().map(|text| plain(text.as_str()));
        let who = match reached {
            true => [
                self.email.as_ref().map(Email::normalized),
                self.phone.as_ref().map(|phone| phone.as_str().to_owned()),
                None,
                None,
            ],
            false => [
                name(&self.name),
                label(&self.first_name),
                label(&self.last_name),
                name(&self.company_name),
            ],
        };
        let mut said = vec![
            json!("words"),
            json!(who),
            json!(text(&self.need)),
            json!(text(&self.description)),
        ];
        let about = [
            name(&self.subject),
            self.sku.as_ref().map(|sku| plain(sku.as_str())),
            label(&self.serial_number),
            label(&self.order_number),
        ];
        if about.iter().any(Option::is_some) {
            said.push(json!(about));
        }
        let said = serde_json::Value::Array(said);
        (sha256(said.to_string().as_bytes()).to_vec(), SAME)
    }

    /// The service request that it becomes.
    fn enquiry(self, kind: service_request::Kind, queue_id: Option<queue::Id>) -> Enquiry {
        let names = [self.first_name, self.last_name].into_iter().flatten();
        let names: Vec<String> = names.map(String::from).collect();
        let company = self.company_name.map(String::from);
        let name = self.name.map(String::from).or((!names.is_empty()).then(|| names.join(" ")));
        Enquiry {
            kind,
            queue_id,
            subject: self.subject,
            message: self.description.or(self.need),
            name: name.or(company),
            email: self.email,
            phone: self.phone,
            sku: self.sku,
            serial_number: self.serial_number,
            order_number: self.order_number,
        }
    }

    /// The lead that it becomes.
    fn lead(self, form: &Model, owner: Option<user::Id>) -> NewLead {
        NewLead {
            name: self.name,
            first_name: self.first_name,
            last_name: self.last_name,
            company_name: self.company_name,
            job_title: self.job_title,
            email: self.email,
            phone: self.phone,
            street: self.street,
            postal_code: self.postal_code,
            city: self.city,
            country: self.country,
            need: self.need,
            budget: self.budget,
            description: self.description,
            lead_source: form.lead_source.clone(),
            campaign: form.campaign.clone(),
            tags: Some(form.lead_tags.clone()),
            owner_id: owner,
            ..NewLead::default()
        }
    }
}

/// Forgets some of what has come in so long ago that it may come again, and says whether there is more.
pub(crate) async fn prune(ctx: &Ctx) -> Result<bool> {
    const SOME: u64 = 1_000;
    let now = Moment::from(ctx.database().clock().now());
    ctx.tx(async |tx| {
        tx.unheard();
        let old = submission::Entity::find()
            .filter(submission::Column::ForgetAt.lte(now))
            .order_by_asc(submission::Column::ForgetAt)
            .limit(SOME);
        let rows = tx.rows::<submission::Entity>();
        let hashes: Vec<Vec<u8>> = rows.all(old).await?.into_iter().map(|row| row.hash).collect();
        let found = hashes.len() as u64;
        if found > 0 {
            let these = submission::Column::Hash.is_in(hashes);
            let which = Condition::all().add(these).add(submission::Column::ForgetAt.lte(now));
            rows.delete(which).await?;
        }
        Ok(found >= SOME)
    })
    .await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(email: &str, need: &str) -> NewLeadFormSubmission {
        NewLeadFormSubmission {
            email: email.parse().ok(),
            need: need.parse().ok(),
            ..NewLeadFormSubmission::default()
        }
    }

    #[test]
    fn the_same_words_of_the_same_person_are_the_same_whatever_the_case_and_the_blanks() {
        let one = said("Ada@home.example", "A crane,\n please").identity();
        assert_eq!(one, said("ada@home.example", " a  CRANE, please ").identity());
        assert_ne!(one, said("bob@home.example", "A crane, please").identity());
        assert_ne!(one, said("ada@home.example", "Two cranes, please").identity());
        let id = Some(Uuid::from_u128(7));
        let given = |email| NewLeadFormSubmission { submission_id: id, ..said(email, "") };
        assert_eq!(given("ada@home.example").identity(), given("bob@home.example").identity());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }

    proptest! {
        #[test]
        fn words_do_not_run_into_each_other(
            need in "[a-c \"\\\\,]{0,6}", more in "[a-c \"\\\\,]{0,6}",
            other in "[a-c \"\\\\,]{0,6}", words in "[a-c \"\\\\,]{0,6}",
        ) {
            let of = |need: &str, more: &str| NewLeadFormSubmission {
                description: more.parse().ok(),
                ..said("ada@home.example", need)
            }.identity();
            let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let same = plain(&need) == plain(&other) && plain(&more) == plain(&words);
            prop_assert_eq!(of(&need, &more) == of(&other, &words), same);
        }
    }
}
