//! What a request needs of whoever gets it, and whether an agent has it.

use std::collections::HashMap;

use rapport_entity::{
    CountryCode, Id, Label, LanguageCode,
    customers::customer,
    service::{service_agent, service_request, site, skill::Skill},
};
use uuid::Uuid;

use crate::kernel::{Described, Read, Result, Tx};

/// What a request needs of whoever gets it.
#[derive(Clone, Debug, Default)]
pub(in crate::service) struct Needs {
    skills: Vec<Skill>,
    language: Option<LanguageCode>,
    country: Option<CountryCode>,
    postal_code: Option<Label>,
}

impl Needs {
    /// What one request needs.
    pub async fn of(tx: &Tx<'_>, request: &service_request::Model) -> Result<Self> {
        let all = Self::of_all(tx, std::slice::from_ref(request)).await?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// What each of some requests needs: where its site is, too, or else its customer.
    pub async fn of_all(tx: &Tx<'_>, requests: &[service_request::Model]) -> Result<Vec<Self>> {
        let customers = named::<customer::Entity>(tx, requests, |row| row.customer_id).await?;
        let sites = named::<site::Entity>(tx, requests, |row| row.site_id).await?;
        let of = |row: &service_request::Model| {
            let site = row.site_id.and_then(|id| sites.get(&id.uuid()));
            let customer = row.customer_id.and_then(|id| customers.get(&id.uuid()));
            let there = site.map(|site| (site.country.clone(), site.postal_code.clone()));
            let there = there.filter(|(country, code)| country.is_some() || code.is_some());
            let theirs = || {
                let customer = customer?;
                Some((customer.country.clone(), customer.postal_code.clone()))
            };
            let (country, postal_code) = there.or_else(theirs).unwrap_or_default();
            Self {
                skills: row.needed_skills.0.clone(),
                language: row.needed_language.clone(),
                country,
                postal_code,
            }
        };
        Ok(requests.iter().map(of).collect())
    }

    /// Whether somebody has it all; without a profile, whether nothing is needed of them.
    pub fn are_met_by(&self, agent: Option<&service_agent::Model>) -> bool {
        match agent {
            Some(agent) => {
                self.skills.iter().all(|needed| has_skill(agent, needed))
                    && self.language.as_ref().is_none_or(|language| speaks(agent, language))
                    && self.is_in_territory(agent)
            }
            None => self.skills.is_empty() && self.language.is_none(),
        }
    }

    /// Whether the site, or the customer, is where an agent looks after customers, or nowhere that is known.
    fn is_in_territory(&self, agent: &service_agent::Model) -> bool {
        let countries = &agent.countries.0;
        let codes = &agent.postal_codes.0;
        let in_country =
            |country: &CountryCode| countries.is_empty() || countries.contains(country);
        let begins = |code: &Label| {
            codes.is_empty() || codes.iter().any(|begin| code.as_str().starts_with(begin.as_str()))
        };
        self.country.as_ref().is_none_or(in_country) && self.postal_code.as_ref().is_none_or(begins)
    }
}

/// The records that some requests name, by their ids.
async fn named<E: Described>(
    tx: &Tx<'_>,
    requests: &[service_request::Model],
    of: impl Fn(&service_request::Model) -> Option<Id<E>>,
) -> Result<HashMap<Uuid, E::Model>> {
    let mut ids: Vec<Id<E>> = requests.iter().filter_map(of).collect();
    ids.sort_unstable_by_key(|id| id.uuid());
    ids.dedup_by_key(|id| id.uuid());
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tx.entailed::<E, Read>().many(&ids).await?;
    Ok(rows.into_iter().map(|row| (E::id(&row).uuid(), row)).collect())
}

fn has_skill(agent: &service_agent::Model, needed: &Skill) -> bool {
    let has = |skill: &Skill| skill.skill == needed.skill && skill.level() >= needed.level();
    agent.skills.0.iter().any(has)
}

/// Whether an agent speaks a language: German for Austria, who speaks German.
fn speaks(agent: &service_agent::Model, needed: &LanguageCode) -> bool {
    let narrows = |narrow: &str, wide: &str| {
        narrow.strip_prefix(wide).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    agent.languages.0.iter().any(|spoken| {
        narrows(needed.as_str(), spoken.as_str()) || narrows(spoken.as_str(), needed.as_str())
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use rapport_entity::service::{
        service_agent::{Availability, Countries, PostalCodes},
        skill::{Languages, Skills},
    };

    use super::*;

    fn skill(key: &str, level: Option<i64>) -> Skill {
        Skill { skill: key.parse().unwrap(), level: level.map(|level| level.try_into().unwrap()) }
    }

    fn agent() -> service_agent::Model {
        service_agent::Model {
            id: Default::default(),
            workspace_id: Default::default(),
            user_id: Default::default(),
            skills: Skills(vec![skill("networks", Some(3)), skill("printers", None)]),
            languages: Languages(vec!["de".parse().unwrap(), "pt-BR".parse().unwrap()]),
            countries: Countries(vec!["DE".parse().unwrap()]),
            postal_codes: PostalCodes(vec!["10".parse().unwrap(), "2".parse().unwrap()]),
            calendar_id: None,
            capacity: None,
            availability: Availability::Available,
            version: 1,
            created_at: DateTime::<Utc>::default(),
            updated_at: DateTime::<Utc>::default(),
            deleted_at: None,
        }
    }

    fn needs(
        skills: Vec<Skill>,
        language: Option<&str>,
        place: (Option<&str>, Option<&str>),
    ) -> Needs {
        Needs {
            skills,
            language: language.map(|language| language.parse().unwrap()),
            country: place.0.map(|country| country.parse().unwrap()),
            postal_code: place.1.map(|code| code.parse().unwrap()),
        }
    }

    #[test]
    fn an_agent_has_what_a_request_needs_or_more() {
        let nowhere = (None, None);
        for (needs, expected) in [
            (needs(vec![], None, nowhere), true),
            (needs(vec![skill("networks", Some(3))], None, nowhere), true),
            (needs(vec![skill("networks", Some(4))], None, nowhere), false),
            (needs(vec![skill("networks", None), skill("printers", Some(1))], None, nowhere), true),
            (needs(vec![skill("printers", Some(2))], None, nowhere), false),
            (needs(vec![skill("cables", None)], None, nowhere), false),
            (needs(vec![], Some("de-AT"), nowhere), true),
            (needs(vec![], Some("pt"), nowhere), true),
            (needs(vec![], Some("pt-PT"), nowhere), false),
            (needs(vec![], None, (Some("DE"), Some("10115"))), true),
            (needs(vec![], None, (Some("DE"), Some("80331"))), false),
            (needs(vec![], None, (Some("AT"), None)), false),
            (needs(vec![], None, (None, Some("20095"))), true),
        ] {
            assert_eq!(needs.are_met_by(Some(&agent())), expected, "{needs:?}");
        }
    }

    #[test]
    fn without_a_profile_somebody_gets_what_needs_nothing() {
        let berlin = (Some("DE"), Some("10115"));
        assert!(needs(vec![], None, berlin).are_met_by(None));
        assert!(!needs(vec![skill("cables", None)], None, berlin).are_met_by(None));
    }
}
