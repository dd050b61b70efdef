"""Objects over HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import CloudNode

from skygarth.repository.tokens import AccessToken


def test_a_created_object_is_told_with_its_address(editor: TestClient) -> None:
    """Creating answers 201 with the object, its tag, and where it lives from now on."""
    answer = editor.post("book", json={"fields": {"name": "edda", "title": "Edda", "price": "9.5"}})
    made = answer.json()

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/objects/{made['guid']}"
    assert answer.headers["ETag"] == '"1"'
    assert made["type"] == "book"
    assert made["path"] == "/edda"
    assert made["fields"]["price"] == "9.50"
    assert made["fields"]["shelf"] is None
    assert made["meta"]["creator"] == "editor"
    assert made["meta"]["revision"] == 1
    assert made["conflicts"] == []
    assert editor.get(answer.headers["Location"].removeprefix("/api/v1/")).json() == made


def test_a_parent_is_named_by_path_or_guid(editor: TestClient) -> None:
    """Objects are created below what a path or a GUID names, and move to the root with `null`."""
    shelf = editor.post("shelf", json={"fields": {"name": "norse"}}).json()
    by_path = editor.post(
        "book", json={"fields": {"name": "saga", "title": "Saga"}, "parent": "/norse"}
    ).json()
    by_guid = editor.post(
        "book", json={"fields": {"name": "rune", "title": "Rune"}, "parent": shelf["guid"]}
    ).json()
    moved = editor.patch(
        f"objects/{by_guid['guid']}", json={"parent": None}, headers={"If-Match": "*"}
    ).json()

    assert by_path["path"] == "/norse/saga"
    assert by_guid["path"] == "/norse/rune"
    assert moved["path"] == "/rune"
    assert [b["guid"] for b in editor.get("tree/norse/saga").json()["conflicts"]] == []
    children = editor.get(f"objects/{shelf['guid']}/children").json()
    assert [child["path"] for child in children["items"]] == ["/norse/saga"]
    assert children["next"] is None


def test_children_come_in_pages_by_name(editor: TestClient) -> None:
    """What stands below an object is read page by page, each name once."""
    shelf = editor.post("shelf", json={"fields": {"name": "pages"}}).json()["guid"]
    for name in ("c", "a", "b"):
        fields = {"name": name, "title": name}
        editor.post("book", json={"fields": fields, "parent": shelf}).raise_for_status()
    first = editor.get(f"objects/{shelf}/children?limit=2").json()
    rest = editor.get(f"objects/{shelf}/children?limit=2&after={first['next']}").json()
    names = [item["fields"]["name"] for page in (first, rest) for item in page["items"]]

    assert names == ["a", "b", "c"]
    assert rest["next"] is None


def test_a_change_must_say_what_it_changes(editor: TestClient) -> None:
    """Without If-Match a change is refused by 428, with a stale one by 412 and the true tag."""
    book = editor.post("book", json={"fields": {"name": "tags", "title": "One"}}).json()
    address = f"objects/{book['guid']}"
    change = {"fields": {"title": "Two"}}
    bare = editor.patch(address, json=change)
    good = editor.patch(address, json=change, headers={"If-Match": '"1"'})
    stale = editor.patch(address, json=change, headers={"If-Match": '"1"'})

    assert bare.status_code == 428
    assert good.status_code == 200
    assert good.headers["ETag"] == '"2"'
    assert good.json()["fields"]["title"] == "Two"
    assert stale.status_code == 412
    assert stale.headers["ETag"] == '"2"'
    assert stale.json()["code"] == "SG-API-412"
    assert editor.delete(address).status_code == 428
    assert editor.delete(address, headers={"If-Match": '"1"'}).status_code == 412
    assert editor.put(address, json=change, headers={"If-Match": '"1"'}).status_code == 412


def test_patch_sets_some_fields_and_put_all(editor: TestClient) -> None:
    """PATCH leaves alone what it does not name; PUT gives that its default."""
    fields = {"name": "whole", "title": "Whole", "pages": 7, "lent": True}
    book = editor.post("book", json={"fields": fields}).json()
    address = f"objects/{book['guid']}"
    any_tag = {"If-Match": "*"}
    patched = editor.patch(address, json={"fields": {"pages": 8}}, headers=any_tag).json()
    put = editor.put(
        address, json={"fields": {"name": "whole", "title": "New"}}, headers=any_tag
    ).json()

    assert patched["fields"]["pages"] == 8
    assert patched["fields"]["lent"] is True
    assert put["fields"]["title"] == "New"
    assert put["fields"]["pages"] is None
    assert put["fields"]["lent"] is False
    assert put["meta"]["revision"] == 3


def test_metadata_is_set_beside_fields(editor: TestClient, visitor: TestClient) -> None:
    """What is hidden or not yet published is there for token holders and for nobody else."""
    hidden = editor.post(
        "book", json={"fields": {"name": "hid", "title": "Hidden"}, "meta": {"hidden": True}}
    ).json()
    address = f"objects/{hidden['guid']}"
    kept = visitor.get(address)
    shown = editor.patch(
        address,
        json={"meta": {"hidden": False, "published": "2020-05-01T10:00:00Z"}},
        headers={"If-Match": "*"},
    ).json()

    assert hidden["meta"]["hidden"] is True
    assert kept.status_code == 404
    assert shown["meta"]["published"] == "2020-05-01T10:00:00.000000Z"
    assert visitor.get(address).status_code == 200
    editor.patch(
        address,
        json={"meta": {"published": "2999-01-01T00:00:00Z"}},
        headers={"If-Match": "*"},
    ).raise_for_status()
    assert visitor.get(address).status_code == 404
    assert visitor.get("tree/hid").status_code == 404
    assert editor.get(address).status_code == 200


def test_put_creates_what_is_not_there(editor: TestClient) -> None:
    """With If-None-Match: * an object is created under the caller's GUID, once."""
    guid = "0190b0c0-0000-7000-8000-00000000abcd"
    document = {"type": "book", "fields": {"name": "put", "title": "Put"}}
    first = editor.put(f"objects/{guid}", json=document, headers={"If-None-Match": "*"})
    second = editor.put(f"objects/{guid}", json=document, headers={"If-None-Match": "*"})

    assert first.status_code == 201
    assert first.json()["guid"] == guid
    assert second.status_code == 412
    assert second.headers["ETag"] == '"1"'


