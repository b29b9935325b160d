"""Who gets a certificate of attendance."""

from services.training.domain.sessions import SessionStatus
from shared.errors import Conflict


def require_certifiable(status: SessionStatus, *, named: bool, withdrawn: bool) -> None:
    """Somebody who gave a name, at a session of which it is settled who came."""
    if not named:
        raise Conflict("Who came anonymously gets no certificate: no name is kept.", name="came-anonymously")
    if withdrawn:
        raise Conflict("This was recorded by mistake, and withdrawn.", name="participation-withdrawn")
    if status is not SessionStatus.CLOSED:
        raise Conflict(
            "Certificates are given once the session is closed.", name="session-not-closed", session_status=status.value
        )


def require_printable(name: str | None, *, known: bool) -> None:
    """A certificate with another name than the person's, or with none, is none."""
    if name is None:
        raise Conflict("The name has been erased.", name="name-erased")
    if not known:
        raise Conflict(
            "The name has letters that the certificate cannot show: write it by hand.", name="name-cannot-be-printed"
        )
