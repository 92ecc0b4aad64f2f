//! Statement text that does not depend on the database. Parameters are numbered in the order of their first appearance:
//! to SQLite `$2` is a name, and it numbers names as they come.

/// What a check reads: two narrow tables, each by its integer key.
pub(super) const CHECK: &str = "SELECT t.token_hash, t.session_no, t.session_id, t.user_no, t.user_id, t.name, \
     t.email, t.role, t.account_id, NULL, a.last_active_at, a.last_seen_at, a.idle_deadline, a.absolute_deadline \
     FROM session_tokens t LEFT JOIN session_activity a ON a.session_no = t.session_no WHERE t.token_key = $1";

/// The same with the plan, which only counted activity needs.
pub(super) const CHECK_COUNTED: &str = "SELECT t.token_hash, t.session_no, t.session_id, t.user_no, t.user_id, \
     t.name, t.email, t.role, t.account_id, c.plan, a.last_active_at, a.last_seen_at, a.idle_deadline, \
     a.absolute_deadline FROM session_tokens t JOIN accounts c ON c.account_no = t.account_no \
     LEFT JOIN session_activity a ON a.session_no = t.session_no WHERE t.token_key = $1";

/// What a session was started from, where a check is asked for it.
pub(super) const CHECK_ORIGIN: &str = "SELECT s.device_no, d.kind, d.browser, d.system, s.ip, s.city, s.region, \
     s.country, s.country_code, s.methods, s.unfamiliar, s.created_at, s.proved_at, d.name \
     FROM sessions s JOIN devices d ON d.device_no = s.device_no WHERE s.session_no = $1";

/// Why a session without activity row ended.
pub(super) const CHECK_ENDED: &str =
    "SELECT ended_at, end_reason, absolute_deadline FROM sessions WHERE session_no = $1";

/// Who the open sessions of a user say that it is.
pub(super) const TELL_SESSIONS: &str = "UPDATE session_tokens SET role = $1, email = $2, name = $3 WHERE token_key IN \
     (SELECT token_key FROM sessions WHERE account_no = $4 AND user_no = $5 AND ended_at IS NULL)";

/// A service key that is not revoked.
pub(super) const CHECK_KEY: &str =
    "SELECT key_id, name, scopes, created_at, revoked_at FROM service_keys WHERE key_hash = $1 AND revoked_at IS NULL";

/// Every service key.
pub(super) const KEYS: &str =
    "SELECT key_id, name, scopes, created_at, revoked_at FROM service_keys ORDER BY created_at, key_id";

/// Every webhook that is not removed, with when the first of its pending deliveries is to be tried.
pub(super) const WEBHOOKS: &str = "SELECT w.webhook_no, w.webhook_id, w.place, w.url, w.types, w.created_at, \
     w.disabled_at, (SELECT d.next_try_at FROM webhook_deliveries d WHERE d.webhook_no = w.webhook_no \
     AND d.next_try_at IS NOT NULL ORDER BY d.webhook_no, d.next_try_at LIMIT 1) \
     FROM webhooks w WHERE w.removed_at IS NULL ORDER BY w.webhook_no";

/// Whether there are events that have not become deliveries of every webhook yet.
pub(super) const IS_BEHIND: &str = "SELECT EXISTS (SELECT 1 FROM webhooks WHERE removed_at IS NULL \
     AND disabled_at IS NULL AND reached < (SELECT value FROM counters WHERE name = 'events'))";

/// Whether there is a webhook, or was one a moment ago.
pub(super) const HAS_WEBHOOKS: &str = "SELECT EXISTS (SELECT 1 FROM webhooks)";

/// Up to which event mails were made.
pub(super) const MAILED_UP_TO: &str = "SELECT value FROM counters WHERE name = 'mails'";

/// The next events that may be worth a mail, as far as it matters for that.
pub(super) const EVENTS_TO_MAIL: &str = "SELECT position, kind, at, user_no, actor_kind, reason, data FROM events WHERE position > $1 ORDER BY position LIMIT $2";

