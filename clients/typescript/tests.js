// The package and a real Innkeeper, which INNKEEPER_URL and INNKEEPER_KEY name; and answers that Innkeeper never gives.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { beforeEach, test } from 'node:test'
import { ApiError, Innkeeper, Unavailable } from './index.js'

const url = process.env.INNKEEPER_URL ?? ''
const key = process.env.INNKEEPER_KEY ?? ''
const SENTENCE =
  'You are already logged in. Only one session per user is valid. ' +
  'Please contact support if you think this is an error.'
const LIVE_NOT = '{"live":false,"reason":"idle"}'

const innkeeper = new Innkeeper(`${url}/`, key)

/** @type {(status: string, body: string) => string} */
const whole = (status, body) => `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/**
 * A server that gives each request the same answer and hangs up.
 *
 * @param {string} answer
 * @param {(innkeeper: Innkeeper) => Promise<void>} then
 */
async function answering(answer, then) {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(answer)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  try {
    await then(new Innkeeper(`http://127.0.0.1:${port}`, key))
  } finally {
    server.close()
  }
}

/** @param {import('./types.js').Proved} [proved] */
async function start(proved) {
  const outcome = await innkeeper.startSession('js', proved)
  assert.ok(outcome.started)
  return outcome
}

/** @param {AsyncIterable<import('./types.js').Session>} sessions */
async function ids(sessions) {
  const found = []
  for await (const { id } of sessions) found.push(id)
  return found
}

beforeEach(async () => {
  await innkeeper.putAccount('script', { name: 'Script', plan: 'team' })
  const put = await innkeeper.putUser('js', { account_id: 'script', role: 'owner', name: 'Zoë' })
  assert.deepEqual([put.role, put.name, put.email], ['owner', 'Zoë', null])
  await innkeeper.endSessions('js')
})

test('a session is live until it is ended, and then says why', async () => {
  const client = { ip: '203.0.113.7', user_agent: 'x', device_id: 'd' }
  const { token, session } = await start({ client, methods: ['pwd'] })
  const live = await innkeeper.check(token, 'none')
  assert.ok(live.live)
  assert.deepEqual([live.session.id, live.session.ip], [session.id, '203.0.113.7'])
  assert.ok(live.remaining_ms > 0 && live.remaining_ms <= 20 * 60_000)
  assert.equal((await innkeeper.stepUp(session.id, ['otp'])).id, session.id)
  await innkeeper.endSession(session.id, { signedOut: true })
  assert.deepEqual(await innkeeper.check(token, 'counted'), { live: false, reason: 'signed_out' })
  assert.deepEqual(await innkeeper.check('nothing', 'counted'), { live: false, reason: 'unknown' })
})

test('a second browser is refused, and makes room where that is asked for', async () => {
  const first = await start()
  const refused = await innkeeper.startSession('js')
  assert.ok(!refused.started)
  assert.equal(refused.sentence, SENTENCE)
  assert.match(refused.reference, /^R-/)
  const second = await start({ at_limit: 'replace_oldest' })
  assert.deepEqual(await innkeeper.check(first.token, 'none'), { live: false, reason: 'replaced_oldest' })
  assert.deepEqual(await ids(innkeeper.sessionsOf('js')), [second.session.id])
  assert.equal(await innkeeper.endSessions('js', { but: second.session.id }), 0)
  assert.equal(await innkeeper.endSessions('js'), 1)
})

test('a list of several parts comes whole', async () => {
  const started = []
  for (let n = 0; n < 60; n += 1) started.unshift((await start({ client: { device_id: 'd' } })).session.id)
  assert.deepEqual((await ids(innkeeper.sessionsOf('js', 'ended'))).slice(0, 59), started.slice(1))
})

test('what is refused has a code', async () => {
  /** @type {[string, string | undefined, () => Promise<unknown>][]} */
  const cases = [
    ['unknown_user', undefined, () => innkeeper.startSession('nobody')],
    ['unknown_session', undefined, () => innkeeper.endSession('s_nothing')],
    ['invalid_field', 'client.ip', () => innkeeper.startSession('js', { client: { ip: 'x' } })],
    ['unauthorized', undefined, () => new Innkeeper(url, 'ik_wrong').check('nothing', 'none')],
  ]
  for (const [code, field, ask] of cases) {
    await assert.rejects(ask, (error) => {
      assert.ok(error instanceof ApiError)
      assert.deepEqual([error.code, error.field], [code, field])
      return true
    })
  }
})

test('whoever is suspended is signed out and starts nothing', async () => {
  const { token } = await start()
  await innkeeper.putUser('other-js', { account_id: 'script', role: 'owner' })
  assert.equal((await innkeeper.patchUser('js', { status: 'suspended' })).status, 'suspended')
  assert.deepEqual(await innkeeper.check(token, 'none'), { live: false, reason: 'user_suspended' })
  await assert.rejects(innkeeper.startSession('js'), { status: 403, code: 'user_suspended' })
  await innkeeper.patchUser('js', { status: 'active' })
})

test('what is no id is not sent', async () => {
  for (const id of ['', '.', '..', 'a/b', 'a?b', 'é', 'a'.repeat(65), 'a\n']) {
    await assert.rejects(innkeeper.endSession(id), TypeError)
  }
})

test('whatever is no answer of Innkeeper says that nothing is known', async () => {
  for (const answer of [
    whole('503 Service Unavailable', '{"code":"store_unavailable","detail":""}'),
    whole('500 Internal Server Error', LIVE_NOT),
    whole('502 Bad Gateway', '<html>'),
    whole('401 Unauthorized', '<html>'),
    whole('404 Not Found', '[]'),
    whole('200 OK', '<html>'),
    whole('200 OK', '{}'),
    whole('200 OK', 'null'),
    whole('200 OK', '{"live":"false"}'),
    whole('200 OK', '{"live":true}'),
    whole('204 No Content', ''),
    'HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n',
    whole('200 OK', LIVE_NOT).slice(0, -1),
    '',
    'nonsense\r\n\r\n',
  ]) {
    await answering(answer, async (stranger) => {
      await assert.rejects(stranger.check('token', 'none'), Unavailable, answer)
    })
  }
})

test('who does not answer in time is not waited for', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (silent.address())
  const waiting = new Innkeeper(`http://127.0.0.1:${port}`, key, { timeout: 100 })
  await assert.rejects(waiting.check('token', 'none'), Unavailable)
  silent.close()
  await assert.rejects(waiting.check('token', 'none'), Unavailable)
})
