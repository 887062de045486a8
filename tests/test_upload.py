"""Uploads: a fault shown beside its line, a good scenario with a page of its own."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time

import pytest
from fastapi import UploadFile

from accessibility import findings
from cases import write_case
from tumen.app.pages import upload
from tumen.app.server.problems import Problem
from tumen.app.server.settings import Limits, Settings
from tumen.app.server.visitor import Visitor
from tumen.app.uploads import check, keep, readers
from tumen.app.uploads.names import tidy
from tumen.errors import ScenarioError
from tumen.scenario.load import load_case
from web import DESKTOP, PHONE, chromium, client, served, watched

HTML = {"accept": "text/html"}
NAMES = ("case.yaml", "evidence.csv", "recorded.csv", "world.nc")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The files of a small case, by name."""
    folder = tmp_path_factory.mktemp("sent")
    write_case(folder)
    return {name: (folder / name).read_bytes() for name in NAMES}


def send(web, files):
    """Send files as a form does."""
    listed = [("files", (name, content)) for name, content in files.items()]
    return web.post("/upload", files=listed, headers=HTML, follow_redirects=False)


def faulty(page, name="case.yaml"):
    """The lines that a page marks in a file, each with what it says of it."""
    table = page[page.index(f"<h3>{name}</h3>") :].split("</table>")[0]
    found = re.findall(
        r'class="faulty".*?class="number">(\d+)</td>.*?</tr>\s*<tr class="fault">(.*?)</tr>',
        table,
        re.S,
    )
    return {int(line): re.sub("<[^>]*>", "", text).strip() for line, text in found}


def test_a_good_scenario_is_kept_and_has_pages(tmp_path, good):
    with client(tmp_path) as web:
        answer = send(web, good)
        assert answer.status_code == 303
        name = re.fullmatch(r"/upload\?kept=(u-[0-9a-f]{16})", answer.headers["location"])[1]
        page = web.get(answer.headers["location"], headers=HTML).text
        assert "Quay under pressure is good and has been kept." in page
        assert f'href="/cases/{name}"' in page
        for link in ("", "/claims", "/routes", "/evidence"):
            assert web.get(f"/cases/{name}{link}", headers=HTML).status_code == 200
        assert web.get(f"/api/v1/scenarios/{name}/answer").json()["status"] == "converged"
        page = web.get("/compare", params={"a": f"case:{name}", "b": f"case:{name}"}, headers=HTML)
        assert "Both give every region the same real income" in page.text
        form = web.get(f"/runs/new?case={name}", headers=HTML).text
        assert f'value="{name}" selected' in form
        given = {"case": name, "kind": "sample", "draws": "4", "seed": "0"}
        run = web.post("/runs", data=given, follow_redirects=False).headers["location"]
        assert web.get(f"{run}/inputs/world.nc").content == good["world.nc"]
        assert send(web, good).headers["location"] == answer.headers["location"]
        web.post(f"/upload/{name}/delete")
        assert web.get(f"/cases/{name}/claims").status_code == 404
        assert web.post(f"/upload/{name}/delete").status_code == 404
    assert not list((tmp_path / "store" / "uploads").iterdir())


def test_what_is_kept_is_the_case_itself(tmp_path, good):
    name = keep.keep(tmp_path, good, "Quay", "")
    made = load_case(keep.path_of(tmp_path, name, None))
    assert made.name == name
    assert made.scenario.title == "Quay under pressure"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"realised: 0.5", b"realised: 5", "must lie between 0 and 1"),
        (b"title: Quay under pressure", b"title: Quay: under", "not valid YAML"),
        (b"kind: transfer", b"kind: transfre", "transfre"),
        (b"receiver: Quay", b"receiver: Quai", "Quai"),
        (b"targets:", b"tragets:", "unknown field"),
    ],
)
def test_a_fault_stands_beside_its_line(tmp_path, good, old, new, said):
    text = good["case.yaml"].replace(old, new, 1)
    assert text != good["case.yaml"]
    line = text[: text.index(new)].count(b"\n") + 1
    answer = send(client(tmp_path), good | {"case.yaml": text})
    assert answer.status_code == 422
    found = faulty(answer.text)
    assert any(said in told for told in found.values()), found
    assert line in found
    assert keep.uploads(tmp_path / "store", None) == []


def test_a_fault_in_a_table_stands_beside_its_line(tmp_path, good):
    text = good["recorded.csv"].replace(b"0.85,lift", b"much,lift")
    found = faulty(send(client(tmp_path), good | {"recorded.csv": text}).text, "recorded.csv")
    assert list(found) == [3]