/// Whether a mail is due.
pub(super) const IS_MAIL_DUE: &str =
    "SELECT EXISTS (SELECT 1 FROM mails WHERE next_try_at IS NOT NULL AND next_try_at <= $1)";

/// What a delivery of a disabled webhook that was still pending has failed of.
pub(super) const DISABLED: &str = "the webhook is disabled";

/// Columns of a user, in the order that `rows` expects.
pub(super) const USER: &str = "SELECT u.user_no, u.user_id, u.account_no, c.account_id, u.role, u.status, u.email, \
     u.name, u.created_at, u.email_confirmed_at FROM users u JOIN accounts c ON c.account_no = u.account_no";

/// Columns of an account, in the order that `rows` expects.
pub(super) const ACCOUNT: &str =
    "SELECT account_no, account_id, name, plan, time_zone, status, created_at, requires_factor FROM accounts";

/// How many people an account has: active, present, active owners.
pub(super) const PEOPLE: &str = "SELECT count(*) FILTER (WHERE status = 'active'), count(*), \
     count(*) FILTER (WHERE role = 'owner' AND status = 'active') FROM users WHERE account_no = $1 AND removed_at IS NULL";

/// Columns of an invitation, in the order that `rows` expects.
pub(super) const INVITATION: &str = "SELECT i.invitation_id, i.account_no, c.account_id, i.email, i.role, i.invited_by, \
     i.created_at, i.expires_at FROM invitations i JOIN accounts c ON c.account_no = i.account_no";

/// The invitation to which a code leads, that of its own link or that of the one that was mailed, and whether it is the
/// latter.
pub(super) fn found_invitation() -> String {
    let found = INVITATION.replacen(" FROM ", ", coalesce(i.mailed_hash = $1, false) FROM ", 1);
    format!(
        "{found} WHERE i.invitation_id = (SELECT invitation_id FROM invitations \
         WHERE secret_hash = $1 UNION ALL SELECT invitation_id FROM invitations WHERE mailed_hash = $1)"
    )
}

/// Gives an invitation the code that is mailed.
pub(super) const MAIL_INVITATION: &str = "UPDATE invitations SET mailed_hash = $1 WHERE invitation_id = $2 RETURNING 1";

/// An invitation.
pub(super) const INVITE: &str = "INSERT INTO invitations (invitation_id, account_no, email, role, secret_hash, \
     invited_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// A user's second factors, oldest first.
pub(super) const FACTORS: &str = "SELECT factor_id, kind, name, state, created_at, last_used_at FROM factors \
     WHERE user_no = $1 ORDER BY created_at, factor_id";

/// How many people of an account have no second factor.
pub(super) const WITHOUT_FACTOR: &str = "SELECT count(*) FROM users u WHERE u.account_no = $1 \
     AND u.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM factors f WHERE f.user_no = u.user_no)";

/// A second factor.
pub(super) const ADD_FACTOR: &str = "INSERT INTO factors (factor_id, user_no, kind, name, state, last_step, \
     credential_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Whose a passkey is, and what is known of it.
pub(super) const PASSKEY: &str = "SELECT factor_id, kind, name, state, created_at, last_used_at, user_no FROM factors \
     WHERE credential_id = $1";

/// The code of a step counts, if none of it or of a later one has.
pub(super) const USE_STEP: &str = "UPDATE factors SET last_step = $1, last_used_at = $2 \
     WHERE factor_id = $3 AND last_step < $1 RETURNING 1";

/// What is known of a passkey after a use, if it still is what it was verified with.
pub(super) const USE_PASSKEY: &str = "UPDATE factors SET state = $1, last_used_at = $2 \
     WHERE factor_id = $3 AND state = $4 RETURNING 1";

/// How many recovery codes a user has left.
pub(super) const CODES_LEFT: &str = "SELECT count(*) FROM recovery_codes WHERE user_no = $1";

