// What goes into the calls that this package makes, and what comes out. `conforms.ts` compares all of it with the
// description of the API.

export type Status = 'active' | 'suspended'
export type Role = 'owner' | 'manager' | 'staff'
export type SecondFactor = 'optional' | 'required'
export type State = 'live' | 'ended' | 'all'

/** Whether a person did something (`counted`), or a page asked by itself (`none`). */
export type Activity = 'counted' | 'none'

export type EndReason =
  | 'signed_out'
  | 'idle'
  | 'lifetime'
  | 'terminated_by_user'
  | 'terminated_by_owner'
  | 'terminated_by_support'
  | 'terminated_by_api'
  | 'taken_over'
  | 'replaced_same_browser'
  | 'replaced_other_user'
  | 'replaced_oldest'
  | 'password_changed'
  | 'password_reset'
  | 'mfa_changed'
  | 'user_suspended'
  | 'user_removed'
  | 'account_suspended'
  | 'policy'

/** What somebody signed in from. */
export interface Device {
  kind: 'computer' | 'phone' | 'tablet' | 'other' | 'unknown'
  browser: string | null
  system: string | null
  name: string | null
}

/** Where an address is, as far as a database says: decide no access by it. */
export interface Location {
  city: string | null
  region: string | null
  country: string | null
  country_code: string | null
  approximate: boolean
}

/** A session, live or over. Times are RFC 3339 in UTC. */
export interface Session {
  id: string
  user_id: string
  account_id: string | null
  device: Device
  ip: string | null
  location: Location | null
  methods: string[]
  created_at: string
  last_active_at: string
  last_seen_at: string
  idle_deadline: string
  absolute_deadline: string
  ended_at: string | null
  end_reason: EndReason | null
}

/** The session may be used, and is over in `remaining_ms` without further activity. */
export interface Live {
  live: true
  session: Session
  remaining_ms: number
}

/** The person is signed out, for this reason; `unknown` where the token means nothing. */
export interface Over {
  live: false
  reason: EndReason | 'unknown'
}

/** A session has started. The token is told this once. */
export interface Started {
  started: true
  token: string
  session: Session
}

/** Every place of the user is taken. Show the sentence as it is, with the reference. */
export interface Refused {
  started: false
  sentence: string
  reference: string
}

/** The paying organisation. */
export interface Account {
  id: string
  name: string
  plan: string
  time_zone: string
  status: Status
  second_factor: SecondFactor
  staff_logins: number | null
  created_at: string
}

/** A person who can sign in. */
export interface User {
  id: string
  account_id: string | null
  role: Role
  status: Status
  email: string | null
  email_confirmed_at: string | null
  name: string | null
  created_at: string
}

/** What a person comes from, as the application sees it. */
export interface Client {
  ip?: string | null
  user_agent?: string | null
  device_id?: string | null
  hints?: Record<string, string>
}

/** Somebody whom the application has proved. */
export interface Proved {
  client?: Client
  methods?: string[]
  at_limit?: 'replace_oldest'
}

/** Fields of an account. Those left out stay as they are; a new one needs `name` and `plan`. */
export interface AccountFields {
  name?: string
  plan?: string
  time_zone?: string
  status?: Status
  second_factor?: SecondFactor
}

interface PersonFields {
  role?: Role
  email?: string | null
  email_confirmed?: boolean
  name?: string | null
  password?: string
  password_hash?: string
}

/** Fields of a user. Those left out stay as they are; a new one needs `account_id` and `role`. */
export interface UserFields extends PersonFields {
  account_id?: string
}

/** Fields of a user whom there is. Those left out stay as they are. */
export interface UserChanges extends PersonFields {
  status?: Status
}

/** Every call of the API that this package makes. */
export interface Calls {
  'POST /sessions': { body: Proved & { user_id: string }; answer: { token: string; session: Session } }
  'POST /sessions/check': { body: { token: string; activity: Activity }; answer: Live | Over }
  'DELETE /sessions/{session_id}': { query: 'reason'; answer: undefined }
  'DELETE /users/{user_id}/sessions': { query: 'except'; answer: { ended: number } }
  'GET /users/{user_id}/sessions': { query: 'state' | 'after'; answer: { items: Session[]; next: string | null } }
  'POST /sessions/{session_id}/step-up': { body: { methods: string[] }; answer: Session }
  'PUT /accounts/{account_id}': { body: AccountFields; answer: Account }
  'PUT /users/{user_id}': { body: UserFields; answer: User }
  'PATCH /users/{user_id}': { body: UserChanges; answer: User }
}
