-- Instants: integer milliseconds UTC. Ids: text, public. Numbers (…_no): internal, never on the wire. Enums: text with CHECK.

CREATE TABLE counters (                       -- one row per sequence; 'events' has no gaps; 'clock' is the latest time stored; 'addresses' the position up to which addresses are cut, 'mails' up to which events have become mails
  name   TEXT PRIMARY KEY,
  value  INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES ('events', 0), ('sessions', 0), ('clock', 0), ('addresses', 0), ('mails', 0);

CREATE TABLE accounts (
  account_no  INTEGER PRIMARY KEY,            -- 0 is the system account of support and administrators: never NULL, so that no unique index can be dodged
  account_id  TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  plan        TEXT NOT NULL,                  -- a code from configuration
  time_zone   TEXT NOT NULL,
  status      TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
  created_at  INTEGER NOT NULL,
  requires_factor  INTEGER NOT NULL DEFAULT 0 CHECK (requires_factor IN (0, 1))   -- whether its people need a second factor
) STRICT;
INSERT INTO accounts VALUES (0, '', 'System', 'system', 'UTC', 'active', 0, 0);   -- its id is empty: no caller can name it

CREATE TABLE users (
  user_no     INTEGER PRIMARY KEY,
  user_id     TEXT NOT NULL,
  account_no  INTEGER NOT NULL REFERENCES accounts,
  role        TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'staff', 'support', 'admin')),
  status      TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'removed')),
  email       TEXT,                           -- normalised by the domain
  email_confirmed_at  INTEGER,              -- when it was shown that they read what is mailed to this address; NULL: never
  name        TEXT,
  created_at  INTEGER NOT NULL,
  removed_at  INTEGER,
  CHECK ((status = 'removed') = (removed_at IS NOT NULL)),
  CHECK ((account_no = 0) = (role IN ('support', 'admin')))
) STRICT;
CREATE UNIQUE INDEX users_one_per_id    ON users (user_id) WHERE removed_at IS NULL;      -- a re-created id is a new person
CREATE UNIQUE INDEX users_one_per_email ON users (email)   WHERE removed_at IS NULL AND email IS NOT NULL;
CREATE INDEX users_of_account           ON users (account_no, user_id) WHERE removed_at IS NULL;