/// Something that may succeed once, in place of what was known by the same secret.
pub(super) const KEEP_ONE_TIME: &str = "INSERT INTO one_time (secret_hash, purpose, user_no, data, tries_left, \
     expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (secret_hash) DO UPDATE SET purpose = excluded.purpose, \
     user_no = excluded.user_no, data = excluded.data, tries_left = excluded.tries_left, \
     expires_at = excluded.expires_at";

/// The same, unless what was known by the same secret may still succeed at an instant; what is known by it then.
pub(super) const ONE_TIME_OR: &str = "INSERT INTO one_time (secret_hash, purpose, user_no, data, tries_left, \
     expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (secret_hash) DO UPDATE SET \
     data = CASE WHEN one_time.expires_at > $7 AND one_time.tries_left > 0 THEN one_time.data ELSE excluded.data END, \
     tries_left = CASE WHEN one_time.expires_at > $7 AND one_time.tries_left > 0 THEN one_time.tries_left \
     ELSE excluded.tries_left END, \
     expires_at = CASE WHEN one_time.expires_at > $7 AND one_time.tries_left > 0 THEN one_time.expires_at \
     ELSE excluded.expires_at END \
     RETURNING user_no, data, tries_left, expires_at";

/// Those of somebody for one purpose that are more than they may have, the one that was just kept counted and spared.
pub(super) const ONE_TIME_SURPLUS: &str = "SELECT secret_hash FROM one_time WHERE user_no = $1 AND purpose = $2 \
     AND secret_hash <> $3 ORDER BY expires_at DESC, secret_hash LIMIT 1000 OFFSET $4";

/// What may succeed once, if it still may.
pub(super) const ONE_TIME: &str = "SELECT user_no, data, tries_left, expires_at FROM one_time \
     WHERE secret_hash = $1 AND purpose = $2 AND expires_at > $3 AND tries_left > 0";

/// The same with one try less.
pub(super) const SPEND_TRY: &str = "UPDATE one_time SET tries_left = tries_left - 1 \
     WHERE secret_hash = $1 AND purpose = $2 AND expires_at > $3 AND tries_left > 0 \
     RETURNING user_no, data, tries_left, expires_at";

/// The same, used up. Whoever takes it has had its last try, too.
pub(super) const TAKE_ONE_TIME: &str = "DELETE FROM one_time WHERE secret_hash = $1 AND purpose = $2 \
     AND expires_at > $3 RETURNING user_no, data, tries_left, expires_at";

/// When sessions of a user were taken over of late, the latest first. The latest time stored is no later than the clock,
/// so that more than [`TAKE_OVER_WINDOW`](crate::domain::facts::TAKE_OVER_WINDOW) may be looked at.
pub(super) const TAKEN_OVER: &str = "SELECT u.user_no, s.ended_at FROM users u JOIN sessions s \
     ON s.account_no = u.account_no AND s.user_no = u.user_no WHERE u.user_no = $1 AND s.ended_at IS NOT NULL \
     AND s.ended_at > (SELECT value FROM counters WHERE name = 'clock') - 3600000 AND s.end_reason = 'taken_over' \
     ORDER BY s.ended_at DESC LIMIT 3";

/// A user's sessions without an end, oldest first.
pub(super) const OPEN_SESSIONS: &str = "SELECT s.session_no, s.session_id, s.place, s.device_no, s.created_at, \
     s.proved_at, a.last_active_at, a.last_seen_at, a.idle_deadline, s.absolute_deadline \
     FROM sessions s JOIN session_activity a ON a.session_no = s.session_no \
     WHERE s.account_no = $1 AND s.user_no = $2 AND s.ended_at IS NULL ORDER BY s.session_no";

/// A device that answers to this value, now or before the last rotation, and whether its newest session was ever used.
pub(super) const DEVICE: &str = "SELECT d.device_no, d.token_hash, d.previous_token_hash, \
     coalesce(a.last_seen_at, s.last_seen_at) > s.created_at, d.name \
     FROM devices d JOIN sessions s ON s.session_no = d.newest_session_no \
     LEFT JOIN session_activity a ON a.session_no = s.session_no \
     WHERE d.user_no = $1 AND (d.token_hash = $2 OR d.previous_token_hash = $2) ORDER BY d.device_no DESC LIMIT 8";

