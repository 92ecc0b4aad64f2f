//! How one entry of a history is told: what happened, who did it, from what and where.

use super::super::device::DeviceWords;
use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::domain::event::kind;
use crate::domain::id::UserId;
use crate::domain::user;
use crate::domain::user::Role;
use crate::service::{Called, HistoryEntry, Policies};
use crate::web::extract::SignedIn;
use crate::web::text::{self, Happened, Language, event_data, happened};

/// Tells entries to whoever is signed in.
#[derive(Clone, Copy)]
pub(super) struct Teller<'a> {
    language: Language,
    policies: &'a Policies,
    viewer: &'a str,
    /// Whether the viewer has neither name nor address.
    nameless: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(signed_in: &'a SignedIn) -> Self {
        let user = &signed_in.session.user;
        Self {
            language: signed_in.visit.language(),
            policies: signed_in.visit.app.innkeeper().policies(),
            viewer: user.id.as_str(),
            nameless: user.name.is_none() && user.email.is_none(),
        }
    }

    /// What happened.
    pub(super) fn what(&self, entry: &HistoryEntry) -> Happened {
        let plan = |code: &str| self.policies.plan_name(code).to_owned();
        happened(self.language, &entry.event, &plan)
    }

    /// Who did it. Whoever signs in has shown a password, which is not the same as being somebody.
    pub(super) fn by(&self, entry: &HistoryEntry) -> String {
        let (language, event) = (self.language, &entry.event);
        let either = |by_password, by_act| language.say(if is_sign_in(&event.kind) { by_password } else { by_act });
        match event.actor_kind.as_str() {
            "service" => language.say("history-by-application"),
            "operator" => language.say("history-by-operator"),
            "clock" => language.say("history-by-itself"),
            _ if self.is_viewer(entry) => either("history-by-login", "history-by-you"),
            "support" => language.say("history-by-support"),
            _ if event.actor_id.as_deref() == event.user_id.as_ref().map(UserId::as_str) => {
                either("history-by-their-login", "history-by-them")
            }
            _ => {
                let name = text::person(&called(&entry.actor, event.actor_id.as_deref()));
                let role = event.actor_role.as_deref().and_then(Role::parse);
                let role = role.map(|role| text::role(language, role)).unwrap_or_default();
                language.tell("history-by-person", &[("person", name.into()), ("role", role.into())])
            }
        }
    }

    /// Whether whoever looks did it: a later person may have the id of one who was removed.
    fn is_viewer(&self, entry: &HistoryEntry) -> bool {
        entry.event.actor_id.as_deref() == Some(self.viewer) && (self.nameless || entry.actor != Called::default())
    }

    /// From what it was done, or to what, and where that was. What a sign-in said of itself stands in its event, too,
    /// and stays when the session is forgotten.
    pub(super) fn device(&self, entry: &HistoryEntry) -> Option<DeviceWords> {
        let event = &entry.event;
        if let Some(from) = &entry.session {
            let ip = event.ip.as_deref().or(from.ip.as_deref());
            let device = (&from.device, from.device_name.as_deref());
            return Some(DeviceWords::of(self.language, device, (&from.place, ip)));
        }
        if !is_sign_in(&event.kind) {
            return None;
        }
        let data = event_data(event);
        let text = |name: &str| data.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let label = DeviceLabel {
            kind: text("kind").as_deref().and_then(DeviceKind::parse).unwrap_or(DeviceKind::Unknown),
            browser: text("browser").unwrap_or_default(),
            system: text("system").unwrap_or_default(),
        };
        let place = Place { country_code: text("country_code"), ..Place::default() };
        Some(DeviceWords::of(self.language, (&label, None), (&place, event.ip.as_deref())))
    }
}

fn is_sign_in(kind: &str) -> bool {
    [kind::SESSION_STARTED, kind::SIGN_IN_REFUSED, kind::SECOND_FACTOR_FAILED].contains(&kind)
}

/// Name, else address, else id.
pub(super) fn called(who: &Called, id: Option<&str>) -> String {
    user::called(who.name.as_deref(), who.email.as_deref(), id.unwrap_or_default()).to_owned()
}
