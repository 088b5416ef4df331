"""Webhooks: a receiver that fails, hangs and redirects gets every event once it accepts, in order and signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.webhook_signature import decode_secret, sign_message
from copydesk.pipeline.db import read_transaction, transaction
from copydesk.pipeline.runs.webhook_sending import MAX_ATTEMPTS, DeliveryCounts, Webhook, compute_wait, send_events
from copydesk.pipeline.store.states import DeliveryState
from copydesk.pipeline.store.webhook_deliveries import Delivery, list_deliveries, retry_deliveries
from tests.article_store import ArticleStore

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FERRY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
WHEAT = "Farmers expect a smaller wheat harvest because little rain fell during the spring across the plain. " * 4
KEY = b"a key that only the two know"
BASE = "https://desk.example/copydesk/"
HANG = 0


class Receiver:
    """A server that answers with the statuses in ``script``, then accepts; ``HANG`` never answers."""

    def __init__(self) -> None:
        self.script: list[int] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        closing = self.closing = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((self.path, headers, body))
                status = receiver.script.pop(0) if receiver.script else 204
                if status == HANG:
                    closing.wait(30)
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def read_bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.requests]


@pytest.fixture
def store(database: str) -> Iterator[ArticleStore]:
    with ArticleStore.open(database) as store:
        store.process(store.insert([Document("old", "Old news", WHEAT, NOW)], "north"))
        yield store


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.closing.set()
    receiver.server.shutdown()
    receiver.server.server_close()


def send(receiver: Receiver, *, kinds: tuple[str, ...] | None = None) -> DeliveryCounts:
    webhook = Webhook("desk", f"http://127.0.0.1:{receiver.server.server_address[1]}/hook?a=b", KEY, kinds)
    return send_events(load_settings(), [webhook], BASE, timeout_seconds=0.3)["desk"]


def make_due() -> None:
    """Let the waits pass."""
    with transaction(load_settings()) as connection:
        connection.execute("UPDATE copydesk.webhook_delivery SET next_at = now() WHERE state = 'pending'")


def read_deliveries(state: DeliveryState | None = None) -> list[Delivery]:
    with read_transaction(load_settings()) as connection:
        return list_deliveries(connection, state=state)


def add_story(store: ArticleStore) -> None:
    store.process(store.insert([Document("f1", "Ferry sails again", FERRY, NOW)], "north"))


def test_event_is_sent_until_it_is_accepted(store: ArticleStore, receiver: Receiver) -> None:
    assert send(receiver) == DeliveryCounts()  # events before the first run with this receiver are not sent
    add_story(store)
    receiver.script = [500, HANG, 302]
    for reason in ("HTTP status 500", "ReadTimeout", "HTTP status 302"):
        assert send(receiver, kinds=("founded",)) == DeliveryCounts(failed=1)
        assert send(receiver, kinds=("founded",)) == DeliveryCounts()  # it waits
        assert [(one.state, one.reason) for one in read_deliveries()] == [("pending", reason)]
        make_due()
    assert send(receiver, kinds=("founded",)) == DeliveryCounts(delivered=1)
    make_due()
    assert send(receiver, kinds=("founded",)) == DeliveryCounts()
    assert {path for path, _, _ in receiver.requests} == {"/hook?a=b"}
    bodies = receiver.read_bodies()
    assert (len(bodies), bodies[0]) == (4, bodies[3])
    story = str(store.get_story_id("f1"))
    assert (bodies[0]["type"], bodies[0]["data"]["story_id"]) == ("story.founded", story)
    assert bodies[0]["data"]["page"] == f"{BASE}story?id={story}"
    assert b"Ferry" not in receiver.requests[0][2]
    assert len({headers["webhook-id"] for _, headers, _ in receiver.requests}) == 1
    _, headers, body = receiver.requests[3]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 300


def test_event_is_given_up_and_can_be_retried(store: ArticleStore, receiver: Receiver) -> None:
    send(receiver)
    add_story(store)
    receiver.script = [503] * MAX_ATTEMPTS
    for _ in range(MAX_ATTEMPTS):
        send(receiver, kinds=("founded",))
        make_due()
    (dead,) = read_deliveries(DeliveryState.DEAD)
    assert (dead.attempts, dead.reason) == (MAX_ATTEMPTS, "HTTP status 503")
    assert send(receiver, kinds=("founded",)) == DeliveryCounts()
    with transaction(load_settings()) as connection:
        assert retry_deliveries(connection) == [dead.delivery_id]
    receiver.script = [410]
    assert send(receiver, kinds=("founded",)) == DeliveryCounts(given_up=1)
    with transaction(load_settings()) as connection:
        assert retry_deliveries(connection, [dead.delivery_id]) == [dead.delivery_id]
    assert send(receiver, kinds=("founded",)) == DeliveryCounts(delivered=1)


def test_events_are_sent_in_order_and_none_of_late_transactions_is_missed(
    store: ArticleStore, receiver: Receiver
) -> None:
    send(receiver)
    ids = store.insert([Document("f1", "Ferry sails again", FERRY, NOW)], "north")
    with ArticleStore.open(store.address) as late:
        # A transaction that took its events' numbers first, and commits last.
        late.connection.execute(
            "INSERT INTO copydesk.story_event (profile_id, story_id, kind)"
            " SELECT profile_id, story_id, 'revived' FROM copydesk.story"
        )
        store.process(ids)
        send(receiver)
        late.connection.commit()
    send(receiver)
    kinds = [body["type"] for body in receiver.read_bodies()]
    assert (kinds[0], kinds[-1]) == ("story.founded", "story.revived")
    events = [int(headers["webhook-id"].rpartition("_")[2]) for _, headers, _ in receiver.requests]
    assert events[-1] < events[0]
    assert len(events) == len(set(events))


def test_swap_loses_no_events(store: ArticleStore, receiver: Receiver) -> None:
    send(receiver)
    add_story(store)
    with transaction(load_settings()) as connection:
        (profile,) = connection.execute("SELECT profile_id FROM copydesk.profile").fetchone() or ("",)
        connection.execute("UPDATE copydesk.profile SET state = 'superseded'")
        connection.execute(
            "INSERT INTO copydesk.profile (profile_id, params, state, live_since) VALUES ('other', '{}', 'live', now())"
        )
        # What happens to the old generation after the swap is not news.
        connection.execute(
            "INSERT INTO copydesk.story_event (profile_id, story_id, kind) SELECT profile_id, story_id, 'killed'"
            " FROM copydesk.story WHERE profile_id = %s",
            [profile],
        )
    send(receiver)
    send(receiver)
    assert [body["type"] for body in receiver.read_bodies()] == ["story.founded"]


def test_wait_doubles() -> None:
    assert [compute_wait(attempts).total_seconds() for attempts in (1, 2, 3, 9)] == [300, 600, 1200, 76800]


def test_signature_is_that_of_the_standard() -> None:
    key = decode_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = sign_message(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert decode_secret("plain") == b"plain"
    for wrong in ("", "whsec_", "whsec_!", "whsec_\u00e9"):
        with pytest.raises(BadSettings):
            decode_secret(wrong)
