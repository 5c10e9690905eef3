"""Work of training in other processes."""

import os
import sys

import pytest

from bot.nlu.apart import by_helper, helper, side_by_side


def test_jobs_run_in_copies_of_this_process_and_results_keep_their_order() -> None:
    here, *processes = side_by_side(lambda: 1, os.getpid, os.getpid, apart=True)
    assert here == 1
    assert os.getpid() not in processes


def test_without_need_all_is_done_here() -> None:
    assert side_by_side(os.getpid, apart=False) == [os.getpid()] == by_helper(os.getpid, apart=False)


def test_a_helper_reads_the_library_so_that_this_process_need_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this", raising=False)
    with helper("this"):
        assert by_helper(_knows_this, os.getpid, apart=False) == [True, by_helper(os.getpid, apart=False)[0]]
        assert by_helper(os.getpid, apart=False) != [os.getpid()]
    assert "this" not in sys.modules
    assert by_helper(os.getpid, apart=False) == [os.getpid()], "it has gone"


def test_no_helper_is_called_for_what_has_been_read() -> None:
    with helper("os"):
        assert by_helper(os.getpid, apart=False) == [os.getpid()]


def test_a_job_that_fails_fails_here_and_the_helper_leaves() -> None:
    with pytest.raises(ZeroDivisionError), helper("this"):
        by_helper(_fails, apart=False)
    assert by_helper(os.getpid, apart=False) == [os.getpid()]


def _knows_this() -> bool:
    return "this" in sys.modules


def _fails() -> None:
    raise ZeroDivisionError