/// Columns of a session for pages and API, in the order that `rows` expects.
pub(super) const SESSION: &str = "SELECT s.session_no, s.session_id, s.user_no, u.user_id, c.account_id, s.device_no, \
     d.kind, d.browser, d.system, s.ip, s.city, s.region, s.country, s.country_code, s.methods, s.unfamiliar, \
     s.created_at, s.proved_at, coalesce(a.last_active_at, s.last_active_at), coalesce(a.last_seen_at, s.last_seen_at), \
     coalesce(a.idle_deadline, s.idle_deadline), s.absolute_deadline, s.ended_at, s.end_reason, s.ended_by_role, d.name \
     FROM sessions s JOIN users u ON u.user_no = s.user_no JOIN accounts c ON c.account_no = s.account_no \
     JOIN devices d ON d.device_no = s.device_no LEFT JOIN session_activity a ON a.session_no = s.session_no";

/// The oldest events after a position, as far as it matters for what is forgotten.
pub(super) const OLDEST_EVENTS: &str =
    "SELECT position, at, kind, session_id, ip FROM events WHERE position > $1 ORDER BY position LIMIT $2";

/// Columns of an event, in the order that `rows` expects.
pub(super) const EVENT: &str = "SELECT e.position, e.kind, e.at, c.account_id, u.user_id, e.session_id, e.actor_kind, \
     e.actor_id, e.actor_role, e.reason, e.reference, e.ip, e.data \
     FROM events e JOIN accounts c ON c.account_no = e.account_no LEFT JOIN users u ON u.user_no = e.user_no";

/// Refusals with a reference, the newest first, and behind the columns of [`EVENT`] whom each concerns. The sum leaves the
/// plan no choice: sorted by what no index has, they are found by their reference.
pub(super) fn refused_as() -> String {
    let columns = EVENT.replacen(" FROM ", ", e.user_no FROM ", 1);
    format!(
        "{columns} WHERE e.reference = $1 AND e.kind = $2 AND e.user_no IS NOT NULL ORDER BY e.position + 0 DESC LIMIT $3"
    )
}

/// A part of a history, of which `walk` names the events from the newest on, `of_kinds` those that are shown, and `actor`
/// the id of who did something. The first column is where the walk stopped, if there may be more; then come the columns
/// of [`EVENT`], which are NULL where nothing is shown, names and addresses, and what the session was started from.
///
/// Where the walk stopped must be of the same instant as what it found: it is one statement, with at least one row.
pub(super) fn history((walk, look): (&str, u16), of_kinds: &str, limit: u16, actor: &str) -> String {
    let columns = EVENT.split_once(" FROM ").map_or(EVENT, |(columns, _)| columns).trim_start_matches("SELECT ");
    let fetch = u32::from(limit) + 1;
    format!(
        "WITH looked AS MATERIALIZED (SELECT position, kind FROM events WHERE {walk} LIMIT {look}), \
         shown AS MATERIALIZED (SELECT position FROM looked WHERE {of_kinds} ORDER BY position DESC LIMIT {fetch}) \
         SELECT l.stop, {columns}, u.name, u.email, a.name, a.email, d.kind, d.browser, d.system, d.name, s.ip, s.city, \
         s.region, s.country, s.country_code, u.removed_at, s.created_at, s.last_active_at \
         FROM (SELECT CASE WHEN count(*) = {look} THEN min(position) END AS stop FROM looked) l \
         LEFT JOIN shown h ON true LEFT JOIN events e ON e.position = h.position \
         LEFT JOIN accounts c ON c.account_no = e.account_no LEFT JOIN users u ON u.user_no = e.user_no \
         LEFT JOIN users a ON a.user_id = {actor} AND a.removed_at IS NULL AND a.account_no = e.account_no \
         AND a.created_at <= e.at LEFT JOIN sessions s ON s.session_id = e.session_id \
         LEFT JOIN devices d ON d.device_no = s.device_no ORDER BY h.position DESC"
    )
}
