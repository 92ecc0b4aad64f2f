// The session rules of Innkeeper, for an application with a login of its own.
//
// A call has an answer, or throws: `Unavailable` where Innkeeper does not answer, which says nothing about anybody's
// session, and `ApiError` where it refuses what was asked.

/** @import { Account, AccountFields, Activity, Calls, Live, Over, Proved, Refused, Session } from './types.js' */
/** @import { Started, State, User, UserChanges, UserFields } from './types.js' */

export { activityOf } from './activity.js'

/** Innkeeper does not answer, so nothing is known. It never means that somebody is signed out. */
export class Unavailable extends Error {
  name = 'Unavailable'
}

/** Innkeeper refuses what was asked. Decide by `code`, which is stable. */
export class ApiError extends Error {
  name = 'ApiError'

  /** @param {{ status: number, code: string, detail: string, field?: string, reference?: string }} problem */
  constructor({ status, code, detail, field, reference }) {
    super(`${code}: ${detail}`)
    this.status = status
    this.code = code
    this.detail = detail
    this.field = field
    this.reference = reference
  }
}

/** An installation of Innkeeper, with a service key for it. */
export class Innkeeper {
  #url
  #key
  #timeout

  /**
   * @param {string} url where Innkeeper is reached, with the path of its `public_url` if that has one
   * @param {string} key
   * @param {{ timeout?: number }} [options] `timeout`: how many milliseconds a call may take
   */
  constructor(url, key, { timeout = 2000 } = {}) {
    this.#url = new URL(url).href.replace(/\/+$/, '') + '/api/v1'
    this.#key = key
    this.#timeout = timeout
  }

  /**
   * Starts a session for somebody whom the application has proved. Without `client.device_id` a browser that lost its
   * cookie is a stranger, and is refused until its session ends by itself.
   *
   * @param {string} userId
   * @param {Proved} [proved]
   * @returns {Promise<Started | Refused>}
   */
  async startSession(userId, proved = {}) {
    try {
      const { token, session } = await this.#ask('POST /sessions', { body: { ...proved, user_id: userId } })
      if (typeof token !== 'string') throw new Unavailable('an answer without a token')
      return { started: true, token, session }
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'already_logged_in' || !error.reference) throw error
      return { started: false, sentence: error.detail, reference: error.reference }
    }
  }

  /**
   * Asks whether a token is a live session now. Throws `Unavailable` where that is not known: answer with an error, and
   * leave the cookie alone.
   *
   * @param {string} token
   * @param {Activity} activity
   * @returns {Promise<Live | Over>}
   */
  async check(token, activity) {
    const answer = await this.#ask('POST /sessions/check', { body: { token, activity } })
    if (answer.live === true && answer.session) return answer
    if (answer.live === false && answer.reason) return answer
    throw new Unavailable('an answer that is neither live nor over')
  }

  /**
   * Ends a session, which may be over already; `signedOut` where its own user asked for it.
   *
   * @param {string} sessionId
   * @param {{ signedOut?: boolean }} [options]
   * @returns {Promise<void>}
   */
  async endSession(sessionId, { signedOut = false } = {}) {
    const query = signedOut ? { reason: 'signed_out' } : {}
    await this.#ask('DELETE /sessions/{session_id}', { ids: { session_id: sessionId }, query })
  }

  /**
   * Ends every session of a user, but the one with the id `but`, and says how many that were.
   *
   * @param {string} userId
   * @param {{ but?: string }} [options]
   * @returns {Promise<number>}
   */
  async endSessions(userId, { but } = {}) {
    const query = but === undefined ? {} : { except: but }
    return (await this.#ask('DELETE /users/{user_id}/sessions', { ids: { user_id: userId }, query })).ended
  }

  /**
   * The sessions of a user, the newest first.
   *
   * @param {string} userId
   * @param {State} [state]
   * @returns {AsyncGenerator<Session, void>}
   */
  async *sessionsOf(userId, state = 'live') {
    /** @type {string | null | undefined} */
    let after
    while (after !== null) {
      const query = after === undefined ? { state } : { state, after }
      const part = await this.#ask('GET /users/{user_id}/sessions', { ids: { user_id: userId }, query })
      yield* part.items
      after = part.next
    }
  }

  /**
   * Says that the application has proved the user of a session again, now.
   *
   * @param {string} sessionId
   * @param {string[]} methods
   * @returns {Promise<Session>}
   */
  stepUp(sessionId, methods) {
    return this.#ask('POST /sessions/{session_id}/step-up', { ids: { session_id: sessionId }, body: { methods } })
  }

  /**
   * Creates an account, or changes these fields of it.
   *
   * @param {string} accountId
   * @param {AccountFields} fields
   * @returns {Promise<Account>}
   */
  putAccount(accountId, fields) {
    return this.#ask('PUT /accounts/{account_id}', { ids: { account_id: accountId }, body: fields })
  }

  /**
   * Creates a user, or changes these fields of them.
   *
   * @param {string} userId
   * @param {UserFields} fields
   * @returns {Promise<User>}
   */
  putUser(userId, fields) {
    return this.#ask('PUT /users/{user_id}', { ids: { user_id: userId }, body: fields })
  }

  /**
   * Changes these fields of a user whom there is.
   *
   * @param {string} userId
   * @param {UserChanges} fields
   * @returns {Promise<User>}
   */
  patchUser(userId, fields) {
    return this.#ask('PATCH /users/{user_id}', { ids: { user_id: userId }, body: fields })
  }

  /**
   * @template {keyof Calls} C
   * @param {C} call
   * @param {{
   *   ids?: Record<string, string>,
   *   query?: Calls[C] extends { query: infer Q extends string } ? { [name in Q]?: string } : never,
   *   body?: Calls[C] extends { body: infer B } ? B : never,
   * }} asked
   * @returns {Promise<Calls[C]['answer']>}
   */
  async #ask(call, { ids = {}, query, body }) {
    let [method, path] = /** @type {[string, string]} */ (call.split(' '))
    for (const [name, id] of Object.entries(ids)) {
      // An id such as `..` would be another path.
      if (!/^[A-Za-z0-9._:@-]{1,64}$/.test(id) || id === '.' || id === '..') throw new TypeError(`${id} is no ${name}`)
      path = path.replace(`{${name}}`, encodeURIComponent(id))
    }
    const further = new URLSearchParams(/** @type {Record<string, string> | undefined} */ (query)).toString()
    const request = {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      // The key is for Innkeeper and for nobody that another answer names.
      redirect: /** @type {const} */ ('error'),
      signal: AbortSignal.timeout(this.#timeout),
    }
    /** @type {any} */
    let answer
    let status
    try {
      const response = await fetch(this.#url + path + (further && `?${further}`), request)
      status = response.status
      if (status === 204 && call === 'DELETE /sessions/{session_id}') return undefined
      answer = JSON.parse(await response.text())
    } catch (cause) {
      throw new Unavailable(status === undefined ? 'no answer' : `no whole answer, with status ${status}`, { cause })
    }
    if ((status === 200 || status === 201) && answer !== null) return answer
    if (status < 500 && typeof answer?.code === 'string') throw new ApiError(answer)
    throw new Unavailable(`answered ${status}`)
  }
}