CREATE TABLE passwords (                      -- apart from users: a check reads users, never this
  user_no        INTEGER PRIMARY KEY REFERENCES users,
  password_hash  TEXT NOT NULL,               -- PHC string
  changed_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE factors (                        -- second factors
  factor_id      TEXT PRIMARY KEY,
  user_no        INTEGER NOT NULL REFERENCES users,
  kind           TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
  name           TEXT NOT NULL,               -- given by the user
  state          BLOB NOT NULL,               -- what it is verified with: the secret shared with an app, or JSON about a passkey
  last_step      INTEGER,                     -- of an app: the last half minute of which a code was accepted; each counts once
  credential_id  BLOB UNIQUE,                 -- of a passkey: what it is called by whoever made it
  created_at     INTEGER NOT NULL,
  last_used_at   INTEGER,
  CHECK ((kind = 'totp') = (last_step IS NOT NULL)),
  CHECK ((kind = 'passkey') = (credential_id IS NOT NULL))
) STRICT;
CREATE INDEX factors_of_user ON factors (user_no);

CREATE TABLE recovery_codes (                 -- a row is gone once its code was used
  user_no    INTEGER NOT NULL REFERENCES users,
  code_hash  BLOB NOT NULL CHECK (length(code_hash) = 32),
  PRIMARY KEY (user_no, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE one_time (                       -- what may succeed once; a row is gone after that, and some time after it has expired
  secret_hash  BLOB PRIMARY KEY CHECK (length(secret_hash) = 32),
  purpose      TEXT NOT NULL CHECK (purpose IN ('pending_sign_in', 'totp_set_up', 'passkey_set_up', 'passkey_second_step', 'passkey_sign_in', 'passkey_step_up', 'password_reset', 'email_confirmation', 'take_over_code')),
  user_no      INTEGER REFERENCES users,      -- NULL: whoever answers says who they are
  data         TEXT NOT NULL,                 -- JSON object
  tries_left   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  CHECK ((purpose = 'passkey_sign_in') = (user_no IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_expiry ON one_time (expires_at);
CREATE INDEX one_time_of_user ON one_time (user_no);

CREATE TABLE devices (
  device_no            INTEGER PRIMARY KEY,   -- the number of the session that first used it
  user_no              INTEGER NOT NULL REFERENCES users,
  token_hash           BLOB CHECK (length(token_hash) = 32),            -- device cookie, or the caller's device_id; NULL where neither came
  previous_token_hash  BLOB CHECK (length(previous_token_hash) = 32),   -- counts only while the newest session was never used
  newest_session_no    INTEGER NOT NULL,
  kind                 TEXT NOT NULL CHECK (kind IN ('computer', 'phone', 'tablet', 'other', 'unknown')),
  browser              TEXT NOT NULL,
  system               TEXT NOT NULL,
  first_seen_at        INTEGER NOT NULL,
  last_signed_in_at    INTEGER NOT NULL,
  name                 TEXT                   -- given by the user
) STRICT;
CREATE UNIQUE INDEX devices_one_per_token ON devices (token_hash, user_no) WHERE token_hash IS NOT NULL;
CREATE INDEX devices_of_user ON devices (user_no, previous_token_hash);   -- whether a user has signed in before; by the value before the last rotation

CREATE TABLE user_countries (                 -- for "never seen before"
  user_no        INTEGER NOT NULL REFERENCES users,
  country_code   TEXT NOT NULL,
  first_seen_at  INTEGER NOT NULL,
  PRIMARY KEY (user_no, country_code)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (                       -- the record; not read by a live check
  session_no         INTEGER PRIMARY KEY,
  session_id         TEXT NOT NULL UNIQUE,
  token_key          INTEGER NOT NULL,        -- of its row in session_tokens
  account_no         INTEGER NOT NULL,
  user_no            INTEGER NOT NULL REFERENCES users,
  place              INTEGER NOT NULL CHECK (place >= 1),
  device_no          INTEGER NOT NULL REFERENCES devices,
  methods            TEXT NOT NULL,           -- 'pwd,otp'
  ip                 TEXT,
  city               TEXT,
  region             TEXT,
  country            TEXT,
  country_code       TEXT,
  unfamiliar         INTEGER NOT NULL CHECK (unfamiliar IN (0, 1)),
  created_at         INTEGER NOT NULL,
  proved_at          INTEGER NOT NULL,        -- last full proof or step-up
  absolute_deadline  INTEGER NOT NULL,
  ended_at           INTEGER,
  end_reason         TEXT CHECK (end_reason IN ('signed_out', 'idle', 'lifetime', 'terminated_by_user', 'terminated_by_owner', 'terminated_by_support',
                       'terminated_by_api', 'taken_over', 'replaced_same_browser', 'replaced_other_user', 'replaced_oldest', 'password_changed', 'password_reset',
                       'mfa_changed', 'user_suspended', 'user_removed', 'account_suspended', 'policy')),
  ended_by_role      TEXT,
  last_active_at     INTEGER,                 -- these three: the last values, written at the end; until then they live in session_activity
  last_seen_at       INTEGER,
  idle_deadline      INTEGER,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  CHECK ((ended_at IS NULL) = (last_active_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX sessions_one_open_per_place ON sessions (account_no, user_no, place) WHERE ended_at IS NULL;   -- the limit, a second time; lists by user and by account
CREATE INDEX sessions_ended_of_user ON sessions (account_no, user_no, session_no) WHERE ended_at IS NOT NULL;     -- lists, page by page
CREATE INDEX sessions_ended_of_account ON sessions (account_no, session_no) WHERE ended_at IS NOT NULL;          -- the same for all of an account
CREATE INDEX sessions_ended_lately  ON sessions (account_no, user_no, ended_at)   WHERE ended_at IS NOT NULL;     -- those that ended last

CREATE TABLE session_tokens (                 -- what a check needs and what hardly ever moves; one look-up by integer
  token_key   INTEGER PRIMARY KEY,            -- first 64 bits of SHA-256(token)
  token_hash  BLOB NOT NULL CHECK (length(token_hash) = 32),   -- all of it, compared after the look-up
  session_no  INTEGER NOT NULL,
  session_id  TEXT NOT NULL,
  user_no     INTEGER NOT NULL,               -- from here on: who it is, as in users and accounts for as long as the session is open, so that a check reads neither
  user_id     TEXT NOT NULL,
  role        TEXT NOT NULL,
  email       TEXT,
  name        TEXT,
  account_no  INTEGER NOT NULL,
  account_id  TEXT NOT NULL
) STRICT;

CREATE TABLE session_activity (               -- what moves; a row exists exactly while its session is open, so an UPDATE can never revive one
  session_no      INTEGER PRIMARY KEY,
  last_active_at  INTEGER NOT NULL,
  last_seen_at    INTEGER NOT NULL,
  idle_deadline   INTEGER NOT NULL,
  absolute_deadline  INTEGER NOT NULL,        -- never moves; here a touch and the sweeper can see it without the wide row
  wake_at         INTEGER NOT NULL            -- when the sweeper looks next: never later than the earlier deadline; the sweeper moves it, touches only bring it nearer
) STRICT;
CREATE INDEX session_activity_wake ON session_activity (wake_at);

CREATE TABLE refusals (                       -- bounds the events that one user's refused sign-ins may write
  user_no    INTEGER PRIMARY KEY REFERENCES users,
  since      INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  reference  TEXT                             -- of the event that counts, once there is one
) STRICT;

CREATE TABLE throttles (                      -- failed proofs in a row; a row is gone after a success, or once it counts no more
  subject            BLOB PRIMARY KEY CHECK (length(subject) = 32),   -- hash of the login, the device, the session, the network or the factors that they are counted under
  failures           INTEGER NOT NULL,
  last_failed_at     INTEGER NOT NULL,
  previous_failed_at INTEGER NOT NULL,        -- of the failure before the last; where there is one only, an instant too long ago to count
  forget_at          INTEGER NOT NULL         -- from when on the last failure counts no more
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_age ON throttles (forget_at);

CREATE TABLE setup (                          -- the link that makes the first administrator, if one was printed; worth nothing once there is a user
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  code_hash   BLOB NOT NULL CHECK (length(code_hash) = 32),
  works_until INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
  position    INTEGER PRIMARY KEY,            -- 1, 2, 3, … in the order of commits
  kind        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  account_no  INTEGER NOT NULL,               -- 0: the installation itself
  user_no     INTEGER,                        -- whom it concerns
  session_id  TEXT,
  actor_kind  TEXT NOT NULL CHECK (actor_kind IN ('user', 'service', 'support', 'operator', 'clock')),
  actor_id    TEXT,                           -- public id of the person or key who acted
  actor_role  TEXT,
  reason      TEXT,
  reference   TEXT,                           -- R-7K3M-92QD
  ip          TEXT,
  data        TEXT NOT NULL DEFAULT '{}'      -- JSON object
) STRICT;
CREATE INDEX events_of_user      ON events (user_no, position) WHERE user_no IS NOT NULL;   -- their history, newest first
CREATE INDEX events_of_account   ON events (account_no, position);            -- its history, newest first
CREATE INDEX events_by_reference ON events (reference) WHERE reference IS NOT NULL;

CREATE TABLE invitations (                    -- a row exists exactly until an invitation is accepted, revoked or marked as expired: what is gone opens nothing
  invitation_id  TEXT PRIMARY KEY,
  account_no     INTEGER NOT NULL REFERENCES accounts,
  email          TEXT NOT NULL,               -- normalised by the domain
  role           TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'staff')),
  secret_hash    BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),   -- of the code in its link
  mailed_hash    BLOB UNIQUE CHECK (length(mailed_hash) = 32),            -- of the code in the link that was mailed last: made when the mail is sent, so that no code waits anywhere
  invited_by     INTEGER NOT NULL REFERENCES users,
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invitations_one_per_email ON invitations (account_no, email);   -- within an account only: no account learns whom another one invites
CREATE INDEX invitations_expiry ON invitations (expires_at);

CREATE TABLE service_keys (
  key_id      TEXT PRIMARY KEY,
  key_hash    BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  name        TEXT NOT NULL,
  scopes      TEXT NOT NULL,                  -- 'sessions,events'
  created_at  INTEGER NOT NULL,
  revoked_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (                       -- who is told of events
  webhook_no        INTEGER PRIMARY KEY,
  webhook_id        TEXT NOT NULL UNIQUE,
  place             INTEGER NOT NULL CHECK (place BETWEEN 1 AND 20),
  url               TEXT NOT NULL,
  types             TEXT NOT NULL,            -- kinds of events, 'session.ended,user.removed'; empty: all
  secret            BLOB NOT NULL CHECK (length(secret) = 32),   -- as it is, since we sign with it; zeros once the webhook is removed
  old_secret        BLOB CHECK (length(old_secret) = 32),        -- the one before, which signs, too …
  old_secret_until  INTEGER,                  -- … until then
  reached           INTEGER NOT NULL,         -- events up to this position have become deliveries
  created_at        INTEGER NOT NULL,
  disabled_at       INTEGER,
  removed_at        INTEGER,                  -- its deliveries go piece by piece from then on, and then the row
  CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
) STRICT;
CREATE UNIQUE INDEX webhooks_one_per_place ON webhooks (place) WHERE removed_at IS NULL;   -- the limit, a second time

CREATE TABLE webhook_deliveries (             -- a row for each event and each webhook that wants it
  webhook_no    INTEGER NOT NULL REFERENCES webhooks,
  position      INTEGER NOT NULL,             -- of the event; the row goes with it
  state         TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  tries         INTEGER NOT NULL,             -- whose outcome is known
  next_try_at   INTEGER,                      -- whoever tries puts it off first: nobody else tries meanwhile, and somebody does if no outcome is written by then
  delivered_at  INTEGER,
  last_error    TEXT,
  PRIMARY KEY (position, webhook_no),         -- this way round, so that no list can be planned by it
  CHECK ((state = 'pending') = (next_try_at IS NOT NULL)),
  CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
) STRICT;
CREATE INDEX webhook_deliveries_due       ON webhook_deliveries (webhook_no, next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_state  ON webhook_deliveries (webhook_no, state, position);   -- lists, page by page
CREATE INDEX webhook_deliveries_delivered ON webhook_deliveries (delivered_at) WHERE delivered_at IS NOT NULL;   -- those that are kept no longer

CREATE TABLE mails (                          -- a row for each event that somebody is mailed about; what is told, and to which address, is read when it is sent, so that nothing of it stands here
  position     INTEGER PRIMARY KEY,           -- of the event; the row goes with it
  kind         TEXT NOT NULL CHECK (kind IN ('invitation', 'new_sign_in', 'session_ended', 'password_changed', 'sign_in_refused', 'password_reset', 'factor_changed', 'email_confirmation', 'take_over_code', 'second_factor_failed')),
  user_no      INTEGER REFERENCES users,      -- to whom; NULL: to whoever the event says is invited
  created_at   INTEGER NOT NULL,
  tries        INTEGER NOT NULL,              -- whose outcome is known
  next_try_at  INTEGER,                       -- as of deliveries
  done_at      INTEGER,                       -- sent or given up; the row goes a day later
  last_error   TEXT,                          -- of the last try whose outcome is known; NULL once it is sent
  CHECK ((next_try_at IS NULL) = (done_at IS NOT NULL))
) STRICT;
CREATE INDEX mails_due     ON mails (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX mails_done    ON mails (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX mails_of_user ON mails (user_no, kind, created_at) WHERE user_no IS NOT NULL;   -- whether somebody had one like it lately