def test_what_has_no_line_is_said_all_the_same(tmp_path, good):
    web = client(tmp_path)
    lacking = {name: content for name, content in good.items() if name != "recorded.csv"}
    answer = send(web, lacking)
    assert answer.status_code == 422
    assert "recorded.csv" in answer.text
    assert "did not come with the scenario" in answer.text
    answer = send(web, {"evidence.csv": good["evidence.csv"], "recorded.csv": b"a,b"})
    assert "the scenario itself is missing" in answer.text
    answer = send(web, good | {"holiday.csv": b"a,b\n1,2\n"})
    assert answer.status_code == 422
    assert "the scenario does not use this file" in answer.text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../etc/passwd.csv", "is no name for a file"),
        ("/etc/passwd.csv", "is no name for a file"),
        ("..\\..\\boot.csv", "is no name for a file"),
        (".hidden.csv", "is no name for a file"),
        ("a/b/c.csv", "is no name for a file"),
        ("run.exe", "this one is neither"),
        ("draws.pickle", "this one is neither"),
        ("nul\0.csv", "is no name for a file"),
        ("x" * 200 + ".csv", "is no name for a file"),
        ("CASE.yaml", "two files of this name"),
    ],
)
def test_names_that_are_not_taken(good, name, said):
    with pytest.raises(ScenarioError, match=said):
        tidy([*good.items(), (name, b"x")])


def test_a_folder_and_a_file_of_another_name_are_understood(good):
    assert set(tidy((f"quay/{name}", content) for name, content in good.items())) == set(good)
    assert list(tidy([("mine.yaml", b"x")])) == ["case.yaml"]
    with pytest.raises(ScenarioError, match="no file came"):
        tidy([])
    with pytest.raises(ScenarioError, match="at most 20"):
        tidy((f"t{n}.csv", b"") for n in range(21))


def test_a_scenario_reads_nothing_else_of_the_disk(tmp_path, good):
    secret = tmp_path / "secret.csv"
    secret.write_text("id,item\nE1,the secret of the house\n")
    for old, new in (
        (b"evidence: evidence.csv", f"evidence: {secret}".encode()),
        (b"world: world.nc", b"world: ../../../etc/hosts"),
    ):
        answer = send(client(tmp_path), good | {"case.yaml": good["case.yaml"].replace(old, new)})
        assert answer.status_code == 422
        assert "the secret" not in answer.text
        assert "did not come with the scenario" in answer.text


def test_a_sound_world_is_told_and_an_unsound_one_refused(tmp_path, good):
    web = client(tmp_path)
    answer = send(web, {"mine.nc": good["world.nc"]})
    assert answer.status_code == 200
    assert "3 x 2" in answer.text
    cut = send(web, {"mine.nc": good["world.nc"][:500]})
    assert cut.status_code == 422
    assert "not a readable NetCDF file" in cut.text


def test_more_than_is_taken_is_refused(tmp_path, good):
    answer = send(client(tmp_path, limits=Limits(upload_bytes=1000)), good)
    assert answer.status_code == 413
    two = [UploadFile(io.BytesIO(b"x" * 600), filename=name) for name in ("a.csv", "b.csv")]
    assert [len(content) for _, content in upload.read(two, 1200)] == [600, 600]
    for one in two:
        one.file.seek(0)
    with pytest.raises(Problem, match="MB came"):
        upload.read(two, 1199)


def test_a_check_that_hangs_or_crashes_is_ended(tmp_path, good, monkeypatch):
    """What reads the files is made to hang, to die, and to be gone; the next one is answered."""
    script = tmp_path / "child.py"
    script.write_text(
        "import os, sys, time\nfrom tumen.app.uploads import child\n"
        "child.PATIENCE = 0.5\n"
        "def answer(folder, kind):\n"
        "    text = (folder / 'case.yaml').read_text()\n"
        "    if text == 'hang':\n        time.sleep(60)\n"
        "    os.abort() if text == 'die' else None\n"
        "    return {'errors': [], 'found': {'title': 'Fine'}}\n"
        "child.answer, child.NEEDED = answer, ()\nchild.main()\n"
    )
    whole = subprocess.Popen
    monkeypatch.setattr(
        readers.subprocess, "Popen", lambda _, **rest: whole([sys.executable, script], **rest)
    )
    fresh = readers.Readers(1)
    monkeypatch.setattr(check, "READERS", fresh)
    web = client(tmp_path)
    begun = time.monotonic()
    for text, said in ((b"hang", "within a few seconds"), (b"die", "its reader broke off")):
        answer = send(web, good | {"case.yaml": text})
        assert answer.status_code == 422
        assert said in answer.text
    assert time.monotonic() - begun < 10
    reader = fresh.free.get()
    reader.process.kill()
    reader.process.wait()
    fresh.free.put(reader)
    assert send(web, good).status_code == 303
    reader.close()


