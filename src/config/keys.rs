//! The names of all settings, and of the environment variables that set them.

/// Every setting. What is not here is refused.
pub(super) const KEYS: [&str; 48] = [
    "listen",
    "public_url",
    "store.url",
    "store.replication",
    "store.named_statements",
    "metrics_listen",
    "trusted_proxies",
    "next_hosts",
    "app_url",
    "policy.sessions_per_user",
    "policy.at_limit",
    "policy.idle_timeout",
    "policy.absolute_lifetime",
    "policy.step_up_within",
    "next_policy.effective_from",
    "next_policy.sessions_per_user",
    "next_policy.at_limit",
    "next_policy.idle_timeout",
    "next_policy.absolute_lifetime",
    "next_policy.step_up_within",
    "activity.never",
    "activity.always",
    "support.contact",
    "cookie.domain",
    "cookie.persistent",
    "passwords.breached_file",
    "geo.database",
    "geo.credit",
    "geo.credit_url",
    "retention.events",
    "retention.addresses",
    "webhooks.allow",
    "mail.server",
    "mail.from",
    "mail.tls",
    "mail.language",
    "limits.connections_max",
    "limits.first_byte",
    "limits.header",
    "limits.body",
    "limits.idle",
    "limits.stop",
    "limits.password_workers",
    "limits.password_queue",
    "limits.live_streams",
    "log.format",
    "log.filter",
    "plans",
];

/// The keys within one `[[plans]]`.
pub(super) const PLAN_KEYS: [&str; 10] = [
    "plans.code",
    "plans.name",
    "plans.price",
    "plans.currency",
    "plans.per",
    "plans.staff_logins",
    "plans.sessions_per_user",
    "plans.at_limit",
    "plans.idle_timeout",
    "plans.absolute_lifetime",
];

/// Sections that may be written as one value, which then is this setting of theirs: `store = "sqlite:innkeeper.db"`.
const SHORT: [(&str, &str); 1] = [("store", "store.url")];

/// What all our environment variables begin with.
pub(super) const PREFIX: &str = "INNKEEPER_";

/// The variable that names the configuration file.
pub(super) const FILE_VARIABLE: &str = "INNKEEPER_CONFIG";

/// The environment variable that sets `key`, such as `INNKEEPER_POLICY__IDLE_TIMEOUT`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// The setting that a section written as one value stands for.
pub(super) fn long_form(section: &str) -> Option<&'static str> {
    SHORT.iter().find(|(short, _)| *short == section).map(|(_, long)| *long)
}

/// Every variable that sets something, with the key that it sets.
pub(super) fn variables() -> impl Iterator<Item = (String, &'static str)> {
    SHORT.into_iter().chain(KEYS.map(|key| (key, key))).map(|(name, key)| (variable(name), key))
}

/// Whether keys stand below `name`, as they do below `policy`.
pub(super) fn is_section(name: &str, keys: &[&str]) -> bool {
    keys.iter().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// Names that an unknown one may have been meant to be: keys, and their sections.
pub(super) fn candidates<'a>(keys: &[&'a str]) -> impl Iterator<Item = &'a str> {
    keys.iter().flat_map(|key| [Some(*key), key.split_once('.').map(|(section, _)| section)]).flatten()
}