def test_a_deleted_object_comes_back(editor: TestClient, visitor: TestClient) -> None:
    """Deleting hides an object from visitors; undeleting shows it as it was."""
    book = editor.post("book", json={"fields": {"name": "back", "title": "Back"}}).json()
    address = f"objects/{book['guid']}"
    gone = editor.delete(address, headers={"If-Match": '"1"'})
    hidden, seen = visitor.get(address), editor.get(address)
    back = editor.post(f"{address}/undelete")

    assert gone.status_code == 204
    assert gone.headers["Skygarth-Durability"] == "local"
    assert hidden.status_code == 404
    assert seen.json()["meta"]["deleted"] is True
    assert back.json()["fields"] == book["fields"]
    assert visitor.get(address).status_code == 200


def test_purging_is_for_administrators_and_for_good(admin: TestClient, editor: TestClient) -> None:
    """An editor may not purge; what an administrator purges does not come back."""
    book = editor.post("book", json={"fields": {"name": "gone", "title": "Gone"}}).json()
    address = f"objects/{book['guid']}"
    refused = editor.delete(f"{address}?purge=true", headers={"If-Match": "*"})
    purged = admin.delete(f"{address}?purge=true", headers={"If-Match": "*"})

    assert refused.status_code == 403
    assert purged.status_code == 204
    assert admin.get(address).status_code == 404
    assert admin.post(f"{address}/undelete").status_code == 404


def test_what_stands_below_is_deleted_only_if_asked(editor: TestClient) -> None:
    """A shelf with books is deleted with `recursive`, and refused without."""
    shelf = editor.post("shelf", json={"fields": {"name": "full"}}).json()["guid"]
    editor.post("book", json={"fields": {"name": "x", "title": "X"}, "parent": "/full"})
    refused = editor.delete(f"objects/{shelf}", headers={"If-Match": "*"})
    done = editor.delete(f"objects/{shelf}?recursive=true", headers={"If-Match": "*"})

    assert refused.status_code == 409
    assert refused.json()["code"] == "SG-TREE-003"
    assert done.status_code == 204
    assert editor.get("tree/full/x").status_code == 404


@pytest.mark.parametrize(
    ("document", "status", "code", "said"),
    [
        ({"fields": {"name": "x", "titel": "X"}}, 400, "SG-TYPE-008", "did you mean title?"),
        ({"felds": {}}, 400, "SG-API-005", "did you mean fields?"),
        ({"fields": {"name": "x", "title": "X", "pages": "many"}}, 422, "SG-VALUE-001", "kind"),
        ({"fields": {"name": "A B", "title": "X"}}, 422, "SG-VALUE-001", "pattern"),
        ({"fields": {"name": "x"}}, 422, "SG-VALUE-001", "required"),
        ({"fields": []}, 400, "SG-API-001", "fields"),
        ({"fields": {"name": "x", "title": "X"}, "meta": {"creator": "me"}}, 400, "SG-API-005", ""),
        ({"fields": {"name": "x", "title": "X"}, "parent": "/no"}, 404, "SG-TREE-404", ""),
        ({"fields": {"name": "x", "title": "X"}, "parent": 7}, 400, "SG-GUID-001", ""),
        ({"fields": {"name": "x", "title": "X"}, "meta": {"hidden": 3}}, 422, "SG-VALUE-001", ""),
    ],
)
def test_what_is_wrong_is_said_with_a_way_out(
    editor: TestClient, document: dict[str, object], status: int, code: str, said: str
) -> None:
    """A refused request names the fault, its stable code, and what would be right."""
    answer = editor.post("book", json=document)
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said in problem["hint"]
    assert problem["instance"] == "/api/v1/book"


def test_a_name_is_given_once_below_a_parent(editor: TestClient) -> None:
    """A second live object of one name in one place is refused by 409."""
    fields = {"name": "once", "title": "Once"}
    editor.post("book", json={"fields": fields}).raise_for_status()
    again = editor.post("book", json={"fields": fields})

    assert again.status_code == 409
    assert again.json()["code"] == "SG-TREE-001"


def test_tokens_are_no_content(node: CloudNode, admin: TestClient) -> None:
    """The general API neither shows, nor makes, nor changes, nor deletes tokens."""
    token = node.repository.query(AccessToken).first()
    assert token is not None
    address = f"objects/{token.guid}"
    fields = {"name": "evil", "role": "admin", "digest": "0" * 64}

    assert admin.get(address).status_code == 404
    assert admin.get("access_token").status_code == 404
    assert admin.get("types/access_token").status_code == 404
    assert admin.post("access_token", json={"fields": fields}).status_code == 404
    assert admin.post("query", json={"type": "access_token"}).status_code == 404
    any_tag = {"If-Match": "*"}
    assert admin.patch(address, json={"fields": fields}, headers=any_tag).status_code == 404
    assert admin.delete(f"{address}?purge=true", headers=any_tag).status_code == 404
    assert "access_token" not in admin.get("types").text
    assert "access_token" not in admin.get("openapi.json").text
    assert "access_token" not in admin.get("changes").text
