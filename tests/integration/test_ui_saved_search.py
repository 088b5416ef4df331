"""The form that saves a search: only for users who may write, and only from a page of this Airflow."""

from __future__ import annotations

from pathlib import Path

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.saved_searches import list_searches
from tests.ui_requests import run_signed_in

ASK = """
pages = [client.get("/stories?q=harbour&min_copies=2").text for client in (viewer, user)]
token = re.search('name="token" value="([^"]*)"', pages[1]).group(1)
def post(client, headers={}, **fields):
    answer = client.post("/searches", data={"q": "harbour", "min_copies": "2", **fields}, headers=headers)
    return [answer.status_code, answer.headers.get("location", "")]
answers = [
    post(viewer, token=token, name="a"), post(user, name="a"),
    post(user, {"Sec-Fetch-Site": "cross-site"}, token=token, name="a"),
    post(user, token=token, name=""), post(user, token=token, name="a", min_copies="x"),
    post(user, token=token, name="ferries"), post(user, token=token, name="ferries"),
]
print(json.dumps([[page.count('action="searches"') for page in pages], answers]))
"""


def test_search_is_saved_by_users_who_may_write(database: str, tmp_path: Path) -> None:
    forms, answers = run_signed_in(tmp_path, ASK)
    assert forms == [0, 1]
    assert [status for status, _ in answers] == [403, 403, 403, 400, 400, 303, 400]
    assert answers[5][1] == "stories?q=harbour&min_copies=2"
    with read_transaction(load_settings()) as connection:
        (search,) = list_searches(connection)
    assert (search.name, search.fields, search.created_by) == ("ferries", {"q": "harbour", "min_copies": "2"}, "user")
