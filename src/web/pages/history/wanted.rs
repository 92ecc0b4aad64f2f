//! Whose history is asked for, and which part of it: the query of an address, and addresses with such a query.

use super::super::answer::not_found;
use super::teller::called;
use crate::domain::id::{AccountNo, UserId};
use crate::domain::permission::{Action, may};
use crate::service::{Called, HistoryOf, Position};
use crate::web::extract::SignedIn;
use crate::web::member::not_allowed;
use crate::web::problem::Problem;
use crate::web::text::Group;
use serde::Deserialize;
use url::form_urlencoded;

/// The query of the page and of the file.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::web::pages) struct Asked {
    of: Option<String>,
    show: Option<String>,
    person: Option<String>,
    before: Option<String>,
}

/// The account whose history is asked for, by somebody who may see it.
#[derive(Clone, Debug)]
pub(in crate::web::pages) struct OfAccount {
    /// The account.
    pub(super) no: AccountNo,
    /// Whom alone it is about.
    pub(super) person: Option<Person>,
}

/// Somebody in the account.
#[derive(Clone, Debug)]
pub(super) struct Person {
    no: HistoryOf,
    pub(super) id: UserId,
    /// What they are called.
    pub(super) name: String,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(in crate::web::pages) struct Wanted {
    /// The history of an account; somebody's own without it.
    pub(super) account: Option<OfAccount>,
    /// What alone is shown.
    pub(super) group: Option<Group>,
    /// From where on.
    pub(super) before: Option<Position>,
}

impl Wanted {
    /// What the query asks for. Whoever may not see the account's history is told so, and somebody of another account
    /// is answered as one who never was.
    pub(super) async fn new(signed_in: &SignedIn, asked: &Asked) -> Result<Self, Problem> {
        let group = asked.show.as_deref().and_then(Group::parse);
        let before = asked.before.as_deref().and_then(|text| text.parse().ok()).map(Position);
        if asked.of.as_deref() != Some("account") {
            return Ok(Self { account: None, group, before });
        }
        let account = signed_in.account.as_ref().filter(|_| sees_accounts(signed_in)).ok_or_else(not_allowed)?;
        let person = match &asked.person {
            None => None,
            Some(id) => {
                let found = match UserId::new(id.as_str()) {
                    Ok(id) => signed_in.visit.app.innkeeper().user(&id).await?,
                    Err(_) => None,
                };
                let found = found.filter(|found| found.account_no == account.no).ok_or_else(not_found)?;
                let known = Called { name: found.name, email: found.email };
                let name = called(&known, Some(found.id.as_str()));
                Some(Person { no: HistoryOf::User(found.no), id: found.id, name })
            }
        };
        Ok(Self { account: Some(OfAccount { no: account.no, person }), group, before })
    }

    /// Whose history that is.
    pub(super) fn of(&self, signed_in: &SignedIn) -> HistoryOf {
        match &self.account {
            None => HistoryOf::User(signed_in.view.user_no),
            Some(OfAccount { person: Some(person), .. }) => person.no,
            Some(account) => HistoryOf::Account(account.no),
        }
    }

    /// The kinds of events that are shown; none for every kind.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.group.map_or_else(Vec::new, Group::kinds)
    }

    /// Whom alone it is about.
    pub(super) fn person(&self) -> Option<&Person> {
        self.account.as_ref()?.person.as_ref()
    }

    /// The same from the newest on.
    pub(super) fn newest_of_it(&self) -> Self {
        Self { before: None, ..self.clone() }
    }

    /// The same of everybody in the account.
    pub(super) fn of_everybody(&self) -> Self {
        let account = self.account.as_ref().map(|account| OfAccount { no: account.no, person: None });
        Self { account, before: None, group: self.group }
    }

    /// An address below the public one for what is wanted.
    pub(super) fn address(&self, base: &str, path: &str) -> String {
        self.address_of(base, path, self.person().map(|person| person.id.as_str()))
    }

    /// The same about somebody.
    pub(super) fn address_of(&self, base: &str, path: &str, person: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.account.is_some() {
            query.append_pair("of", "account");
        }
        if let Some(person) = person {
            query.append_pair("person", person);
        }
        if let Some(group) = self.group {
            query.append_pair("show", group.as_str());
        }
        if let Some(before) = self.before {
            query.append_pair("before", &before.0.to_string());
        }
        match query.finish() {
            query if query.is_empty() => format!("{base}{path}"),
            query => format!("{base}{path}?{query}"),
        }
    }
}

/// Whether somebody may see the history of their account.
pub(super) fn sees_accounts(signed_in: &SignedIn) -> bool {
    signed_in.account.is_some() && may(signed_in.session.user.role, Action::SeeAccountHistory)
}
