// A peer: express-session with connect-redis, as their documentation puts them together.
// `POST /sign-in` signs the one user in; `GET /forward-auth` answers what Innkeeper's does.
// Usage: node server.js REDIS_ADDRESS
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'

const client = createClient({ url: `redis://${process.argv[2]}` })
await client.connect()

const app = express()
app.disable('x-powered-by')
app.use(
  session({
    store: new RedisStore({ client, prefix: 'express:', disableTouch: true }),
    secret: 'a secret of the benchmark',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 20 * 60 * 1000 },
  }),
)

app.post('/sign-in', (request, response, next) => {
  request.session.user = {
    id: 'u_0000000001',
    name: 'Mira Sommer',
    email: 'mira.1@reef.example',
    role: 'owner',
    account: 'a_0000000001',
  }
  request.session.save((error) => (error ? next(error) : response.sendStatus(204)))
})

app.get('/forward-auth', (request, response) => {
  const user = request.session.user
  if (!user) return response.sendStatus(401)
  response.set({
    'Remote-User': user.id,
    'Remote-Name': user.name,
    'Remote-Email': user.email,
    'Remote-Groups': user.role,
    'Remote-Account': user.account,
    'Remote-Session': request.sessionID,
  })
  response.status(200).end()
})

const server = app.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