def test_only_its_owner_sees_an_upload_on_a_public_server(tmp_path, good, monkeypatch):
    store = tmp_path / "store"
    name = keep.keep(store, good, "Quay", "ann")
    whoever = {"name": "ann"}
    for module in ("shelf", "visitor"):
        monkeypatch.setattr(
            f"tumen.app.server.{module}.visitor_of",
            lambda _: Visitor(whoever["name"], "analyst", public=True),
        )
    for module in ("upload", "claims", "runs"):
        monkeypatch.setattr(
            f"tumen.app.pages.{module}.visitor_of",
            lambda _: Visitor(whoever["name"], "analyst", public=True),
        )
    web = client(tmp_path)
    assert web.get(f"/cases/{name}/claims").status_code == 200
    assert "Quay" in web.get("/upload", headers=HTML).text
    whoever["name"] = "bob"
    assert web.get(f"/cases/{name}/claims").status_code == 404
    assert f"/cases/{name}" not in web.get("/upload", headers=HTML).text
    assert web.post(f"/upload/{name}/delete").status_code == 404
    assert keep.path_of(store, name, "ann") is not None
    keep.keep(store, good, "Quay", "bob")
    assert web.get(f"/cases/{name}/claims").status_code == 200
    web.post(f"/upload/{name}/delete")
    assert keep.told(store, name).owners == ("ann",)
    assert keep.path_of(store, name, "ann").is_file()


def test_only_so_many_are_kept(tmp_path, good, monkeypatch):
    monkeypatch.setattr(keep, "MOST_EACH", 1)
    keep.keep(tmp_path, good, "One", "ann")
    keep.keep(tmp_path, good, "One", "ann")
    with pytest.raises(ScenarioError, match="delete one first"):
        keep.keep(tmp_path, good | {"goods.csv": b""}, "Two", "ann")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_reader_sends_a_bad_file_then_a_good_one(tmp_path, good, size):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in good.items():
        (folder / name).write_bytes(content)
    paths = [folder / name for name in good]
    bad = good["case.yaml"].replace(b"receiver: Quay", b"receiver: Quai")
    shape = "phone" if size is PHONE else "desktop"
    with (
        served(Settings(tmp_path / "store")) as address,
        chromium() as made,
        watched(made, address, size) as seen,
    ):
        seen.go("/upload")
        paths[0].write_bytes(bad)
        seen.page.set_input_files("#files", paths)
        seen.page.click("text=Check >> nth=-1")
        seen.page.wait_for_selector(".faulty")
        assert findings(seen.page) == []
        assert "receiver: Quai" in seen.page.inner_text(".faulty")
        assert "did you mean" in seen.page.inner_text(".fault")
        assert seen.fits()
        seen.shoot(f"upload-bad-{shape}")
        # The browser itself tells of the refusal's status.
        assert [one for one in seen.errors if "422" not in one] == []
        paths[0].write_bytes(good["case.yaml"])
        seen.page.set_input_files("#files", paths)
        seen.page.click("text=Check >> nth=-1")
        seen.page.wait_for_selector("text=is good and has been kept")
        assert seen.fits()
        seen.shoot(f"upload-good-{shape}")
        assert seen.outside == []


def test_a_scenario_that_extends_a_shipped_one_has_its_pages_and_runs(tmp_path):
    """Tables, network and claims are those of the case that comes with tumen."""
    text = b"extends: moscow-pyongyang\nlevels:\n  munitions: {war: 0.5}\n"
    with client(tmp_path) as web:
        answer = send(web, {"case.yaml": text})
        assert answer.status_code == 303
        name = answer.headers["location"].removeprefix("/upload?kept=")
        for end in ("", "/evidence", "/claims"):
            assert web.get(f"/cases/{name}{end}", headers=HTML).status_code == 200
        routes = web.get(f"/cases/{name}/routes", params={"closed": "KHA-TUM-rail"}, headers=HTML)
        assert routes.status_code == 200
        assert 'data-name="map"' in routes.text
        asked = {"kind": "sample", "scenario": name, "settings": {"draws": 2}}
        run = web.post("/api/v1/runs", json=asked)
        assert run.status_code == 202
        store = web.app.state.shelf.store
        assert store.files(run.json()["id"]) == {"case.yaml": text}
        varied = asked | {"variation": {"elasticities": "uniform-4"}}
        run = web.post("/api/v1/runs", json=varied)
        assert run.status_code == 202
        assert set(store.files(run.json()["id"])) == {"case.yaml", "base/case.yaml"}
