"""Jobs spread over processes: every answer once, dead workers replaced, errors handed on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import jobs
import tumen
from jobs import interruptible
from tumen.analysis.ensemble import check_workers, cores, spread

HERE = Path(__file__).parent


def answers(work, listed, workers=2):
    found = {}
    spread(work, listed, found.__setitem__, workers=min(workers, cores()))
    return found


def test_every_job_is_answered_once():
    assert answers(jobs.square, range(40)) == {n: n * n for n in range(40)}


def test_a_worker_that_dies_is_replaced_and_its_job_done(tmp_path):
    listed = [(number, str(tmp_path), 2) for number in range(6)]
    assert answers(jobs.fall, listed) == {job: job[0] for job in listed}
    assert len(list(tmp_path.glob("death-*"))) == 2


def test_a_job_that_keeps_killing_workers_is_named_as_the_cause(tmp_path):
    taken = {}
    with pytest.raises(tumen.SampleError, match=r"died 3 times over the same draws.*fewer workers"):
        spread(
            jobs.fall,
            [(number, str(tmp_path), 99) for number in range(6)],
            taken.__setitem__,
            workers=1,
        )
    assert sorted(job[0] for job in taken) == [0, 1, 2]  # what was done before is kept


def test_what_a_job_raises_is_raised():
    with pytest.raises(ValueError, match="two is wrong"):
        answers(jobs.fault, range(6))


@pytest.mark.parametrize(("workers", "words"), [(0, "at least 1"), (10_000, "more than the")])
def test_workers_that_cannot_be_are_refused(workers, words):
    with pytest.raises(tumen.SampleError, match=words):
        check_workers(workers)


def test_all_cores_are_taken_when_nothing_is_said():
    assert check_workers(None) == cores() >= 1


def alive(marker):
    """Processes whose command line or environment names the marker."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environ = (place / "environ").read_bytes()
        except OSError:
            continue
        if marker.encode() in environ and place.name != str(os.getpid()):
            found.append(int(place.name))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see processes")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path, sent):
    marker = f"tumen-test-{os.getpid()}-{int(sent)}"
    script = tmp_path / "script.py"
    script.write_text(
        "import time\nfrom tumen.analysis.ensemble import spread\n"
        "if __name__ == '__main__':\n"
        "    spread(time.sleep, [0.1] + [60.0 + n for n in range(4)],\n"
        "           lambda *_: print('ready', flush=True), workers=1)\n"
    )
    with interruptible():
        parent = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "TUMEN_TEST_MARK": marker},
            start_new_session=True,
        )
    assert parent.stdout.readline() == b"ready\n"
    assert len(alive(marker)) >= 2
    parent.send_signal(sent)
    parent.wait(timeout=30)
    until = time.monotonic() + 30
    while alive(marker) and time.monotonic() < until:
        time.sleep(0.1)
    assert alive(marker) == []
    _, told = parent.communicate()
    assert told.count(b"Traceback") <= 1  # the parent's own, none of a worker
