"""An application with a login of its own, whose sessions Innkeeper keeps.

    pip install flask ../../clients/python
    innkeeper account put reef --name "Reef Tours" --plan team
    innkeeper user put kai --account reef --role owner
    innkeeper user put lou --account reef --role staff
    export INNKEEPER_KEY=$(innkeeper key create --name flask --scopes sessions)
    INNKEEPER_URL=http://127.0.0.1:8080 PORT=3000 python app.py
"""

import os
import secrets

from flask import Flask, jsonify, make_response, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from innkeeper_client import ApiError, Client, Innkeeper, Live, Over, Refused, Unavailable, activity_of
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response

app = Flask(__name__)
innkeeper = Innkeeper(os.environ["INNKEEPER_URL"], os.environ["INNKEEPER_KEY"])

# The application's own people and their passwords: "tide tables at dawn" and "a lantern in the window".
USERS = {
    "kai": "scrypt:32768:8:1$vOKSBr5OrBavLjzE$9b61a69434884155953f83f1a698324316e70d06a26fbe3999fc54853056d57e"
    "3d0d660747055296ef59e4558a84c175002e5ad5fb8fdae955ee6916bf897513",
    "lou": "scrypt:32768:8:1$LltVQT33C7PXqEpm$b91968a03ff2b7e540c9494db85d5c067cd152f0f4e04a55e50bda7866afb49f"
    "1876efccb8ee38c61a6ae1f7599785984a07718f77981e5965fbd8c2572b0737",
}
SESSION, DEVICE = "app-session", "app-device"
WHY = {
    "idle": "You were signed out because you were away for too long.",
    "lifetime": "You were signed out because your session had reached its longest time.",
    "signed_out": "You signed out.",
}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tours</title>
{% if user %}
<h1>Tours of {{ user }}</h1>
<form method="post" action="/sign-out"><button>Sign out</button></form>
{% else %}
<h1>Sign in</h1>
{% if said %}<p role="alert">{{ said }}{% if reference %} Reference: {{ reference }}{% endif %}</p>{% endif %}
<form method="post" action="/sign-in">
<p><label>User <input name="user" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button>
</form>
{% endif %}
"""


def form(status: int, said: str = "", reference: str = "") -> Response:
    return make_response(render_template_string(PAGE, said=said, reference=reference), status)


def keep_device(answer: Response, device: str) -> None:
    is_https = request.is_secure
    answer.set_cookie(DEVICE, device, max_age=400 * 86400, httponly=True, samesite="Lax", secure=is_https)


def check() -> Live | Over:
    """Asked anew for each request. Polls are no activity, by what their browser says of them."""
    token = request.cookies.get(SESSION)
    if token is None:
        return Over("unknown")
    return innkeeper.check(token, activity=activity_of(request.method, request.headers))


def sign_out_of(token: str | None) -> None:
    match innkeeper.check(token, activity="none") if token is not None else None:
        case Live(session):
            innkeeper.end_session(session["id"], signed_out=True)


@app.get("/")
def tours() -> ResponseReturnValue:
    match check():
        case Live(session):
            return render_template_string(PAGE, user=session["user_id"])
        case Over(reason):
            had_one = SESSION in request.cookies
            answer = form(401, WHY.get(reason, "Your session is over.") if had_one else "")
            answer.delete_cookie(SESSION)
            return answer


@app.get("/time-left")
def time_left() -> ResponseReturnValue:
    """What an open page asks every minute."""
    match check():
        case Live(_, remaining_ms):
            return jsonify(remaining_ms=remaining_ms)
        case Over(reason):
            return jsonify(reason=reason), 401


@app.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    user = request.form.get("user", "")
    # Somebody unknown takes as long as somebody known.
    known = USERS.get(user, USERS["kai"])
    if not check_password_hash(known, request.form.get("password", "")) or user not in USERS:
        return form(401, "That is not the right password.")
    # The same browser takes its own place back after it has lost its session.
    device = request.cookies.get(DEVICE, "")
    if not 32 <= len(device) <= 64:
        device = secrets.token_urlsafe(32)
    # Behind a proxy the address is right with werkzeug's ProxyFix only.
    client = Client(ip=request.remote_addr, user_agent=request.headers.get("User-Agent"), device_id=device)
    try:
        outcome = innkeeper.start_session(user, client=client, methods=["pwd"])
    except ApiError as error:
        if error.code not in ("user_suspended", "unknown_user"):
            raise
        return form(403, "Your login is suspended, or not set up yet.")
    if isinstance(outcome, Refused):
        return form(409, outcome.sentence, outcome.reference)
    # Whoever else was signed in in this browser no longer is.
    sign_out_of(request.cookies.get(SESSION))
    answer = redirect("/", 303)
    answer.set_cookie(SESSION, outcome.token, httponly=True, samesite="Lax", secure=request.is_secure)
    keep_device(answer, device)
    return answer


@app.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    sign_out_of(request.cookies.get(SESSION))
    answer = redirect("/", 303)
    answer.delete_cookie(SESSION)
    return answer


@app.before_request
def refuse_other_sites() -> ResponseReturnValue | None:
    is_ours = request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
    return None if request.method in ("GET", "HEAD") or is_ours else ("This form is not ours.", 403)


@app.after_request
def keep_no_copy(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    # With the form, so that an answer to it that gets lost keeps nobody out: the browser is the same.
    if request.method == "GET" and DEVICE not in request.cookies:
        keep_device(answer, secrets.token_urlsafe(32))
    return answer


@app.errorhandler(Unavailable)
def unavailable(_: Unavailable) -> ResponseReturnValue:
    """Nobody is signed out by that: the cookies stay as they are."""
    return "It cannot be told at the moment who is signed in. Please try again.", 503, {"Retry-After": "2"}


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
