"""From when on a return is judged, and what is told of it."""

from tests.campaign.findings import Code, codes
from tests.campaign.returns import BROKER, Return, shown, slow


def test_a_store_is_judged_from_when_it_takes_connections_and_a_process_of_ours_from_its_start() -> None:
    found = [Return(BROKER, since_start=6.0, since_up=2.9), Return("matching", since_start=3.1, since_up=0.1)]
    assert [one.where for one in slow(found, 3.0)] == ["matching"]


def test_a_store_to_which_we_come_back_late_is_found() -> None:
    late = slow([Return(BROKER, since_start=34.0, since_up=30.0)], 3.0)
    assert codes(late) == {Code.SLOW_RETURN}
    assert "30.0 s" in str(late[0])


def test_both_times_of_every_victim_are_told() -> None:
    told = shown([Return(BROKER, 4.0, 0.5), Return(BROKER, 6.0, 1.5), Return("matching", 1.0, 0.2)])
    assert told == {
        BROKER: "2: since its start median 5.00 s, longest 6.00 s; since it takes connections median 1.00 s,"
        " longest 1.50 s",
        "matching": "1: since its start median 1.00 s, longest 1.00 s; since it takes connections median 0.20 s,"
        " longest 0.20 s",
    }
