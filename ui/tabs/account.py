"""The account of who has logged in, and, for an owner, those of the others."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from memory.access.accounts import accounts_of
from memory.errors import BadInput
from ui.login import LOGIN, address_of
from ui.views import Here

router = APIRouter(prefix="/zhiji")


@router.get("/account")
def account(view: Here) -> HTMLResponse:
    """Nothing, where nobody has an account."""
    accounts = accounts_of(view.app.runtime.store.database)
    return view.page("account.html", accounts=accounts, mine=view.assistant.user)


@router.post("/account/password")
def password(
    view: Here,
    request: Request,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Another password; every session of the user's ends, this one too."""
    if new != again:
        raise BadInput("The two passwords are not the same.")
    view.app.accounts.change_password(view.assistant.user, old, new, address_of(request))
    return HTMLResponse("", headers={"HX-Redirect": LOGIN})


@router.post("/account/add")
def add(view: Here, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "") -> HTMLResponse:
    view.app.accounts.add(name, password, "member", by=view.assistant.user)
    return account(view)


@router.post("/account/remove")
def remove(view: Here, name: Annotated[str, Form()]) -> HTMLResponse:
    """The account; what is remembered of the user stays until it is erased."""
    if name == view.assistant.user:
        raise BadInput("That is you. Another owner can do it, or `zhiji users remove`.")
    view.app.accounts.remove(name, by=view.assistant.user)
    view.app.end(name)
    return account(view)
