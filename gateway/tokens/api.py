"""Routes of the token issuer."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []
