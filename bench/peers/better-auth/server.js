// A peer: better-auth with better-sqlite3, as their documentation puts them together.
// `POST /api/auth/sign-up/email` makes a user and signs them in; `GET /api/auth/get-session` is their check.
// Usage: node server.js FILE
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import Database from 'better-sqlite3'
import { createServer } from 'node:http'

const database = new Database(process.argv[2])
database.pragma('journal_mode = WAL')
const options = {
  baseURL: 'http://localhost',
  secret: 'a secret of the benchmark, long enough',
  database,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
const server = createServer(toNodeHandler(betterAuth(options)))
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
