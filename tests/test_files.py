"""Files and folders: complete or not at all, whatever fails in the middle."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tumen import files
from tumen.errors import OutputError

OLD = b"old content"
NEW = b"new content, longer than the old one"
FAULTS = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every name below the folder, hidden ones too, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def failing(monkeypatch, owner, name, number, *, after=0, times=1):
    """Make a function fail with the errno `times` times once it has worked `after` times."""
    real, calls = getattr(owner, name), []

    def fail(*args, **kwargs):
        calls.append(args)
        if after < len(calls) <= after + times:
            raise OSError(number, os.strerror(number))
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, fail)
    return calls


def test_writes_a_new_file_and_replaces_an_old_one(tmp_path):
    place = tmp_path / "a.nc"
    files.write_atomically(place, OLD)
    files.write_atomically(str(place), NEW)
    assert snapshot(tmp_path) == {"a.nc": NEW}


def test_permissions_follow_the_users_umask_and_an_older_file(tmp_path):
    place = tmp_path / "a.nc"
    before = os.umask(0o027)
    try:
        files.write_atomically(place, OLD)
        files.write_folder(tmp_path / "run", {"b.csv": OLD})
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o750
    place.chmod(0o600)
    files.write_atomically(place, NEW)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.nc").write_bytes(OLD)
    (tmp_path / "link.nc").symlink_to("real.nc")
    files.write_atomically(tmp_path / "link.nc", NEW)
    assert (tmp_path / "link.nc").is_symlink()
    assert (tmp_path / "real.nc").read_bytes() == NEW


def test_a_name_as_long_as_the_disk_takes_is_fine(tmp_path):
    place = tmp_path / ("n" * 252 + ".nc")
    files.write_atomically(place, NEW)
    assert place.read_bytes() == NEW


@pytest.mark.parametrize("number", FAULTS, ids=errno.errorcode.get)
@pytest.mark.parametrize("step", ["write", "sync", "rename"])
def test_old_file_survives_a_fault_at_any_step(tmp_path, monkeypatch, number, step):
    place = tmp_path / "a.nc"
    place.write_bytes(OLD)
    before = snapshot(tmp_path)
    owner, name = {
        "write": (Path, "open"),
        "sync": (os, "fsync"),
        "rename": (Path, "replace"),
    }[step]
    failing(monkeypatch, owner, name, number)
    with pytest.raises(OutputError) as caught:
        files.write_atomically(place, NEW)
    monkeypatch.undo()
    assert snapshot(tmp_path) == before
    assert str(place) in str(caught.value)
    assert os.strerror(number).lower() in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_disk_fills_up_in_the_middle_of_a_write(tmp_path, monkeypatch):
    place = tmp_path / "a.nc"
    place.write_bytes(OLD)
    real = Path.open

    def short(self, *args, **kwargs):
        stream = real(self, *args, **kwargs)

        class Full:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                stream.close()

            def write(self, content):
                stream.write(content[: len(content) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return Full()

    monkeypatch.setattr(Path, "open", short)
    with pytest.raises(OutputError, match=r"no space left.*free some space"):
        files.write_atomically(place, NEW)
    monkeypatch.undo()
    assert snapshot(tmp_path) == {"a.nc": OLD}


def in_a_subprocess(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("kind", ["file", "folder", "new folder"])
def test_a_true_limit_on_file_size(tmp_path, kind):
    """The kernel itself stops the write after 4096 bytes."""
    (tmp_path / "a.nc").write_bytes(OLD)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a.csv").write_bytes(OLD)
    before = snapshot(tmp_path)
    call = {
        "file": "files.write_atomically('a.nc', big)",
        "folder": "files.write_folder('run', {'a.csv': b'new', 'b.csv': big})",
        "new folder": "files.write_folder('deep/new', {'a.csv': b'new', 'b.csv': big})",
    }[kind]
    done = in_a_subprocess(
        f"""
        import resource, signal
        from tumen import files
        from tumen.errors import OutputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, {resource.RLIM_INFINITY}))
        big = b"x" * 100_000
        try:
            {call}
        except OutputError as error:
            print(error)
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "file too large" in done.stdout
    assert "limit on file size" in done.stdout
    assert snapshot(tmp_path) == before


def test_a_killed_process_leaves_the_old_files(tmp_path):
    """SIGKILL between writing and renaming: only a hidden name is left beside the old file."""
    (tmp_path / "a.nc").write_bytes(OLD)
    done = in_a_subprocess(
        """
        import os, signal
        from tumen import files
        os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
        files.write_atomically("a.nc", b"new")
        """,
        tmp_path,
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "a.nc").read_bytes() == OLD
    assert [name for name in snapshot(tmp_path) if not name.startswith(".")] == ["a.nc"]


