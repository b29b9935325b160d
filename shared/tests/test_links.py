"""Links that are keys, and the routes that answer whoever holds one."""

import pytest

from shared import links
from shared.http import router
from shared.ids import new_id
from shared.routing import AnyRole
from shared.visiting import Everybody, Holder


def test_a_link_says_for_whom_it_was_made_and_is_never_made_twice() -> None:
    partnership, organisation = new_id(), new_id()
    one, other = (links.made(partnership, organisation) for _ in range(2))
    assert links.read(str(one)) == one
    assert (one.partnership, one.organisation) == (partnership, organisation)
    assert one.secret != other.secret
    assert len(one.secret) * 8 == 128


@pytest.mark.parametrize("text", ["", "x" * 63, "x" * 65, "=" * 64, "x" * 63 + "\n", "é" * 64, "x" * 63 + "+"])
def test_what_has_not_the_shape_of_a_link_is_none(text: str) -> None:
    assert links.read(text) is None


def test_a_link_does_not_show_itself_in_logs() -> None:
    link = links.made(new_id(), new_id())
    assert str(link) not in repr(link)
    assert str(link) not in f"{link!r}"


def test_only_who_holds_a_link_may_write_without_a_token_and_no_role_is_asked_for() -> None:
    made = router("/v1/public/things", "things")

    async def held(link: Holder) -> None: ...

    async def everybody(_everybody: Everybody) -> None: ...

    async def both(link: Holder, _caller: AnyRole) -> None: ...

    made.post("/{link}")(held)
    made.get("")(everybody)
    with pytest.raises(TypeError, match="only reads"):
        made.post("")(everybody)
    with pytest.raises(TypeError, match="asks for no role"):
        made.get("/{link}")(both)
