// An application with a login of its own, whose sessions Innkeeper keeps.
//
//     npm ci
//     innkeeper account put reef --name "Reef Tours" --plan team
//     innkeeper user put kai --account reef --role owner
//     innkeeper user put lou --account reef --role staff
//     export INNKEEPER_KEY=$(innkeeper key create --name express --scopes sessions)
//     INNKEEPER_URL=http://127.0.0.1:8080 PORT=3000 node app.js

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import express from 'express'
import { ApiError, Innkeeper, Unavailable, activityOf } from 'innkeeper-client'

const { INNKEEPER_URL, INNKEEPER_KEY, PORT = '3000' } = process.env
const innkeeper = new Innkeeper(INNKEEPER_URL, INNKEEPER_KEY)

// The application's own people, with salt and hash of their passwords: "tide tables at dawn" and "a lantern in the
// window".
const USERS = new Map([
  ['kai', ['21ac57c29153612e65f2eb8baed0893a', '2a839e06e5e40c6df52be27b536ae5384b4df6c8f42d219e3d5299da6d52b529']],
  ['lou', ['6fef22f5968c734f6a91602f6ff01f23', '97d75e5bf48b800726b383439c5fc7dc8a142e96956e722b4ec6d00357e3bfe1']],
])
const WHY = {
  idle: 'You were signed out because you were away for too long.',
  lifetime: 'You were signed out because your session had reached its longest time.',
  signed_out: 'You signed out.',
}
const DAY = 86_400_000

const escaped = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`)
const page = (content) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tours</title>
${content}
`
const form = (said = '') =>
  page(`<h1>Sign in</h1>
${said && `<p role="alert">${escaped(said)}</p>`}
<form method="post" action="/sign-in">
<p><label>User <input name="user" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button>
</form>`)

const cookie = (request) => ({ httpOnly: true, sameSite: 'lax', secure: request.secure })
const newDevice = () => randomBytes(32).toString('base64url')
const keepDevice = (request, response, device) =>
  response.cookie('app-device', device, { ...cookie(request), maxAge: 400 * DAY })

async function isRight(user, password) {
  // Somebody unknown takes as long as somebody known.
  const [salt, hash] = USERS.get(user) ?? USERS.get('kai')
  const tried = await promisify(scrypt)(password, salt, 32)
  return timingSafeEqual(tried, Buffer.from(hash, 'hex')) && USERS.has(user)
}

/** Lets in whoever is signed in, which is asked anew for each request. Polls are no activity, as their browser says. */
async function signedIn(request, response, next) {
  const token = request.cookies['app-session']
  const activity = activityOf(request.method, request.headers)
  const answer = token ? await innkeeper.check(token, activity) : { live: false, reason: 'none' }
  if (answer.live) {
    request.signedIn = answer
    return next()
  }
  response.status(401)
  // The cookie stays until a page has said why.
  if (request.accepts(['json', 'html']) !== 'html') return response.json({ reason: answer.reason })
  response.clearCookie('app-session').send(form(token && (WHY[answer.reason] ?? 'Your session is over.')))
}

async function signOutOf(token) {
  const answer = token ? await innkeeper.check(token, 'none') : { live: false }
  if (answer.live) await innkeeper.endSession(answer.session.id, { signedOut: true })
}

const app = express()
app.disable('x-powered-by')
app.use(express.urlencoded())
app.use((request, response, next) => {
  response.set('Cache-Control', 'no-store')
  const pairs = (request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='))
  request.cookies = Object.fromEntries(pairs)
  const isOurs = ['same-origin', 'none'].includes(request.headers['sec-fetch-site'] ?? 'none')
  // With the form, so that an answer to it that gets lost keeps nobody out: the browser is the same.
  if (request.method === 'GET' && !request.cookies['app-device']) keepDevice(request, response, newDevice())
  if (isOurs || ['GET', 'HEAD'].includes(request.method)) return next()
  response.status(403).send('This form is not ours.')
})

app.get('/', signedIn, (request, response) => {
  response.send(
    page(`<h1>Tours of ${escaped(request.signedIn.session.user_id)}</h1>
<form method="post" action="/sign-out"><button>Sign out</button></form>`),
  )
})

// What an open page asks every minute.
app.get('/time-left', signedIn, (request, response) => {
  response.json({ remaining_ms: request.signedIn.remaining_ms })
})

app.post('/sign-in', async (request, response) => {
  const [user, password] = ['user', 'password'].map((name) => String(request.body?.[name]))
  if (!(await isRight(user, password))) {
    return response.status(401).send(form('That is not the right password.'))
  }
  // The same browser takes its own place back after it has lost its session.
  const known = request.cookies['app-device'] ?? ''
  const device = /^[\w-]{32,64}$/.test(known) ? known : newDevice()
  // Behind a proxy the address is right with the setting `trust proxy` only.
  const client = { ip: request.ip, user_agent: request.get('user-agent') ?? null, device_id: device }
  const outcome = await innkeeper.startSession(user, { client, methods: ['pwd'] })
  if (!outcome.started) {
    return response.status(409).send(form(`${outcome.sentence} Reference: ${outcome.reference}`))
  }
  // Whoever else was signed in in this browser no longer is.
  await signOutOf(request.cookies['app-session'])
  response.cookie('app-session', outcome.token, cookie(request))
  keepDevice(request, response, device)
  response.redirect(303, '/')
})

app.post('/sign-out', async (request, response) => {
  await signOutOf(request.cookies['app-session'])
  response.clearCookie('app-session').redirect(303, '/')
})

app.use((error, request, response, next) => {
  if (error instanceof ApiError && ['user_suspended', 'unknown_user'].includes(error.code)) {
    return response.status(403).send(form('Your login is suspended, or not set up yet.'))
  }
  if (!(error instanceof Unavailable)) return next(error)
  // Nobody is signed out by that: the cookies stay as they are.
  response.status(503).set('Retry-After', '2')
  response.send('It cannot be told at the moment who is signed in. Please try again.')
})

app.listen(Number(PORT), '127.0.0.1')