def test_a_folder_the_user_may_not_write_to(tmp_path):
    """Permission refused by the system itself; root gives up its rights first."""
    (tmp_path / "a.nc").write_bytes(OLD)
    before = snapshot(tmp_path)
    tmp_path.chmod(0o555)
    try:
        done = in_a_subprocess(
            """
            import os
            from tumen import files
            from tumen.errors import OutputError
            if os.geteuid() == 0:
                os.seteuid(65534)
            for call in (files.write_atomically, lambda p, b: files.write_folder("run", {"a": b})):
                try:
                    call("a.nc", b"new")
                except OutputError as error:
                    print(error)
            """,
            tmp_path,
        )
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("a.nc: could not be written (permission denied)")
    assert second.startswith("run: could not be written (permission denied)")
    assert first.endswith("choose a place you may write to")
    assert snapshot(tmp_path) == before


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "folder").mkdir()
    before = snapshot(tmp_path)
    for place, said in (
        (tmp_path / "file" / "a.nc", "not a directory"),
        (tmp_path / "absent" / "a.nc", "make the folder first"),
        (tmp_path / "folder", "a folder of that name is in the way"),
        (Path(os.devnull), "not an ordinary file"),
    ):
        with pytest.raises(OutputError, match=said):
            files.write_atomically(place, NEW)
    for place, said in (
        (tmp_path / "file", "a file of that name is in the way"),
        (tmp_path / "file" / "run", "choose a name whose folders are not files"),
    ):
        with pytest.raises(OutputError, match=said):
            files.write_folder(place, {"a.csv": NEW})
    assert snapshot(tmp_path) == before
    assert Path(os.devnull).is_char_device()


CONTENTS = {"a.csv": NEW, "deep/b.csv": NEW, "c.csv": NEW}


def run_folder(tmp_path: Path) -> Path:
    """An older run: two files that will be replaced, one of the user's own, one link."""
    place = tmp_path / "run"
    (place / "deep").mkdir(parents=True)
    (place / "a.csv").write_bytes(OLD)
    (place / "deep" / "b.csv").write_bytes(OLD)
    (place / "notes.txt").write_bytes(b"mine")
    (place / "broken").symlink_to("nowhere")
    return place


def test_a_new_folder_appears_whole_with_its_parents(tmp_path):
    files.write_folder(tmp_path / "x" / "run", CONTENTS)
    assert snapshot(tmp_path / "x" / "run") == CONTENTS | {"deep": None}
    assert sorted(snapshot(tmp_path)) == sorted(
        ["x", "x/run", "x/run/a.csv", "x/run/c.csv", "x/run/deep", "x/run/deep/b.csv"]
    )


def test_an_older_folder_is_renewed_and_the_users_files_stay(tmp_path):
    place = run_folder(tmp_path)
    files.write_folder(place, CONTENTS)
    after = snapshot(place)
    assert after == CONTENTS | {"deep": None, "notes.txt": b"mine", "broken": None}
    assert (place / "broken").is_symlink()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES], ids=errno.errorcode.get)
@pytest.mark.parametrize(
    ("step", "after"),
    [
        *(("open", 0), ("open", 2), ("fsync", 1), ("mkdir", 0), ("mkdir", 4)),
        *(("replace", 0), ("replace", 1), ("replace", 2)),
    ],
)
def test_old_folder_survives_a_fault_at_any_step(tmp_path, monkeypatch, number, step, after):
    place = run_folder(tmp_path)
    before = snapshot(tmp_path)
    calls = failing(monkeypatch, os if step == "fsync" else Path, step, number, after=after)
    with pytest.raises(OutputError) as caught:
        files.write_folder(place, CONTENTS)
    monkeypatch.undo()
    assert len(calls) > after
    assert snapshot(tmp_path) == before
    assert (place / "broken").is_symlink()
    assert str(place) in str(caught.value)


@pytest.mark.parametrize("step", ["mkdir", "open", "fsync", "rename"])
def test_nothing_is_left_of_a_new_folder_that_failed(tmp_path, monkeypatch, step):
    failing(monkeypatch, os if step == "fsync" else Path, step, errno.ENOSPC, after=0)
    with pytest.raises(OutputError, match="free some space"):
        files.write_folder(tmp_path / "x" / "y" / "run", CONTENTS)
    assert snapshot(tmp_path) == {}


def test_a_disk_without_links_keeps_copies_and_may_be_too_full_for_them(tmp_path, monkeypatch):
    place = run_folder(tmp_path)
    before = snapshot(tmp_path)
    failing(monkeypatch, Path, "hardlink_to", errno.EPERM, times=99)
    copies = failing(monkeypatch, files.shutil, "copy2", errno.ENOSPC, after=1)
    with pytest.raises(OutputError, match="free some space"):
        files.write_folder(place, CONTENTS)
    assert len(copies) == 2
    assert snapshot(tmp_path) == before
    failing(monkeypatch, Path, "replace", errno.EIO, after=2)
    with pytest.raises(OutputError):
        files.write_folder(place, CONTENTS)
    assert snapshot(tmp_path) == before


def test_old_files_that_cannot_be_put_back_are_kept_and_named(tmp_path, monkeypatch):
    place = run_folder(tmp_path)
    failing(monkeypatch, Path, "replace", errno.EIO, after=1, times=99)
    with pytest.raises(OutputError, match="neither written nor put back") as caught:
        files.write_folder(place, CONTENTS)
    (kept,) = place.glob(".tumen-*")
    assert str(kept) in str(caught.value)
    assert (kept / "a.csv").read_bytes() == OLD
    assert (kept / "deep" / "b.csv").read_bytes() == OLD


def test_a_folder_where_a_file_should_go_is_refused(tmp_path):
    place = run_folder(tmp_path)
    (place / "c.csv").mkdir()
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match=r"c\.csv is a folder there"):
        files.write_folder(place, CONTENTS)
    assert snapshot(tmp_path) == before
