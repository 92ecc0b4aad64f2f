"""A mail server for tests: takes mail as it is told to by its arguments, and writes each mail as JSON into a folder."""

import argparse
import asyncio
import email
import email.policy
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

arguments = argparse.ArgumentParser()
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--folder", required=True)
arguments.add_argument("--certificate")
arguments.add_argument("--key")
arguments.add_argument("--tls-from-the-start", action="store_true")
arguments.add_argument("--user")
arguments.add_argument("--password")
told = arguments.parse_args()


class Handler:
    taken = 0

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        parts = {kind: message.get_body((kind,)).get_content() for kind in ("plain", "html")}
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": parts["plain"],
            "html": parts["html"],
            "tls": session.ssl is not None or told.tls_from_the_start,
            "user": session.auth_data.login.decode() if session.auth_data else None,
        }
        # Whole or not there at all, for whoever looks meanwhile.
        path = os.path.join(told.folder, f"{os.getpid()}-{Handler.taken}")
        Handler.taken += 1
        with open(path, "w") as file:
            json.dump(mail, file)
        os.rename(path, f"{path}.json")
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login.decode() == told.user and data.password.decode() == told.password
    return AuthResult(success=known, handled=False, auth_data=data)


async def main():
    context = None
    if told.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(told.certificate, told.key)

    def connection():
        return SMTP(
            Handler(),
            hostname="mail.test",
            tls_context=None if told.tls_from_the_start else context,
            require_starttls=context is not None and not told.tls_from_the_start,
            authenticator=authenticate if told.user else None,
            auth_required=bool(told.user),
            auth_require_tls=not told.tls_from_the_start,
        )

    wrapped = context if told.tls_from_the_start else None
    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", told.port, ssl=wrapped)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
