"""Routes of the outcomes service: parse, call, return."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []
