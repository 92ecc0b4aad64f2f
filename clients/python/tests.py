"""The package and a real Innkeeper, which INNKEEPER_URL and INNKEEPER_KEY name; and answers that Innkeeper never gives."""

import os
import socket
import threading
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from innkeeper_client import ApiError, Innkeeper, Live, Over, Refused, Started, Unavailable

URL, KEY = os.environ["INNKEEPER_URL"], os.environ["INNKEEPER_KEY"]
SENTENCE = (
    "You are already logged in. Only one session per user is valid. "
    "Please contact support if you think this is an error."
)
LIVE_NOT = b'{"live":false,"reason":"idle"}'


def whole(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


@contextmanager
def answering(*connections: list[bytes]) -> Iterator[Innkeeper]:
    """A server whose first connection gets the first list of answers, and so on; at the end of each it hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket, answers: list[bytes]) -> None:
        with connection, connection.makefile("rb") as asked:
            for answer in answers:
                head = list(iter(asked.readline, b"\r\n")) if asked.peek(1) else []
                length = next((line for line in head if line.lower().startswith(b"content-length:")), b": 0")
                asked.read(int(length.split(b":")[1]))
                connection.sendall(answer)

    def accept() -> None:
        for answers in connections:
            connection, _ = listener.accept()
            threads.append(threading.Thread(target=serve, args=(connection, answers)))
            threads[-1].start()

    threads = [threading.Thread(target=accept)]
    threads[0].start()
    innkeeper = Innkeeper(f"http://127.0.0.1:{listener.getsockname()[1]}", KEY)
    try:
        yield innkeeper
    finally:
        innkeeper.close()
        for thread in threads:
            thread.join(10)
        listener.close()


class WithInnkeeper(unittest.TestCase):
    def setUp(self) -> None:
        self.innkeeper = Innkeeper(URL + "/", KEY)
        self.addCleanup(self.innkeeper.close)
        self.stranger = Innkeeper(URL, "ik_wrong")
        self.addCleanup(self.stranger.close)
        self.innkeeper.put_account("python", {"name": "Python", "plan": "team"})
        put = self.innkeeper.put_user("py", {"account_id": "python", "role": "owner", "name": "Zoë"})
        self.assertEqual((put["role"], put["name"], put["email"]), ("owner", "Zoë", None))
        self.innkeeper.end_sessions("py")

    def start(self, **further: Any) -> Started:
        started = self.innkeeper.start_session("py", **further)
        assert isinstance(started, Started)
        return started

    def test_a_session_is_live_until_it_is_ended_and_then_says_why(self) -> None:
        started = self.start(client={"ip": "203.0.113.7", "user_agent": "x", "device_id": "d"}, methods=["pwd"])
        self.assertNotIn(started.token, repr(started))
        live = self.innkeeper.check(started.token, activity="none")
        assert isinstance(live, Live)
        self.assertEqual((live.session["id"], live.session["ip"]), (started.session["id"], "203.0.113.7"))
        self.assertTrue(0 < live.remaining_ms <= 20 * 60_000)
        self.assertEqual(self.innkeeper.step_up(started.session["id"], ["otp"])["id"], started.session["id"])
        self.innkeeper.end_session(started.session["id"], signed_out=True)
        self.assertEqual(self.innkeeper.check(started.token, activity="counted"), Over("signed_out"))
        self.assertEqual(self.innkeeper.check("nothing", activity="counted"), Over("unknown"))

    def test_a_second_browser_is_refused_and_makes_room_where_that_is_asked_for(self) -> None:
        first = self.start()
        refused = self.innkeeper.start_session("py")
        assert isinstance(refused, Refused)
        self.assertEqual(refused.sentence, SENTENCE)
        self.assertRegex(refused.reference, "^R-")
        second = self.start(replace_oldest=True)
        self.assertEqual(self.innkeeper.check(first.token, activity="none"), Over("replaced_oldest"))
        self.assertEqual([session["id"] for session in self.innkeeper.sessions_of("py")], [second.session["id"]])
        self.assertEqual(self.innkeeper.end_sessions("py", but=second.session["id"]), 0)
        self.assertEqual(self.innkeeper.end_sessions("py"), 1)

    def test_a_list_of_several_parts_comes_whole(self) -> None:
        started = [self.start(client={"device_id": "d"}).session["id"] for _ in range(60)]
        ended = [session["id"] for session in self.innkeeper.sessions_of("py", state="ended")]
        self.assertEqual(ended[:59], started[-2::-1])

    def test_what_is_refused_has_a_code(self) -> None:
        cases: list[tuple[str, str | None, Callable[[], object]]] = [
            ("unknown_user", None, lambda: self.innkeeper.start_session("nobody")),
            ("unknown_session", None, lambda: self.innkeeper.end_session("s_nothing")),
            ("invalid_field", "client.ip", lambda: self.innkeeper.start_session("py", client={"ip": "x"})),
            ("unauthorized", None, lambda: self.stranger.check("nothing", activity="none")),
        ]
        for code, field, ask in cases:
            with self.assertRaises(ApiError) as refused:
                ask()
            self.assertEqual((refused.exception.code, refused.exception.field), (code, field))

    def test_whoever_is_suspended_is_signed_out_and_starts_nothing(self) -> None:
        token = self.start().token
        self.innkeeper.put_user("other", {"account_id": "python", "role": "owner"})
        self.assertEqual(self.innkeeper.patch_user("py", {"status": "suspended"})["status"], "suspended")
        self.assertEqual(self.innkeeper.check(token, activity="none"), Over("user_suspended"))
        with self.assertRaises(ApiError) as refused:
            self.innkeeper.start_session("py")
        self.assertEqual((refused.exception.status, refused.exception.code), (403, "user_suspended"))
        self.innkeeper.patch_user("py", {"status": "active"})

    def test_what_is_no_id_is_not_sent(self) -> None:
        for id in ["", ".", "..", "a/b", "a?b", "é", "a" * 65, "a\n"]:
            with self.assertRaises(ValueError):
                self.innkeeper.end_session(id)


class WithoutInnkeeper(unittest.TestCase):
    def test_whatever_is_no_answer_of_innkeeper_says_that_nothing_is_known(self) -> None:
        for answer in [
            whole("503 Service Unavailable", b'{"code":"store_unavailable","detail":""}'),
            whole("500 Internal Server Error", LIVE_NOT),
            whole("502 Bad Gateway", b"<html>"),
            whole("401 Unauthorized", b"<html>"),
            whole("404 Not Found", b"[]"),
            whole("200 OK", b"<html>"),
            whole("200 OK", b"{}"),
            whole("200 OK", b"null"),
            whole("200 OK", b'{"live":"false"}'),
            whole("200 OK", b'{"live":true}'),
            whole("204 No Content", b""),
            whole("302 Found", LIVE_NOT),
            whole("200 OK", LIVE_NOT)[:-1],
            b"",
            b"nonsense\r\n\r\n",
        ]:
            with self.subTest(answer), answering([answer]) as innkeeper, self.assertRaises(Unavailable):
                innkeeper.check("token", activity="none")

    def test_who_does_not_answer_in_time_is_not_waited_for(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            with self.assertRaises(Unavailable):
                Innkeeper(url, KEY, timeout=0.1).check("token", activity="none")
        with self.assertRaises(Unavailable):
            Innkeeper(url, KEY).check("token", activity="none")

    def test_a_connection_is_kept_and_replaced_once_it_was_closed(self) -> None:
        answer = whole("200 OK", LIVE_NOT)
        with answering([answer, answer], [answer]) as innkeeper:
            for _ in range(3):
                self.assertEqual(innkeeper.check("token", activity="none"), Over("idle"))

    def test_a_start_that_may_have_happened_is_not_sent_again(self) -> None:
        with answering([whole("200 OK", LIVE_NOT)], [b""]) as innkeeper:
            innkeeper.check("token", activity="none")
            with self.assertRaises(Unavailable):
                innkeeper.start_session("py")

    def test_a_process_leaves_the_connections_of_its_parent_alone(self) -> None:
        answer, other = whole("200 OK", LIVE_NOT), whole("200 OK", LIVE_NOT.replace(b"idle", b"policy"))
        with answering([answer, answer], [other]) as innkeeper:
            innkeeper.check("token", activity="none")
            child = os.fork()
            if child == 0:
                # Within the child nothing of unittest may go on.
                os._exit(0 if innkeeper.check("token", activity="none") == Over("policy") else 1)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertEqual(innkeeper.check("token", activity="none"), Over("idle"))


if __name__ == "__main__":
    unittest.main()
